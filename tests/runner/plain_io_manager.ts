/** An IO manager in a few lines, in front of a lab's DUT: what the emulated UNO does, at once and with a clock of its own. */
import type { EnergyLab } from "../../lib/lab/energy_lab.ts";
import { memoryPortPair } from "../../lib/serial/memory_port.ts";
import { LineSplitter } from "../../lib/serial/lines.ts";
import type { SerialPort } from "../../lib/serial/serial_port.ts";

/** The host's side of it. Its clock runs `fast` times as fast as the lab's. */
export async function plainIoManager(bench: EnergyLab, fast: number): Promise<SerialPort> {
  const [host, device] = memoryPortPair();
  await device.open({ baudRate: 115_200 });
  await bench.port.open({ baudRate: 9600 });
  const toHost = device.writable!.getWriter();
  const toDut = bench.port.writable!.getWriter();
  const bytes = (text: string) => new TextEncoder().encode(text);
  const say = (...lines: string[]) =>
    void toHost.write(bytes(lines.map((line) => line + "\r\n").join(""))).catch(() => {});
  const lap = () => `m-lap-us-${Math.round(bench.clock.now() * 1000 * fast) % 2 ** 32}`;
  let isTiming = false;
  bench.lab.onEdge(({ falling }) => falling && isTiming && say(lap()));
  const obey = (command: string) => {
    if (command.startsWith("dut ")) {
      toDut.write(bytes(command.slice(4) + "%")).catch(() => {});
      say("m-ready");
    } else if (command === "name") say("m-name-iomanager-[plain]", "m-ready");
    else if (command === "timestamp") say(lap(), "m-ready");
    else {
      isTiming ||= command === "enable-timer";
      say("m-ready");
    }
  };
  (async () => {
    let command = "";
    for await (const chunk of device.readable!) {
      for (const byte of chunk) {
        if (byte !== 0x25) command += String.fromCharCode(byte);
        else {
          obey(command);
          command = "";
        }
      }
    }
  })().catch(() => {});
  (async () => {
    const splitter = new LineSplitter();
    for await (const chunk of bench.port.readable!) {
      for (const line of splitter.push(chunk)) say(`[dut]: ${line}`);
    }
  })().catch(() => {});
  return host;
}
