import { detect, type Detection, likelyBaudRates } from "../serial/detect.ts";
import { portFromSpec } from "../serial/open_port.ts";
import { listPorts, type PortDescription } from "../serial/list_ports.ts";
import { readArguments, wholeNumber } from "./arguments.ts";
import { ExitCode } from "./exit_code.ts";

const usage = `Usage: thimble devices [--port PORT] [--list] [--baud N] [--json]

Lists the serial ports of this machine, shakes hands with what is behind those on USB, and says what to try
where nothing answers. Energy monitors and other ports are opened only when they are named.

  --port PORT  only this one; also unix:PATH or exec:COMMAND
  --baud N     try only this rate
  --list       only list, open nothing
  --json       print JSON
  --help       print this`;

interface Device extends PortDescription {
  detection?: Detection;
}

/** `thimble devices`. */
export async function devicesCommand(args: string[]): Promise<number> {
  const { values } = readArguments(args, {
    port: { type: "string" },
    baud: { type: "string" },
    list: { type: "boolean" },
    json: { type: "boolean" },
    help: { type: "boolean" },
  }, "devices");
  if (values.help) {
    console.log(usage);
    return ExitCode.done;
  }
  const baud = wholeNumber(values.baud, "--baud");
  const listed = await listPorts();
  const devices: Device[] = values.port
    ? [listed.find(({ path }) => path === values.port) ?? { path: values.port, kind: "unknown" }]
    : listed;
  for (const device of devices) {
    if (values.list || (!values.port && !mayBeOpened(device))) continue;
    device.detection = await detect(portFromSpec(device.path), {
      baudRates: baud ? [baud] : likelyBaudRates,
    });
  }
  if (values.json) console.log(JSON.stringify(devices));
  else if (devices.length === 0) console.log(nothingFound);
  else devices.forEach(print);
  const found = devices.length > 0 &&
    (values.list ||
      devices.some(({ detection }) =>
        detection?.kind === "dut" || detection?.kind === "io-manager"
      ));
  return found ? ExitCode.done : ExitCode.device;
}

// Opening an energy monitor can cut the power of what it feeds, and a port that is not on USB may be a console.
function mayBeOpened({ kind, usbVendorId }: PortDescription): boolean {
  return kind !== "lpm01a" && kind !== "ppk2" && usbVendorId !== undefined;
}

const nothingFound = `No serial port was found
  Check that the board is plugged in with a cable that carries data, and powered
  'thimble run --port virtual' needs no board`;

function print(
  { path, product, manufacturer, serialNumber, usbVendorId, usbProductId, detection }: Device,
): void {
  const hex = (id?: number) => id?.toString(16).padStart(4, "0");
  const ids = usbVendorId === undefined ? "" : `${hex(usbVendorId)}:${hex(usbProductId)}`;
  const names = [manufacturer, product, ids, serialNumber].filter(Boolean).join(", ");
  console.log(`${path}${names && `  ${names}`}`);
  if (!detection) {
    console.log("  Not opened: --port does it");
    return;
  }
  console.log(`  ${detection.text}`);
  for (const advice of detection.advice) console.log(`  - ${advice}`);
}
