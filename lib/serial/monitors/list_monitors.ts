/**
 * Which energy monitors are attached.
 *
 * @module
 */
import { listPorts, type ListPortsOptions } from "../list_ports.ts";
import type { MonitorKind } from "./energy_monitor.ts";

/** A monitor that is, or may be, attached. */
export interface AttachedMonitor {
  /** Its kind. */
  kind: MonitorKind;
  /** Where it is, as `--monitor-port` takes it. */
  port: string;
  /** Its serial number, where the system tells. */
  serialNumber?: string;
  /** False where other devices look the same to the system. */
  isSure: boolean;
}

/**
 * Looks for monitors without opening any: opening one can cut the power of what it feeds. Instruments on a network, and
 * Joulescopes, which have no port, are not found.
 */
export async function listMonitors(options: ListPortsOptions = {}): Promise<AttachedMonitor[]> {
  const found: AttachedMonitor[] = [];
  for (const { path, kind, serialNumber } of await listPorts(options)) {
    if (kind === "ppk2" || kind === "lpm01a") {
      found.push({ kind, port: path, serialNumber, isSure: true });
    } else if (kind === "stm32") {
      // ST's own USB stack, which an LPM01A has, and much else.
      found.push({ kind: "lpm01a", port: path, serialNumber, isSure: false });
    }
  }
  const device = `${options.root ?? ""}/dev`;
  for (const name of await namesIn(device)) {
    if (/^usbtmc\d+$/.test(name)) {
      found.push({ kind: "n6705", port: `/dev/${name}`, isSure: false });
    }
  }
  return found;
}

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) names.push(name);
  } catch {
    // Not there, or not permitted: there is nothing to say.
  }
  return names.sort();
}
