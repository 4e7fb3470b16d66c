/**
 * Who else has a port open.
 *
 * @module
 */
import { listFolder, readLink, readStart } from "./files.ts";
import type { Libc } from "./libc.ts";

/** A program that has a port open. */
export interface PortHolder {
  /** Process id. */
  pid: number;
  /** Name of the program. */
  command: string;
}

/**
 * Other processes with the device `path` (without symbolic links) open, as far as this user may see. Linux only; none
 * elsewhere.
 *
 * @param root Folder that stands for "/", so that a test can make one up.
 */
export function portHolders(libc: Libc, path: string, root = ""): PortHolder[] {
  if (Deno.build.os !== "linux") return [];
  return listFolder(libc, `${root}/proc`)
    .filter((name) => /^\d+$/.test(name) && Number(name) !== Deno.pid)
    .filter((pid) =>
      listFolder(libc, `${root}/proc/${pid}/fd`)
        .some((fd) => readLink(libc, `${root}/proc/${pid}/fd/${fd}`) === path)
    )
    .map((pid) => ({
      pid: Number(pid),
      command: readStart(libc, `${root}/proc/${pid}/comm`, 64) || "unknown",
    }));
}
