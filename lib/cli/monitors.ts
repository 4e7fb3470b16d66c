import { PortAccessError, UnsupportedSystemError } from "../serial/port_errors.ts";
import { monitorCapabilities } from "../serial/monitors/capabilities.ts";
import type { MonitorCapabilities, MonitorInfo } from "../serial/monitors/energy_monitor.ts";
import { type AttachedMonitor, listMonitors } from "../serial/monitors/list_monitors.ts";
import { parseMonitorSpec } from "../serial/monitors/monitor_spec.ts";
import { openMonitor } from "../serial/monitors/open_monitor.ts";
import { positionals, readArguments, required } from "./arguments.ts";
import { ExitCode } from "./exit_code.ts";
import { alignColumns } from "./text_table.ts";

const usage = `Usage: thimble monitors [--monitor KIND [--monitor-port PORT]] [--json]

Lists the energy monitors that look attached, and what each kind can do. None is opened, unless it is named:
opening one takes the power off what it feeds.

  --monitor KIND       connect to this one and say which it is: lpm01a, n6705, js110, js220 or ppk2
  --monitor-port PORT  where it is: /dev/ttyACM0, tcp://HOST:5025, /dev/usbtmc0, a Joulescope's serial number
  --json               print JSON
  --help               print this

Examples:
  thimble monitors
  thimble monitors --monitor lpm01a --monitor-port /dev/ttyACM0
  thimble monitors --monitor n6705 --monitor-port tcp://192.168.1.5:5025`;

/** `thimble monitors`. */
export async function monitorsCommand(args: string[]): Promise<number> {
  const parsed = readArguments(args, {
    monitor: { type: "string" },
    "monitor-port": { type: "string" },
    json: { type: "boolean" },
    help: { type: "boolean" },
  }, "monitors");
  const { values } = parsed;
  if (values.help) {
    console.log(usage);
    return ExitCode.done;
  }
  positionals(parsed, []);
  if (values.monitor !== undefined) {
    const info = await identify(values.monitor, values["monitor-port"]);
    console.log(values.json ? JSON.stringify(info) : infoText(info));
    return ExitCode.done;
  }
  if (values["monitor-port"] !== undefined) required(undefined, "--monitor");
  const attached = await attachedMonitors();
  console.log(
    values.json
      ? JSON.stringify({ attached, capabilities: monitorCapabilities })
      : `${attachedText(attached)}\n\n${capabilitiesText()}`,
  );
  return ExitCode.done;
}

async function identify(monitor: string, port: string | undefined): Promise<MonitorInfo> {
  await using opened = await openMonitor(parseMonitorSpec(monitor, port));
  return opened.info;
}

/** What cannot be listed here is no error: the table is of use all the same. */
async function attachedMonitors(): Promise<AttachedMonitor[]> {
  try {
    return await listMonitors();
  } catch (error) {
    if (!(error instanceof PortAccessError || error instanceof UnsupportedSystemError)) throw error;
    console.error(`${error.name}: ${error.message}\n  ${error.hint}`);
    return [];
  }
}

function infoText({ kind, name, serialNumber, firmwareVersion }: MonitorInfo): string {
  const more = [
    serialNumber && `serial number ${serialNumber}`,
    firmwareVersion && `firmware ${firmwareVersion}`,
  ].filter(Boolean).join(", ");
  return `${kind}: ${name}${more && `, ${more}`}\nIts output is off`;
}

function attachedText(attached: readonly AttachedMonitor[]): string {
  if (attached.length === 0) {
    return "No energy monitor was found on a port; one on a network, and a Joulescope, has to be named";
  }
  const lines = attached.map(({ kind, port, serialNumber, isSure }) =>
    `${isSure ? "" : "Perhaps "}${kind} on ${port}${serialNumber ? `, ${serialNumber}` : ""}`
  );
  return lines.join("\n");
}

function capabilitiesText(): string {
  const entries = Object.entries(monitorCapabilities);
  const header = ["monitor", "supply", "most", "rates", "gives", "edges", "submissions"];
  const notes = entries.map(([kind, { note }]) => `  ${kind}: ${note}`).join("\n");
  return `${alignColumns(header, entries.map(([kind, can]) => row(kind, can)))}\n\n${notes}`;
}

function row(kind: string, can: MonitorCapabilities): string[] {
  const { supplyVolts, maxCurrentA, sampleRatesHz } = can;
  const [first, last] = [sampleRatesHz[0], sampleRatesHz[sampleRatesHz.length - 1]];
  return [
    kind,
    supplyVolts ? `${supplyVolts.min}–${supplyVolts.max} V` : "none",
    `${maxCurrentA} A`,
    first === last ? `${first} Hz` : `${first}–${last} Hz`,
    can.quantities.join(", "),
    can.edges ? "yes" : "no",
    can.acceptedInSubmissions ? "accepted" : "not accepted",
  ];
}
