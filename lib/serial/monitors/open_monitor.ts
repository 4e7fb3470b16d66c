/**
 * Opens whichever monitor is named.
 *
 * @module
 */
import type { Clock } from "../../clock.ts";
import { InputError } from "../../errors.ts";
import type { SerialPort } from "../serial_port.ts";
import type { EnergyMonitor, MonitorKind } from "./energy_monitor.ts";
import { MonitorNotFoundError } from "./monitor_errors.ts";
import { type MonitorSpec, parseMonitorSpec } from "./monitor_spec.ts";

/** How {@linkcode openMonitor} connects. */
export interface OpenMonitorOptions {
  /** Voltage that it feeds the board with, in V; left out for a Joulescope, which feeds nothing. @default {3} */
  supplyVolts?: number;
  /** Of an LPM01A: `stat` for boards above about 50 mA. */
  acquisitionMode?: "dyn" | "stat";
  /** `simulated` where what answers is no hardware. @default {"measured"} */
  source?: "measured" | "simulated";
  /** Called with what it says outside of an acquisition. */
  onNotice?: (text: string) => void;
  /** Where time comes from. @default {systemClock} */
  clock?: Clock;
  /** Ends connecting when it aborts. */
  signal?: AbortSignal;
}

/** Port of SCPI on a network. */
const scpiPort = 5025;

/**
 * Connects to a monitor. The board's power is off afterwards. Drivers are loaded only when they are asked for.
 *
 * Without a port, an LPM01A or PPK2 is looked for, and taken where there is exactly one. What an N6705 needs from Deno is
 * `--allow-net=HOST:5025`, a Joulescope `--allow-ffi`, serial ports what `PosixSerialPort` needs.
 *
 * @param spec As {@linkcode parseMonitorSpec} reads it.
 * @throws {InputError} When it names no monitor, or `virtual`: that one belongs to a virtual bench, which makes it.
 * @throws {MonitorNotFoundError} When no port is named and there is none, or several.
 * @throws {MonitorError} When it does not answer, or is too old.
 * @throws {PortError} When its port cannot be opened.
 *
 * @example
 * ```ts
 * import { openMonitor } from "thimble";
 * import assert from "node:assert/strict";
 *
 * await assert.rejects(openMonitor("virtual"), /it is the monitor of the virtual bench/);
 * await assert.rejects(openMonitor("multimeter"), /Cannot tell which monitor 'multimeter' is/);
 * ```
 */
export async function openMonitor(
  spec: string | MonitorSpec,
  options: OpenMonitorOptions = {},
): Promise<EnergyMonitor> {
  const { kind, port } = typeof spec === "string" ? parseMonitorSpec(spec) : spec;
  switch (kind) {
    case "virtual":
      throw new InputError("Cannot open 'virtual' as it is the monitor of the virtual bench", {
        source: kind,
        hint: "Run with '--port virtual', or name a monitor that is attached",
      });
    case "js110":
    case "js220": {
      const { Joulescope } = await import("./joulescope/joulescope.ts");
      return await Joulescope.connect({ ...options, kind, serialNumber: port });
    }
    case "n6705": {
      const { N6705 } = await import("./n6705/n6705.ts");
      const name = port ?? await foundPort(kind);
      return await N6705.connect(await instrumentPort(name), { ...options, portName: name });
    }
    case "lpm01a": {
      const { Lpm01a } = await import("./lpm01a/lpm01a.ts");
      const name = port ?? await foundPort(kind);
      return await Lpm01a.connect(await serialPort(name), { ...options, portName: name });
    }
    case "ppk2": {
      const { Ppk2 } = await import("./ppk2/ppk2.ts");
      const name = port ?? await foundPort(kind);
      return await Ppk2.connect(await serialPort(name), { ...options, portName: name });
    }
  }
}

async function serialPort(name: string): Promise<SerialPort> {
  return (await import("../open_port.ts")).portFromSpec(name);
}

/** `tcp://HOST:PORT`, `HOST:PORT` or `HOST`; a device file; or a port as {@linkcode portFromSpec} takes it. */
async function instrumentPort(name: string): Promise<SerialPort> {
  if (name.startsWith("/")) {
    const { UsbtmcPort } = await import("./usbtmc_port.ts");
    return new UsbtmcPort(name);
  }
  if (/^(unix|unix-listen|exec):/.test(name)) return await serialPort(name);
  const address = /^(?:tcp:\/\/)?(\[[0-9a-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?\/?$/i.exec(name);
  const port = Number(address?.[2] ?? scpiPort);
  if (!address || port < 1 || port > 65_535) {
    throw new InputError(`Cannot tell where '${name}' is`, {
      source: name,
      hint: `Write 'tcp://HOST:${scpiPort}' or '/dev/usbtmc0'`,
    });
  }
  const { TcpPort } = await import("./tcp_port.ts");
  return new TcpPort(address[1].replace(/^\[|\]$/g, ""), port);
}

async function foundPort(kind: MonitorKind): Promise<string> {
  const { listMonitors } = await import("./list_monitors.ts");
  const found = (await listMonitors())
    .filter((monitor) => monitor.kind === kind && (monitor.isSure || kind === "n6705"));
  if (found.length === 1) return found[0].port;
  const ports = found.map(({ port }) => port).join(", ");
  throw new MonitorNotFoundError(
    found.length === 0
      ? `Cannot find a monitor '${kind}' as no port looks like one`
      : `Cannot tell which '${kind}' is meant: there are ${ports}`,
    {
      monitor: kind,
      answer: ports,
      hint: kind === "n6705"
        ? `Name where it is: '--monitor-port tcp://HOST:${scpiPort}'`
        : "Name its port: '--monitor-port /dev/ttyACM0'; 'thimble devices --list' lists them",
    },
  );
}
