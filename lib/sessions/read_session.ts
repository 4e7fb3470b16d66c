/**
 * A session from its files, whichever tool wrote them.
 *
 * @module
 */
import { Findings } from "./findings.ts";
import type { Labels } from "./labels.ts";
import { readSessionFiles } from "./read_session_files.ts";
import type { Session, SessionMode } from "./session.ts";
import { findSessionFiles, modeOfName } from "./session_files.ts";

/** What a caller knows of a session that its files may not say. */
export interface ReadSessionOptions {
  /** Id of the benchmark, for files that do not name it. */
  benchmark?: string;
  /** Kind of run; without it the folder's name and the files tell. */
  mode?: SessionMode;
  /** Classes of the input files, where neither the session nor file names tell them. */
  labels?: Labels;
}

/**
 * The session in a folder, in any form: Thimble's own, EnergyRunner's, the Python runner's. What is odd in it is read
 * around and becomes one of its `findings`.
 *
 * @param path The folder, or a file in it.
 * @throws {InputError} Where there is none, or it cannot be read at all.
 *
 * @example
 * ```ts
 * import { readSession, scoreSession } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.writeTextFile(
 *   `${folder}/log.txt`,
 *   `00272.954 session: m-session-start-id[20210603010201]
 * 00273.468 dut: m-model-[kws01]
 * 00273.608 dut: m-infer-start-100
 * 00273.794 dut: m-lap-us-1000000
 * 00291.984 dut: m-lap-us-21000000
 * 00291.993 dut: m-results-[0,0,0,0,0,0,0,1,0,0,0,0]
 * 00291.994 sequencer: m-sequencer-stop
 * `,
 * );
 * const session = await readSession(folder);
 * assert.equal(session.runner, "energyrunner");
 * assert.equal(scoreSession(session).throughputInfS, 5);
 * ```
 */
export async function readSession(
  path: string,
  options: ReadSessionOptions = {},
): Promise<Session> {
  const findings = new Findings();
  const files = await findSessionFiles(path, { mode: options.mode, findings });
  const mode = options.mode ?? modeOfName(files.folder.split(/[/\\]/).at(-1)!);
  return await readSessionFiles(files, { ...options, mode, findings });
}
