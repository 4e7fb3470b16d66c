/**
 * Reading /sys, /proc and /dev on Linux. Deno's own file calls refuse these under `--allow-read`, as they may change the
 * machine; the C library, which a port needs a permission for anyway, reads them.
 *
 * @module
 */
import { cString, type Libc } from "./libc.ts";

const O_RDONLY = 0;
const O_NOCTTY = 0o400;
const O_NONBLOCK = 0o4000;
const O_DIRECTORY = Deno.build.arch === "aarch64" ? 0o40000 : 0o200000;
const O_CLOEXEC = 0o2000000;
const PATH_MAX = 4096;
// struct linux_dirent64.
const D_RECLEN_AT = 16;
const D_NAME_AT = 19;

/** Most entries of a folder that are looked at. */
const MAX_ENTRIES = 65_536;

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Names in the folder `path` but "." and ".."; none where it cannot be read. */
export function listFolder(libc: Libc, path: string): string[] {
  const { open, close, getdents64 } = libc.symbols;
  if (!getdents64) return [];
  const fd = open(cString(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return [];
  const names: string[] = [];
  const entries = new DataView(new ArrayBuffer(32_768));
  while (names.length < MAX_ENTRIES) {
    const size = Number(getdents64(fd, entries, BigInt(entries.byteLength)));
    if (size <= 0) break;
    for (let at = 0; at < size; at += entries.getUint16(at + D_RECLEN_AT, true)) {
      const name = new Uint8Array(entries.buffer, at + D_NAME_AT);
      names.push(decode(name.subarray(0, name.indexOf(0))));
    }
  }
  close(fd);
  return names.filter((name) => name !== "." && name !== "..");
}

/** The start of the file `path`, at most `size` bytes, without white space at its ends; undefined where unreadable. */
export function readStart(libc: Libc, path: string, size: number): string | undefined {
  const { open, read, close } = libc.symbols;
  const fd = open(cString(path), O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return undefined;
  const buffer = new Uint8Array(size);
  const count = Number(read(fd, buffer, BigInt(size)));
  close(fd);
  return count < 0 ? undefined : decode(buffer.subarray(0, count)).trim();
}

/** Where the symbolic link `path` points, as it is written; undefined where it is none. */
export function readLink(libc: Libc, path: string): string | undefined {
  const buffer = new Uint8Array(PATH_MAX);
  const size = Number(libc.symbols.readlink(cString(path), buffer, BigInt(PATH_MAX)));
  return size < 0 ? undefined : decode(buffer.subarray(0, size));
}

/** `path` without symbolic links; undefined where it leads nowhere, or in circles. */
export function realPath(libc: Libc, path: string): string | undefined {
  const buffer = new Uint8Array(PATH_MAX);
  if (!libc.symbols.realpath(cString(path), buffer)) return undefined;
  return decode(buffer.subarray(0, buffer.indexOf(0)));
}
