/**
 * A reader of tar streams: ustar, with the long names of pax and GNU tar.
 *
 * @module
 */
import type { ArchiveEntry, ArchiveLimits } from "./archive_entry.ts";
import { ArchiveError } from "./fetch_errors.ts";

const BLOCK = 512;
/** Long names and pax records are read whole: a real one has hundreds of bytes. */
const MOST_EXTENSION_BYTES = 65_536;

/**
 * The entries of a tar archive, one after the other as the stream brings them.
 *
 * Layout: POSIX.1-2017, `pax` ("ustar Interchange Format", "pax Extended Header").
 *
 * @param chunks The unpacked stream.
 * @throws {ArchiveError} Where the archive is damaged, cut off, or holds more than `limits`.
 */
export async function* readTar(
  chunks: AsyncIterable<Uint8Array>,
  { source, limits }: { source: string; limits: ArchiveLimits },
): AsyncGenerator<ArchiveEntry> {
  const stream = new ByteStream(chunks, source, limits.bytes);
  let next: { name?: string; bytes?: number } = {};
  for (let count = 0;; count++) {
    const at = stream.at;
    const damaged = (reason: string) => damagedTar(source, at, reason);
    const header = await stream.exactly(BLOCK);
    if (header.every((byte) => byte === 0)) {
      if (!(await stream.exactly(BLOCK)).every((byte) => byte === 0)) {
        throw damaged("one empty block is no end: two expected");
      }
      await stream.drain();
      return;
    }
    if (count >= limits.entries) {
      throw new ArchiveError(`Cannot unpack '${source}' as it has over ${limits.entries} entries`, {
        source,
      });
    }
    if (storedChecksum(header) !== checksumOf(header)) throw damaged("the checksum is wrong");
    const bytes = next.bytes ?? numberAt(header, 124, 12);
    if (bytes === undefined) throw damaged("the size is no number");
    const padding = (BLOCK - bytes % BLOCK) % BLOCK;
    const type = String.fromCharCode(header[156]);
    if ("xgLK".includes(type)) {
      if (bytes > MOST_EXTENSION_BYTES) throw damaged("the extended header is too long");
      const content = await stream.exactly(bytes);
      await stream.skip(padding);
      if (type === "L") next.name = textOf(content);
      if (type === "x") next = { ...next, ...paxRecords(content, damaged) };
      continue;
    }
    const name = next.name ?? nameOf(header);
    next = {};
    const end = stream.at + bytes;
    yield { name, kind: kindOf(type, name), content: stream.take(bytes) };
    await stream.skip(end - stream.at + padding);
  }
}

function damagedTar(source: string, at: number, reason: string): ArchiveError {
  return new ArchiveError(`Cannot read '${source}' at byte ${at} of the tar as ${reason}`, {
    source,
    hint: "Fetch the archive anew: this copy is damaged",
  });
}

function kindOf(type: string, name: string): ArchiveEntry["kind"] {
  if (type === "5") return "folder";
  if (type === "0" || type === "\0" || type === "7") return name.endsWith("/") ? "folder" : "file";
  return "other";
}

function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

function nameOf(header: Uint8Array): string {
  const name = textOf(header.subarray(0, 100));
  const isUstar = textOf(header.subarray(257, 263)) === "ustar";
  const prefix = isUstar ? textOf(header.subarray(345, 500)) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
}

/** Octal, or GNU's binary form for large values; undefined for what is neither, or beyond 2^53. */
function numberAt(header: Uint8Array, start: number, length: number): number | undefined {
  const field = header.subarray(start, start + length);
  if (field[0] === 0x80) {
    const value = field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
    return Number.isSafeInteger(value) ? value : undefined;
  }
  const text = textOf(field).trim();
  return /^[0-7]{1,12}$/.test(text) ? parseInt(text, 8) : undefined;
}

const storedChecksum = (header: Uint8Array) => numberAt(header, 148, 8);

/** Sum of the header's bytes with its own field as spaces. */
function checksumOf(header: Uint8Array): number {
  let sum = 8 * 32;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += header[i];
  return sum;
}

/** Records of the form `length key=value\n`, of which path and size are of use here. */
function paxRecords(
  bytes: Uint8Array,
  damaged: (reason: string) => ArchiveError,
): { name?: string; bytes?: number } {
  const found: { name?: string; bytes?: number } = {};
  for (let at = 0; at < bytes.length;) {
    const digits = /^([1-9][0-9]{0,5}) /.exec(
      String.fromCharCode(...bytes.subarray(at, at + 7)),
    )?.[1];
    const end = at + Number(digits ?? 0);
    if (digits === undefined || end > bytes.length || bytes[end - 1] !== 10) {
      throw damaged("a pax record has no valid length");
    }
    const record = textOf(bytes.subarray(Math.min(at + digits.length + 1, end - 1), end - 1));
    const [key, value] = [record.split("=", 1)[0], record.slice(record.indexOf("=") + 1)];
    if (key === "path") found.name = value;
    if (key === "size") {
      if (!/^[0-9]{1,15}$/.test(value)) throw damaged("the size is no number");
      found.bytes = Number(value);
    }
    at = end;
  }
  return found;
}

/** Bytes by number from chunks of any size; never more than `most` in all. */
class ByteStream {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest = new Uint8Array(0) as Uint8Array;
  #received = 0;
  at = 0;

  constructor(
    chunks: AsyncIterable<Uint8Array>,
    readonly source: string,
    readonly most: number,
  ) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Up to `count` bytes of what comes next; none at the end. */
  async #some(count: number): Promise<Uint8Array> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done) return this.#rest;
      this.#received += value.length;
      if (this.#received > this.most) {
        throw new ArchiveError(
          `Cannot unpack '${this.source}' as it holds over ${this.most} bytes`,
          { source: this.source, hint: "It is not what is published, and may be meant to do harm" },
        );
      }
      this.#rest = value;
    }
    const bytes = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(bytes.length);
    this.at += bytes.length;
    return bytes;
  }

  async *take(count: number): AsyncGenerator<Uint8Array> {
    while (count > 0) {
      const bytes = await this.#some(count);
      if (bytes.length === 0) throw damagedTar(this.source, this.at, "it ends there");
      count -= bytes.length;
      yield bytes;
    }
  }

  async exactly(count: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(count);
    let done = 0;
    for await (const part of this.take(count)) {
      bytes.set(part, done);
      done += part.length;
    }
    return bytes;
  }

  async skip(count: number): Promise<void> {
    for await (const _ of this.take(count));
  }

  /** Reads to the end, where the stream around the archive proves to be whole. */
  async drain(): Promise<void> {
    while ((await this.#some(Infinity)).length > 0);
  }
}
