/**
 * Archives into folders, safely.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { InputError } from "../../errors.ts";
import { type ArchiveEntry, type ArchiveLimits, entrySteps, shown } from "./archive_entry.ts";
import { ArchiveError } from "./fetch_errors.ts";
import { fileStream } from "./file_stream.ts";
import { readTar } from "./read_tar.ts";
import { readZip } from "./read_zip.ts";

export type { ArchiveLimits };

/** What {@linkcode unpack} is to do. */
export interface UnpackOptions {
  /** Path of the archive. */
  archive: string;
  /** How it is packed. */
  format: "tar.gz" | "zip";
  /** Folder that exists, is empty, and that nobody else writes to. */
  out: string;
  /** How much it may hold; checked while it is read. */
  limits: ArchiveLimits;
  /** Steps that are taken off the front of every path. [0] */
  strip?: number;
  /** Only what lies below this folder (after `strip`) is unpacked. */
  only?: string;
  /** Ends the work. */
  signal?: AbortSignal;
}

/** How far {@linkcode unpack} has come. */
export interface UnpackProgress {
  /** Bytes of the archive that were read. */
  done: number;
  /** Bytes of the archive. */
  total: number;
  /** Path of the file that was written last, below the folder. */
  file: string;
}

/**
 * Unpacks an archive into a folder. Only files and folders are made, with names that stay below `out` on every system;
 * a link, a path that leads out, two entries of one name, or more than `limits` ends the work with an error. What was
 * written until then stays: unpack into a folder of its own, and rename it.
 *
 * @returns The number of files.
 * @throws {ArchiveError} Where the archive is damaged or hostile.
 * @throws {InputError} Where the archive cannot be read or the folder not be written.
 *
 * @example
 * ```ts
 * import { unpack } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.writeFile(`${folder}/cut.zip`, new Uint8Array(10));
 * await Deno.mkdir(`${folder}/out`);
 * const steps = unpack({
 *   archive: `${folder}/cut.zip`,
 *   format: "zip",
 *   out: `${folder}/out`,
 *   limits: { entries: 10, bytes: 1000 },
 * });
 * await assert.rejects(steps.next(), { name: "ArchiveError" });
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function* unpack(options: UnpackOptions): AsyncGenerator<UnpackProgress, number> {
  const { archive, format, out, limits, strip = 0, only, signal } = options;
  using file = await openArchive(archive);
  const total = (await file.stat()).size;
  let done = 0;
  const onRead = (bytes: number) => void (done += bytes);
  const entries = format === "zip"
    ? readZip(file, { source: archive, limits, onRead })
    : readTar(gunzipped(file, total, onRead), { source: archive, limits });
  const folders = new Set<string>();
  let files = 0;
  try {
    for await (const entry of entries) {
      signal?.throwIfAborted();
      const steps = entrySteps(entry.name, archive).slice(strip);
      if (steps.length === 0 || (only !== undefined && steps[0] !== only)) continue;
      const path = join(out, ...steps);
      if (entry.kind === "other") {
        throw new ArchiveError(
          `Cannot unpack '${shown(entry.name)}' from '${archive}' as it is a link or a device`,
          { source: archive, hint: "Only files and folders are unpacked" },
        );
      }
      const folder = entry.kind === "folder" ? path : dirname(path);
      if (!folders.has(folder)) {
        await Deno.mkdir(folder, { recursive: true });
        folders.add(folder);
      }
      if (entry.kind === "folder") continue;
      await writeEntry(entry, path, signal);
      files++;
      yield { done, total, file: steps.join("/") };
    }
  } catch (error) {
    throw explained(error, archive, out);
  }
  return files;
}

async function openArchive(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path);
  } catch (cause) {
    throw new InputError(`Cannot read '${path}'`, { source: path, cause });
  }
}

function gunzipped(file: Deno.FsFile, bytes: number, onRead: (bytes: number) => void) {
  return fileStream(file, 0, bytes, onRead).pipeThrough(new DecompressionStream("gzip"));
}

async function writeEntry(entry: ArchiveEntry, path: string, signal?: AbortSignal): Promise<void> {
  // Never over what is there: a second entry of that name, also where the system takes two names for one.
  using file = await Deno.open(path, { write: true, createNew: true });
  for await (const chunk of entry.content) {
    signal?.throwIfAborted();
    for (let at = 0; at < chunk.length;) at += await file.write(chunk.subarray(at));
  }
}

function explained(error: unknown, archive: string, out: string): unknown {
  if (error instanceof TypeError) {
    return new ArchiveError(`Cannot unpack '${archive}' as its compressed data is damaged`, {
      source: archive,
      cause: error,
      hint: "Fetch the archive anew: this copy is damaged",
    });
  }
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") {
    return error;
  }
  if (["EEXIST", "ENOTDIR", "EISDIR"].includes(error.code)) {
    return new ArchiveError(`Cannot unpack '${archive}' as two of its entries have one name`, {
      source: archive,
      cause: error,
    });
  }
  return new InputError(`Cannot write to '${out}'`, { source: out, cause: error });
}
