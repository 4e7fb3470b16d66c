/**
 * Where the sessions of published rounds lie.
 *
 * @module
 */
import { basename, join, relative } from "node:path";
import type { Benchmark } from "../../benchmarks.ts";
import { InputError } from "../../errors.ts";
import { Findings } from "../findings.ts";
import { benchmarkOfName } from "../labels.ts";
import type { SessionFiles, SessionMode } from "../session.ts";
import { isSessionFile, modeOfName, sortSessionFiles } from "../session_files.ts";

/** A folder that holds `closed` or `open`. */
export interface Checkout {
  /** Path of it. */
  root: string;
  /** Such as "v1.2", from the name of the folder or one above; undefined where they do not tell. */
  round?: string;
}

/** What was run where, as the folders say. */
export interface PlacedSession {
  /** "closed" or "open". */
  division: "closed" | "open";
  /** Folder of the submitter. */
  organisation: string;
  /** Folders of the system: the board, with whatever further levels there are. */
  system: string[];
  /** The benchmark; undefined where no folder names it. */
  benchmark?: Benchmark;
  /** Kind of run; undefined where neither folder nor files tell. */
  mode?: SessionMode;
  /** Its files. */
  files: SessionFiles;
  /** What was odd about them. */
  findings: Findings;
}

const divisions = ["closed", "open"] as const;
const deepest = 10;

/**
 * The checkouts in and below a folder, three levels deep. Links are not followed.
 *
 * @throws {InputError} Where there is none.
 */
export async function findCheckouts(dir: string): Promise<Checkout[]> {
  let top: string;
  try {
    top = await Deno.realPath(dir);
  } catch (cause) {
    throw new InputError(`Cannot open '${dir}'`, { source: dir, cause });
  }
  const checkouts: Checkout[] = [];
  const visit = async (folder: string, names: readonly string[], depth: number) => {
    const { folders } = await listFolder(folder);
    if (folders.some((name) => (divisions as readonly string[]).includes(name))) {
      checkouts.push({ root: folder, round: roundOf(names) });
    } else if (depth > 0) {
      for (const name of folders) {
        if (!name.startsWith(".")) await visit(join(folder, name), [...names, name], depth - 1);
      }
    }
  };
  await visit(top, [basename(top)], 3);
  if (checkouts.length > 0) return checkouts;
  throw new InputError(`Cannot find published results in '${dir}'`, {
    source: dir,
    hint: "Name a checkout of a public result repository: it holds 'closed' or 'open'",
  });
}

// The innermost folder name with a round in it: "tiny_results_v1.0", "v1.3", "0.7".
function roundOf(names: readonly string[]): string | undefined {
  for (const name of names.toReversed()) {
    const match = /(?:^|[^0-9.])v(\d\.\d{1,2})(?![0-9.])/i.exec(name) ??
      /(?:^|[^0-9.])(\d\.\d{1,2})(?![0-9.])/.exec(name);
    if (match) return `v${match[1]}`;
  }
  return undefined;
}

/** Files and folders of a folder, each sorted; nothing where it cannot be read. */
export async function listFolder(path: string): Promise<{ files: string[]; folders: string[] }> {
  const files: string[] = [];
  const folders: string[] = [];
  try {
    for await (const entry of Deno.readDir(path)) {
      if (entry.isFile) files.push(entry.name);
      else if (entry.isDirectory) folders.push(entry.name);
    }
  } catch {
    // Not there, or not readable.
  }
  return { files: files.sort(), folders: folders.sort() };
}

/** The sessions of a checkout: every folder below `{closed|open}/ORG/results` that holds files of one. */
export async function findSessions(root: string): Promise<PlacedSession[]> {
  const sessions: PlacedSession[] = [];
  for (const division of divisions) {
    for (const organisation of (await listFolder(join(root, division))).folders) {
      const results = join(root, division, organisation, "results");
      const visit = async (folder: string, depth: number) => {
        const { files, folders } = await listFolder(folder);
        const names = files.filter(isSessionFile);
        if (names.length > 0) {
          const levels = relative(results, folder).split(/[/\\]/).filter(Boolean);
          for (const session of sessionsIn(folder, names, levels)) {
            sessions.push({ division, organisation, ...session });
          }
        }
        if (depth < deepest) {
          for (const name of folders) await visit(join(folder, name), depth + 1);
        }
      };
      await visit(results, 0);
    }
  }
  return sessions;
}

function* sessionsIn(
  folder: string,
  names: readonly string[],
  levels: readonly string[],
): Generator<Omit<PlacedSession, "division" | "organisation">> {
  const modeLevel = levels.findLastIndex((name) => modeOfName(name) !== undefined);
  // The first level is the board, even where it is called like a benchmark; unless there is nothing else.
  const named = levels.map((name, i) => i === modeLevel ? undefined : benchmarkOfName(name));
  const later = named.findIndex((found, i) => i > 0 && found !== undefined);
  const benchmarkLevel = later > 0 ? later : named.findIndex((found) => found !== undefined);
  const system = levels.filter((_, i) => i !== benchmarkLevel && (modeLevel < 0 || i < modeLevel));
  const benchmark = named[benchmarkLevel];
  const inFolder = modeLevel < 0 ? undefined : modeOfName(levels[modeLevel]);
  const inFiles = new Set(names.map(modeOfName).filter((mode) => mode !== undefined));
  const modes = inFolder ? [inFolder] : inFiles.size > 0 ? [...inFiles] : [undefined];
  for (const mode of modes) {
    const findings = new Findings();
    const files = sortSessionFiles(folder, names, { mode, findings });
    if (!files.log && !files.results && !files.json && !files.events) continue;
    yield { system, benchmark, mode, files, findings };
  }
}
