/**
 * One file from the network: resumed, bounded, checked, and there as a whole or not at all.
 *
 * @module
 */
import { type Clock, systemClock } from "../../clock.ts";
import { InputError } from "../../errors.ts";
import { checkDigest } from "./check_digest.ts";
import { FetchError, type FetchFailure } from "./fetch_errors.ts";
import type { PublishedDigest } from "./fetch_sets.ts";
import { openResponse } from "./open_response.ts";
import { type PartNote, readPartNote, writePartNote } from "./part_note.ts";
import { StallWatch } from "./stall_watch.ts";

/** What {@linkcode download} is to do. */
export interface DownloadOptions {
  /** Where the file is published: https, or this machine itself. */
  url: string;
  /** Where it is to be. */
  path: string;
  /** Its size, where that was published. */
  bytes?: number;
  /** More than this is not fetched, where `bytes` is not known. [1 GiB] */
  mostBytes?: number;
  /** Its checksum, where one was published. */
  digest?: PublishedDigest;
  /** The longest time without a byte, in milliseconds. [60 000] */
  stallMs?: number;
  /** Where that time comes from. [the machine's clock] */
  clock?: Clock;
  /** Ends the work; what was fetched stays for the next time. */
  signal?: AbortSignal;
}

/** How far {@linkcode download} has come. */
export interface DownloadProgress {
  /** `check`: all is there, and its checksum is computed. */
  phase: "download" | "check";
  /** Bytes that are done. */
  done: number;
  /** Bytes in all; undefined where the server does not say. */
  total?: number;
}

/**
 * Fetches a file. Until it is complete and its checksum is right it is called `<path>.part`; where that is there from an
 * earlier try, only the rest is asked for, if the server can (HTTP range) and still has the same file.
 *
 * @returns The digest of the file, hex: of the algorithm of `digest`, or SHA-256.
 * @throws {FetchError} Says which kind of failure; after all but `size` and `checksum` a new try goes on where it ended.
 * @throws {InputError} Where the file cannot be written.
 * @throws The signal's reason when it aborts.
 *
 * @example
 * ```ts
 * import { download } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * const server = Deno.serve(
 *   { hostname: "127.0.0.1", port: 0, onListen() {} },
 *   () => new Response("abc"),
 * );
 * const path = `${folder}/abc`;
 * for await (const { phase, done } of download({ url: `http://127.0.0.1:${server.addr.port}`, path })) {
 *   assert(phase === "check" || done <= 3);
 * }
 * assert.equal(await Deno.readTextFile(path), "abc");
 * await server.shutdown();
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function* download(
  options: DownloadOptions,
): AsyncGenerator<DownloadProgress, string> {
  const { url, path, digest, signal } = options;
  signal?.throwIfAborted();
  const part = `${path}.part`;
  using file = await openPart(part, url);
  try {
    yield* fill(file, part, options);
    const total = (await file.stat()).size;
    const check = checkDigest(part, { digest, source: url, signal });
    for (;;) {
      const step = await check.next();
      if (step.done) {
        await file.sync();
        await Deno.rename(part, path);
        await Deno.remove(`${part}.json`).catch(() => {});
        return step.value;
      }
      yield { phase: "check", done: step.value, total };
    }
  } catch (error) {
    // Nothing to go on from: the next try starts anew.
    const isWrong = error instanceof FetchError && ["size", "checksum"].includes(error.failure);
    if (isWrong || (await file.stat()).size === 0) {
      await Promise.allSettled([Deno.remove(part), Deno.remove(`${part}.json`)]);
    }
    if (isSystemError(error)) {
      throw new InputError(`Cannot write '${path}'`, { source: path, cause: error });
    }
    throw error;
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}

async function openPart(part: string, url: string): Promise<Deno.FsFile> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(part, { read: true, write: true, create: true });
  } catch (cause) {
    throw new InputError(`Cannot write '${part}'`, { source: part, cause });
  }
  if (await file.tryLock(true)) return file;
  file.close();
  throw failure(url, "busy", "as another program is fetching it", "Wait for its end, or end it");
}

function failure(
  source: string,
  kind: FetchFailure,
  reason: string,
  hint: string,
  more: { status?: number; cause?: unknown } = {},
): FetchError {
  return new FetchError(`Cannot fetch '${source}' ${reason}`, {
    source,
    failure: kind,
    hint,
    ...more,
  });
}

const goOn = "Run it again: it goes on where it ended";

/** Asks for what is missing in the part file and appends it. */
async function* fill(
  file: Deno.FsFile,
  part: string,
  options: DownloadOptions,
): AsyncGenerator<DownloadProgress, void> {
  const { url, bytes, mostBytes = 2 ** 30, clock = systemClock, stallMs = 60_000 } = options;
  const most = bytes ?? mostBytes;
  using watch = new StallWatch(
    clock,
    stallMs,
    () => failure(url, "stalled", `as nothing came for ${stallMs / 1000} s`, goOn),
  );
  const signal = AbortSignal.any([watch.signal, ...(options.signal ? [options.signal] : [])]);
  const note = await readPartNote(part);
  let done = note?.url === url ? (await file.stat()).size : 0;
  const validator = done > 0 ? note?.validator : undefined;
  // Without a validator nothing but the checksum tells whether the rest is of the same file.
  if (done > most || (validator === undefined && options.digest === undefined)) done = 0;
  const response = await openResponse(url, {
    signal,
    headers: {
      "accept-encoding": "identity",
      ...(done > 0 ? { range: `bytes=${done}-` } : {}),
      ...(validator !== undefined && done > 0 ? { "if-range": validator } : {}),
    },
  });
  const rest = await restOf(response, done, options);
  if (rest === "none") return;
  const { start, total } = rest;
  if (total !== undefined && (total > most || (bytes !== undefined && total !== bytes))) {
    await response.body?.cancel();
    const expected = bytes === undefined ? `${most} at most` : `${bytes}`;
    throw failure(
      url,
      "size",
      `as it has ${total} bytes: ${expected} expected`,
      "It is not what was published: name another place with --mirror, or a file with --from",
    );
  }
  await file.truncate(start);
  await file.seek(start, Deno.SeekMode.Start);
  await writePartNote(part, noteOf(url, response));
  done = start;
  yield { phase: "download", done, total: total ?? bytes };
  for await (const chunk of bodyOf(response, url, signal, watch)) {
    done += chunk.length;
    if (done > (total ?? most)) {
      throw failure(
        url,
        "size",
        `as it is longer than ${total ?? most} bytes`,
        "Fetch it elsewhere",
      );
    }
    for (let at = 0; at < chunk.length;) at += await file.write(chunk.subarray(at));
    yield { phase: "download", done, total: total ?? bytes };
    watch.reset();
  }
  const expected = total ?? bytes;
  if (expected !== undefined && done < expected) {
    throw failure(url, "truncated", `as it ended after ${done} of ${expected} bytes`, goOn);
  }
}

/** Where the body begins; "none" where nothing is missing. */
async function restOf(
  response: Response,
  offset: number,
  { url }: DownloadOptions,
): Promise<{ start: number; total?: number } | "none"> {
  const { status, headers } = response;
  const range = headers.get("content-range") ?? "";
  if (status === 200) {
    const length = headers.get("content-length");
    const isPlain = headers.get("content-encoding") === null;
    return { start: 0, total: isPlain && length !== null ? Number(length) : undefined };
  }
  if (status === 206) {
    const [, start, end, total] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(range) ?? [];
    if (Number(start) === offset && Number(end) === Number(total) - 1) {
      return { start: offset, total: Number(total) };
    }
  }
  await response.body?.cancel();
  if (status === 206) {
    throw failure(url, "size", `as the server sent '${range}' for byte ${offset}`, "Run it again");
  }
  if (status === 416) {
    if (range === `bytes */${offset}`) return "none";
    throw failure(url, "size", `as the file changed since ${offset} bytes came`, "Run it again");
  }
  throw failure(
    url,
    "status",
    `as the server answered ${status}`,
    status >= 500 || status === 429
      ? "Try again later, or name another place with --mirror, or a file with --from"
      : "Name another place with --mirror, or a file with --from",
    { status },
  );
}

/** What tells later whether the server still has the same file: a strong entity tag, or the date. */
function noteOf(url: string, { headers }: Response): PartNote {
  const tag = headers.get("etag");
  const isStrong = tag !== null && tag.startsWith('"');
  return { url, validator: (isStrong ? tag : headers.get("last-modified")) ?? undefined };
}

async function* bodyOf(
  response: Response,
  url: string,
  signal: AbortSignal,
  watch: StallWatch,
): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  watch.reset();
  const reader = response.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw failure(url, "truncated", "as the connection broke", goOn, { cause });
  } finally {
    await reader.cancel().catch(() => {});
  }
}
