import { InputError } from "../errors.ts";
import { readEnergyRunnerSession } from "./energyrunner/energyrunner_session.ts";
import { readMlcommonsSession } from "./mlcommons/mlcommons_session.ts";
import type { ForeignSessionOptions } from "./reader_options.ts";
import { readRecordedSession } from "./recorded_session.ts";
import type { Runner, Session, SessionFiles } from "./session.ts";

/**
 * The session of some files.
 *
 * @throws {InputError} Where it cannot be read at all.
 */
export async function readSessionFiles(
  files: SessionFiles,
  options: ForeignSessionOptions,
): Promise<Session> {
  if (files.events) return await readRecordedSession(files.events);
  try {
    return await runnerOf(files) === "energyrunner"
      ? await readEnergyRunnerSession(files, options)
      : await readMlcommonsSession(files, options);
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(`Cannot read the session '${files.folder}'`, {
      source: files.folder,
      cause,
    });
  }
}

// EnergyRunner writes a script or traces; its lines begin with seconds, those of the Python runner with "Logging" or
// month and day.
async function runnerOf(files: SessionFiles): Promise<Runner> {
  if (files.json) return "mlcommons";
  if (files.script || files.trace || files.timestamps) return "energyrunner";
  const path = files.log ?? files.results!;
  using file = await Deno.open(path);
  const buffer = new Uint8Array(1 << 16);
  const count = await file.read(buffer) ?? 0;
  const head = new TextDecoder().decode(buffer.subarray(0, count));
  const isPython =
    /^(Logging initialized|SerialDevice|Power Edition Output)|^\d{4}\.\d{6} |\bTop 1% =|segment \d+$/m
      .test(head);
  return isPython ? "mlcommons" : "energyrunner";
}
