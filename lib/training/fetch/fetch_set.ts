/**
 * From a name to a folder: fetched, checked, unpacked.
 *
 * @module
 */
import { basename, join, resolve } from "node:path";
import type { Clock } from "../../clock.ts";
import { InputError } from "../../errors.ts";
import { checkDigest } from "./check_digest.ts";
import { download } from "./download.ts";
import { FetchError } from "./fetch_errors.ts";
import type { FetchSet, RemoteFile } from "./fetch_sets.ts";
import { unpack } from "./unpack.ts";

/** What {@linkcode fetchSet} is to do. */
export interface FetchSetOptions {
  /** Folder that is made; it may be there, but empty. */
  out: string;
  /** Takes a local file instead; where a set has several files, the folder that holds them. */
  from?: string;
  /** Takes the files from below this address instead, or, where it ends with the file's name, from it. */
  mirror?: string;
  /** The longest time without a byte, in milliseconds. [60 000] */
  stallMs?: number;
  /** Where that time comes from. [the machine's clock] */
  clock?: Clock;
  /** Ends the work; what was fetched stays for the next time. */
  signal?: AbortSignal;
}

/** How far {@linkcode fetchSet} has come. */
export interface FetchSetProgress {
  /** `terms` comes first, before a byte is fetched: the licence is in `text`. */
  phase: "terms" | "download" | "check" | "unpack";
  /** Bytes that are done in this phase. */
  done: number;
  /** Bytes in all; undefined where it is not known. */
  total?: number;
  /** The file that is under way; for `terms` the licence. */
  text: string;
}

/** What {@linkcode fetchSet} has made. */
export interface FetchedSet {
  /** Number of files in the folder. */
  files: number;
  /** Digests of what was fetched; `published` tells whether there was one to compare with. */
  digests: { file: string; hex: string; published: boolean }[];
}

/**
 * Fetches a set into a folder. Every file is checked against what was published and archives are unpacked; only then does
 * the folder appear. Until then all is in `<out>.part` beside it, where a new try goes on.
 *
 * @throws {FetchError} Where a file cannot be fetched or is not what was published.
 * @throws {ArchiveError} Where an archive is damaged or hostile.
 * @throws {InputError} Where the folder is not empty, or a file cannot be read or written.
 * @throws The signal's reason when it aborts.
 *
 * @example The licence comes first
 * ```ts
 * import { fetchSet, fetchSets } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const steps = fetchSet(fetchSets.kws, { out: "speech_commands" });
 * const first = await steps.next();
 * assert(!first.done && first.value.phase === "terms");
 * assert.match(first.value.text, /^CC BY 4.0/);
 * ```
 */
export async function* fetchSet(
  set: FetchSet,
  options: FetchSetOptions,
): AsyncGenerator<FetchSetProgress, FetchedSet> {
  const { out, from, signal } = options;
  yield { phase: "terms", done: 0, text: set.licence };
  signal?.throwIfAborted();
  const target = resolve(out);
  await checkEmpty(out);
  const work = `${target}.part`;
  const staging = join(work, `unpacked-${crypto.randomUUID()}`);
  const result: FetchedSet = { files: 0, digests: [] };
  await attempt(out, () => Deno.mkdir(staging, { recursive: true }));
  try {
    for (const file of set.files) {
      const path = from === undefined ? join(work, file.file) : await localPath(from, set, file);
      const hex = from === undefined
        ? yield* fetched(file, path, options)
        : yield* checked(file, path, from, signal);
      result.digests.push({ file: file.file, hex, published: file.digest !== undefined });
      if (file.archive === undefined) {
        await attempt(out, () => Deno.copyFile(path, join(staging, file.file)));
        result.files++;
      } else {
        result.files += yield* unpacked(file, path, staging, signal);
      }
    }
    signal?.throwIfAborted();
    // Takes the place of an empty folder; fails on one that was filled meanwhile.
    await attempt(out, () => Deno.rename(staging, target));
    await Deno.remove(work, { recursive: true }).catch(() => {});
  } finally {
    await Deno.remove(staging, { recursive: true }).catch(() => {});
    // Only where nothing is there to go on from.
    await Deno.remove(work).catch(() => {});
  }
  return result;
}

async function attempt<T>(out: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw new InputError(`Cannot write to '${out}'`, { source: out, cause });
  }
}

async function checkEmpty(out: string): Promise<void> {
  try {
    for await (const _ of Deno.readDir(out)) {
      throw new InputError(`Cannot fetch into '${out}' as it is not empty`, {
        source: out,
        hint: "Name a new folder: what was fetched is never mixed with other files",
      });
    }
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    if (cause instanceof Deno.errors.NotFound) return;
    throw new InputError(`Cannot fetch into '${out}'`, { source: out, cause });
  }
}

/** From the network, unless an earlier try got that far. */
async function* fetched(
  file: RemoteFile,
  path: string,
  { mirror, stallMs, clock, signal }: FetchSetOptions,
): AsyncGenerator<FetchSetProgress, string> {
  if (file.digest !== undefined && await isFile(path)) {
    try {
      return yield* checked(file, path, path, signal);
    } catch (error) {
      if (!(error instanceof FetchError)) throw error;
    }
  }
  const { url, bytes, digest } = file;
  const steps = download({
    url: mirror === undefined ? url : mirrorUrl(mirror, file.file),
    path,
    bytes,
    digest,
    stallMs,
    clock,
    signal,
  });
  for (;;) {
    const step = await steps.next();
    if (step.done) return step.value;
    yield { ...step.value, text: file.file };
  }
}

function mirrorUrl(mirror: string, file: string): string {
  const url = URL.parse(mirror);
  if (url === null) {
    throw new InputError(`Cannot read the address '${mirror}'`, {
      source: mirror,
      hint: "Write it in full, as in https://host/folder",
    });
  }
  if (basename(url.pathname) === file) return url.href;
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  url.pathname += file;
  return url.href;
}

async function isFile(path: string): Promise<boolean> {
  return (await Deno.stat(path).catch(() => undefined))?.isFile ?? false;
}

/** A local file, held to the published size and checksum. */
async function* checked(
  file: RemoteFile,
  path: string,
  source: string,
  signal?: AbortSignal,
): AsyncGenerator<FetchSetProgress, string> {
  const { size } = await Deno.stat(path);
  if (file.bytes !== undefined && size !== file.bytes) {
    throw new FetchError(`Cannot use '${source}' as it has ${size} bytes: ${file.bytes} expected`, {
      source,
      failure: "size",
      hint: `It is not '${file.file}' as it was published`,
    });
  }
  const check = checkDigest(path, { digest: file.digest, source, signal });
  for (;;) {
    const step = await check.next();
    if (step.done) return step.value;
    yield { phase: "check", done: step.value, total: size, text: file.file };
  }
}

async function localPath(from: string, set: FetchSet, file: RemoteFile): Promise<string> {
  const path = set.files.length === 1 && await isFile(from) ? from : join(from, file.file);
  if (await isFile(path)) return path;
  throw new InputError(`Cannot find '${file.file}' at '${from}'`, {
    source: from,
    hint: set.files.length === 1
      ? `Name the file '${file.file}', or the folder that holds it`
      : "Name the folder that holds the files",
  });
}

async function* unpacked(
  file: RemoteFile,
  archive: string,
  out: string,
  signal?: AbortSignal,
): AsyncGenerator<FetchSetProgress, number> {
  const steps = unpack({ ...file.archive!, archive, out, signal });
  for (;;) {
    const step = await steps.next();
    if (step.done) return step.value;
    const { done, total, file: text } = step.value;
    yield { phase: "unpack", done, total, text };
  }
}
