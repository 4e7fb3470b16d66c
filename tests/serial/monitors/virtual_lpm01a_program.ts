/** A virtual LPM01A on standard input and output: a device behind a port `exec:`. */
import { PowerModel } from "../../../lib/serial/virtual/monitors/power_model.ts";
import { simulatedPower } from "../../../lib/serial/virtual/monitors/power_source.ts";
import { virtualLpm01a } from "../../../lib/serial/virtual/monitors/virtual_lpm01a.ts";

const port = virtualLpm01a({ power: simulatedPower({ model: new PowerModel() }) });
await port.open({ baudRate: 3_686_400 });
port.readable!.pipeTo(Deno.stdout.writable).catch(() => {});
await Deno.stdin.readable.pipeTo(port.writable!).catch(() => {});
Deno.exit();
