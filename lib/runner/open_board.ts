import { portFromSpec } from "../serial/open_port.ts";
import type { Source } from "../sessions/events.ts";
import type { Connection } from "./run_session.ts";

/**
 * A connection to a board by the name of its port: a path such as `/dev/ttyACM0`, `unix:PATH` or `exec:COMMAND`.
 * Figures over a serial port count as measured, those of a program behind a socket or a pipe as emulated. A device whose
 * profile says that its time is simulated or emulated is believed whatever is said here.
 *
 * @param settings.source What the figures are, where that is known better.
 * @throws {InputError} Where `spec` names no kind of port.
 *
 * @example
 * ```ts
 * import { openBoard } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.equal(openBoard("/dev/ttyACM0").source, "measured");
 * assert.equal(openBoard("unix:/tmp/qemu.sock").source, "emulated");
 * ```
 */
export function openBoard(spec: string, settings: { source?: Source } = {}): Connection {
  const isProgram = /^(unix|unix-listen|exec):/.test(spec);
  const source = settings.source ?? (isProgram ? "emulated" : "measured");
  return { port: portFromSpec(spec), name: spec, source };
}
