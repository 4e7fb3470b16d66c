/**
 * A reader of zip files by their central directory.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import { type ArchiveEntry, type ArchiveLimits, shown } from "./archive_entry.ts";
import { ArchiveError } from "./fetch_errors.ts";
import { fileStream, readAt } from "./file_stream.ts";

const END_SIGNATURE = 0x06054b50;
const END_BYTES = 22;
const CENTRAL_SIGNATURE = 0x02014b50;
const CENTRAL_BYTES = 46;
const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_BYTES = 30;
const MOST_DIRECTORY_BYTES = 2 ** 26;

interface ZipEntry {
  name: string;
  kind: ArchiveEntry["kind"];
  method: number;
  crc: number;
  packedBytes: number;
  bytes: number;
  headerAt: number;
  /** Where the content starts; known when the local header was read. */
  start: number;
}

/**
 * The entries of a zip file, in the order of the file. All of the directory is checked before the first is given out:
 * names, sizes, and that no two entries share a byte.
 *
 * Layout: PKWARE APPNOTE 6.3, 4.3.6 to 4.3.16. Stored and deflated entries; no encryption, no zip64.
 *
 * @param onRead Called with the number of packed bytes that were read.
 * @throws {ArchiveError} Where the archive is damaged, cut off, or holds more than `limits`.
 */
export async function* readZip(
  file: Deno.FsFile,
  { source, limits, onRead }: {
    source: string;
    limits: ArchiveLimits;
    onRead?: (bytes: number) => void;
  },
): AsyncGenerator<ArchiveEntry> {
  const entries = await directoryOf(file, source, limits);
  for (const entry of entries) {
    yield { name: entry.name, kind: entry.kind, content: contentOf(file, entry, source, onRead) };
  }
}

function damagedZip(source: string, reason: string): ArchiveError {
  return new ArchiveError(`Cannot read '${source}' as ${reason}`, {
    source,
    hint: "Fetch the archive anew: this copy is damaged, or not what is published",
  });
}

async function directoryOf(
  file: Deno.FsFile,
  source: string,
  limits: ArchiveLimits,
): Promise<ZipEntry[]> {
  const damaged = (reason: string) => damagedZip(source, reason);
  const { size } = await file.stat();
  const tailAt = Math.max(0, size - END_BYTES - 65_535);
  const tail = await readAt(file, tailAt, size - tailAt);
  const end = endRecord(tail);
  if (end === undefined) throw damaged("it has no end record: a zip file was expected");
  const { count, directoryBytes, directoryAt } = end;
  if (count === 0xffff || directoryBytes === 0xffff_ffff || directoryAt === 0xffff_ffff) {
    throw damaged("it is in the zip64 form, which is not supported");
  }
  if (count > limits.entries) {
    throw new ArchiveError(`Cannot unpack '${source}' as it has over ${limits.entries} entries`, {
      source,
    });
  }
  if (directoryBytes > MOST_DIRECTORY_BYTES || directoryAt + directoryBytes > tailAt + end.at) {
    throw damaged("its directory lies outside of it");
  }
  const directory = await readAt(file, directoryAt, directoryBytes);
  const entries = centralEntries(directory, count, damaged);
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  if (bytes > limits.bytes) {
    throw new ArchiveError(`Cannot unpack '${source}' as it holds over ${limits.bytes} bytes`, {
      source,
      hint: "It is not what is published, and may be meant to do harm",
    });
  }
  entries.sort((a, b) => a.headerAt - b.headerAt);
  let free = 0;
  for (const entry of entries) {
    if (entry.headerAt < free) throw damaged(`'${shown(entry.name)}' overlaps another entry`);
    entry.start = await contentStart(file, entry, damaged);
    free = entry.start + entry.packedBytes;
    if (free > directoryAt) throw damaged(`'${shown(entry.name)}' overlaps the directory`);
  }
  return entries;
}

/** The last record whose comment ends where the file does. */
function endRecord(tail: Uint8Array) {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.length);
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    if (view.getUint32(at, true) !== END_SIGNATURE) continue;
    if (at + END_BYTES + view.getUint16(at + 20, true) !== tail.length) continue;
    const isOneDisk = view.getUint16(at + 4, true) === 0 && view.getUint16(at + 6, true) === 0;
    if (!isOneDisk || view.getUint16(at + 8, true) !== view.getUint16(at + 10, true)) continue;
    return {
      at,
      count: view.getUint16(at + 10, true),
      directoryBytes: view.getUint32(at + 12, true),
      directoryAt: view.getUint32(at + 16, true),
    };
  }
}

function centralEntries(
  bytes: Uint8Array,
  count: number,
  damaged: (reason: string) => ArchiveError,
): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + CENTRAL_BYTES > bytes.length || view.getUint32(at, true) !== CENTRAL_SIGNATURE) {
      throw damaged(`entry ${i} of its directory is damaged`);
    }
    const nameAt = at + CENTRAL_BYTES;
    const nameEnd = nameAt + view.getUint16(at + 28, true);
    const next = nameEnd + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (next > bytes.length) throw damaged(`entry ${i} of its directory is cut off`);
    const name = new TextDecoder().decode(bytes.subarray(nameAt, nameEnd));
    const entry: ZipEntry = {
      name,
      kind: kindOf(name, view.getUint16(at + 4, true), view.getUint32(at + 38, true)),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packedBytes: view.getUint32(at + 20, true),
      bytes: view.getUint32(at + 24, true),
      headerAt: view.getUint32(at + 42, true),
      start: 0,
    };
    if (view.getUint16(at + 8, true) & 0x2041) throw damaged(`'${shown(name)}' is encrypted`);
    if (entry.method !== 0 && entry.method !== 8) {
      throw damaged(`'${shown(name)}' is packed by method ${entry.method}: 0 or 8 expected`);
    }
    if (entry.method === 0 && entry.packedBytes !== entry.bytes) {
      throw damaged(`'${shown(name)}' has two sizes`);
    }
    entries.push(entry);
    at = next;
  }
  if (at !== bytes.length) throw damaged("its directory is longer than its entries");
  return entries;
}

/** A Unix system keeps its file type in the high half of the attributes: 4 folder, 8 file, 10 link. */
function kindOf(name: string, madeBy: number, attributes: number): ArchiveEntry["kind"] {
  const type = madeBy >> 8 === 3 ? attributes >>> 28 : 0;
  if (type !== 0 && type !== 4 && type !== 8) return "other";
  return name.endsWith("/") || type === 4 ? "folder" : "file";
}

async function contentStart(
  file: Deno.FsFile,
  entry: ZipEntry,
  damaged: (reason: string) => ArchiveError,
): Promise<number> {
  const header = await readAt(file, entry.headerAt, LOCAL_BYTES);
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  if (header.length < LOCAL_BYTES || view.getUint32(0, true) !== LOCAL_SIGNATURE) {
    throw damaged(`'${shown(entry.name)}' is not where the directory says`);
  }
  const nameBytes = view.getUint16(26, true);
  const name = await readAt(file, entry.headerAt + LOCAL_BYTES, nameBytes);
  if (new TextDecoder().decode(name) !== entry.name || view.getUint16(8, true) !== entry.method) {
    throw damaged(`'${shown(entry.name)}' is another entry than the directory says`);
  }
  return entry.headerAt + LOCAL_BYTES + nameBytes + view.getUint16(28, true);
}

async function* contentOf(
  file: Deno.FsFile,
  entry: ZipEntry,
  source: string,
  onRead?: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const damaged = (reason: string) => damagedZip(source, `'${shown(entry.name)}' ${reason}`);
  const packed = fileStream(file, entry.start, entry.start + entry.packedBytes, onRead);
  const content = entry.method === 0
    ? packed
    : packed.pipeThrough(new DecompressionStream("deflate-raw"));
  let done = 0;
  let crc = 0;
  for await (const chunk of content) {
    done += chunk.length;
    if (done > entry.bytes) throw damaged(`is longer than its ${entry.bytes} bytes`);
    crc = crc32(chunk, crc);
    yield chunk;
  }
  if (done !== entry.bytes) throw damaged(`ends after ${done} of its ${entry.bytes} bytes`);
  if (crc !== entry.crc) throw damaged("has a wrong checksum");
}
