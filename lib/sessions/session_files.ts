/**
 * Which file of a folder is what.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { InputError } from "../errors.ts";
import type { Findings } from "./findings.ts";
import { eventsFile } from "./recorded_session.ts";
import type { SessionFiles, SessionMode } from "./session.ts";

type Role = Exclude<keyof SessionFiles, "folder">;

// With the names that were published: 'performance_log.txt', 'postproc.txt', 'energy_script.async'.
const patterns: Record<Role, RegExp> = {
  events: new RegExp(`^${eventsFile.replace(".", "\\.")}$`),
  log: /^(.*[_-])?log\.txt$/i,
  results: /^(.*[_-])?results?\.txt$|^postproc\.txt$/i,
  json: /^(.*[_-])?results?\.json$/i,
  script: /\.async$/i,
  trace: /energy\.bin$/i,
  timestamps: /timestamps\.json$/i,
};

/** Whether a file belongs to a session, whatever its role. AppleDouble files ('._log.txt') do not. */
export function isSessionFile(name: string): boolean {
  return !name.startsWith("._") && Object.values(patterns).some((pattern) => pattern.test(name));
}

/** Kind of run that a folder or file name tells; names were misspelt ("enegy") and other ones taken ("power"). */
export function modeOfName(name: string): SessionMode | undefined {
  if (/^perf/i.test(name)) return "performance";
  if (/^acc/i.test(name)) return "accuracy";
  if (/^(ener|eneg|power)/i.test(name)) return "energy";
  return undefined;
}

/**
 * Sorts files of one folder by what they are.
 *
 * @param mode Where files of several runs lie side by side, those of this one are taken.
 */
export function sortSessionFiles(
  folder: string,
  names: readonly string[],
  options: { mode?: SessionMode; findings?: Findings } = {},
): SessionFiles {
  const { mode, findings } = options;
  const files: SessionFiles = { folder };
  const own = names.filter((name) => !name.startsWith("._")).sort();
  for (const role of Object.keys(patterns) as Role[]) {
    const fits = own.filter((name) => patterns[role].test(name));
    const ofMode = mode ? fits.filter((name) => (modeOfName(name) ?? mode) === mode) : fits;
    // The plain name before one with a prefix.
    const candidates = ofMode.sort((a, b) => a.length - b.length);
    if (candidates.length === 0) continue;
    files[role] = join(folder, candidates[0]);
    if (candidates.length > 1 && role !== "trace" && role !== "timestamps") {
      findings?.add(`There are ${candidates.length} files like this one: it is taken`, {
        file: files[role],
      });
    }
  }
  return files;
}

/**
 * The files of the session at `path`.
 *
 * @param path A folder, or a file in it.
 * @throws {InputError} Where there is no session.
 */
export async function findSessionFiles(
  path: string,
  options: { mode?: SessionMode; findings?: Findings } = {},
): Promise<SessionFiles> {
  try {
    const { isFile } = await Deno.stat(path);
    const folder = isFile ? dirname(path) : path;
    const names: string[] = [];
    // No links: they may lead anywhere.
    for await (const entry of Deno.readDir(folder)) if (entry.isFile) names.push(entry.name);
    const mode = options.mode ?? modeOfName(basename(path)) ?? modeOfName(basename(folder));
    const files = sortSessionFiles(folder, names, { ...options, mode });
    if (isFile) {
      const role = (Object.keys(patterns) as Role[]).find((r) => patterns[r].test(basename(path)));
      if (!role) throw notThere(path);
      files[role] = path;
    }
    if (files.events || files.log || files.json || files.results) return files;
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw notThere(path, cause);
  }
  throw notThere(path);
}

function notThere(path: string, cause?: unknown): InputError {
  return new InputError(`Cannot open the session '${path}'`, {
    source: path,
    cause,
    hint: "Name the folder of a session, which holds 'events.jsonl', 'log.txt' or 'results.json'",
  });
}
