/** Archives for tests, honest and otherwise: every field can be set to what no packer would write. */
import { crc32 } from "node:zlib";

const encoder = new TextEncoder();

/** An entry of a tar. */
export interface TarEntry {
  name: string;
  content?: string | Uint8Array;
  /** Type flag. [0] */
  type?: string;
  link?: string;
  /** What the header says, where that is not the content's size. */
  size?: number;
  prefix?: string;
}

export function tarHeader(
  { name, content = "", type = "0", link = "", size, prefix = "" }: TarEntry,
) {
  const header = new Uint8Array(512);
  const put = (at: number, text: string) => header.set(encoder.encode(text), at);
  put(0, name);
  put(100, "0000644\0");
  put(124, (size ?? bytesOf(content).length).toString(8).padStart(11, "0") + "\0");
  put(156, type);
  put(157, link);
  put(257, "ustar\x0000");
  put(345, prefix);
  put(148, "        ");
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(148, sum.toString(8).padStart(6, "0") + "\0 ");
  return header;
}

export function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? encoder.encode(content) : content;
}

export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export function tarBytes(entries: readonly TarEntry[], end = 1024): Uint8Array<ArrayBuffer> {
  const parts = entries.flatMap((entry) => {
    const content = bytesOf(entry.content ?? "");
    return [tarHeader(entry), content, new Uint8Array((512 - content.length % 512) % 512)];
  });
  return joined([...parts, new Uint8Array(end)]);
}

export async function packed(
  bytes: Uint8Array<ArrayBuffer>,
  format: "gzip" | "deflate-raw",
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream(format));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** An entry of a zip file. */
export interface ZipEntrySpec {
  name: string;
  content?: string;
  /** 0 stored, 8 deflated. [8] */
  method?: number;
  /** Size that the directory claims. */
  size?: number;
  /** Packed size that both headers claim. */
  packedSize?: number;
  crc?: number;
  flags?: number;
  /** Unix mode. [0o100644] */
  mode?: number;
  /** Name in the local header, where it is another one. */
  localName?: string;
  /** Where the directory says the header is. */
  headerAt?: number;
}

export async function zipBytes(
  entries: readonly ZipEntrySpec[],
  { count = entries.length, comment = "" } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const local: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  let at = 0;
  for (const entry of entries) {
    const { name, content = "", method = 8, flags = 0, mode = 0o100644 } = entry;
    const raw = encoder.encode(content);
    const body = method === 8 ? await packed(raw, "deflate-raw") : raw;
    const size = entry.size ?? raw.length;
    const common = (bytes: Uint8Array, start: number) => {
      const view = new DataView(bytes.buffer);
      view.setUint16(start, 20, true);
      view.setUint16(start + 2, flags, true);
      view.setUint16(start + 4, method, true);
      view.setUint32(start + 10, entry.crc ?? crc32(raw), true);
      view.setUint32(start + 14, entry.packedSize ?? body.length, true);
      view.setUint32(start + 18, size, true);
      return view;
    };
    const localName = encoder.encode(entry.localName ?? name);
    const header = new Uint8Array(30);
    const view = common(header, 4);
    view.setUint32(0, 0x04034b50, true);
    view.setUint16(26, localName.length, true);
    local.push(header, localName, body);
    const nameBytes = encoder.encode(name);
    const directory = new Uint8Array(46);
    const second = common(directory, 6);
    second.setUint32(0, 0x02014b50, true);
    second.setUint16(4, 3 << 8 | 20, true);
    second.setUint16(28, nameBytes.length, true);
    second.setUint32(38, (mode << 16) >>> 0, true);
    second.setUint32(42, entry.headerAt ?? at, true);
    central.push(directory, nameBytes);
    at += 30 + localName.length + body.length;
  }
  const directory = joined(central);
  const end = new Uint8Array(22);
  const view = new DataView(end.buffer);
  view.setUint32(0, 0x06054b50, true);
  view.setUint16(8, count, true);
  view.setUint16(10, count, true);
  view.setUint32(12, directory.length, true);
  view.setUint32(16, at, true);
  view.setUint16(20, comment.length, true);
  return joined([...local, directory, end, encoder.encode(comment)]);
}

/** Paths of all files below a folder, sorted, with their text. */
export async function filesOf(folder: string): Promise<Record<string, string>> {
  const found: [string, string][] = [];
  const visit = async (path: string) => {
    for await (const entry of Deno.readDir(path)) {
      const child = `${path}/${entry.name}`;
      if (entry.isDirectory) await visit(child);
      else found.push([child.slice(folder.length + 1), await Deno.readTextFile(child)]);
    }
  };
  await visit(folder);
  return Object.fromEntries(found.sort(([a], [b]) => a < b ? -1 : 1));
}
