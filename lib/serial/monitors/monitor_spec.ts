/**
 * Monitors by name, as a command line gives them.
 *
 * @module
 */
import { InputError } from "../../errors.ts";
import type { MonitorKind } from "./energy_monitor.ts";

/** A monitor and where it is. */
export interface MonitorSpec {
  /** Which kind, or `virtual` for the simulated one of the virtual bench. */
  kind: MonitorKind | "virtual";
  /** Serial port, `tcp://HOST:PORT`, device file, or the serial number of a Joulescope; undefined: the one that is attached. */
  port?: string;
}

const kinds: readonly MonitorSpec["kind"][] = [
  "lpm01a",
  "n6705",
  "js110",
  "js220",
  "ppk2",
  "virtual",
];

/**
 * Reads `KIND` or `KIND:PORT`:
 *
 * | spec | monitor |
 * |---|---|
 * | `lpm01a:/dev/ttyACM0` | STMicroelectronics LPM01A on a serial port, also `unix:` and `exec:` |
 * | `n6705:tcp://192.168.1.5:5025` | Keysight N6705 on the network |
 * | `n6705:/dev/usbtmc0` | the same on USB |
 * | `js110`, `js220`, `js220:002557` | Joulescope, with a serial number where there are several |
 * | `ppk2:/dev/ttyACM1` | Nordic PPK2 |
 * | `virtual` | the simulated LPM01A of the virtual bench |
 *
 * @param port Where it is, as `--monitor-port` says; wins over what stands behind the colon.
 * @throws {InputError} When it names no monitor.
 *
 * @example
 * ```ts
 * import { parseMonitorSpec } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseMonitorSpec("lpm01a:/dev/ttyACM0"), { kind: "lpm01a", port: "/dev/ttyACM0" });
 * assert.deepEqual(parseMonitorSpec("js220"), { kind: "js220", port: undefined });
 * ```
 */
export function parseMonitorSpec(spec: string, port?: string): MonitorSpec {
  const [, name, rest] = /^([^:]*)(?::(.*))?$/s.exec(spec)!;
  const kind = kinds.find((kind) => kind === name.toLowerCase());
  if (kind === undefined || rest === "" || port === "") {
    throw new InputError(`Cannot tell which monitor '${spec}' is`, {
      source: spec,
      hint: `Name one of ${kinds.join(", ")}, with its port: 'lpm01a:/dev/ttyACM0', ` +
        `'n6705:tcp://HOST:5025', 'n6705:/dev/usbtmc0'`,
    });
  }
  return { kind, port: port ?? rest };
}
