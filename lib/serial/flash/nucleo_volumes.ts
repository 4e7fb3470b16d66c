import { basename, resolve } from "node:path";
import { acquireLibc } from "../posix/acquire_libc.ts";
import { readStart } from "../posix/files.ts";

/** The drive that an ST-LINK shows: what is copied to it is flashed. */
export interface NucleoVolume {
  /** Where it is mounted. */
  path: string;
  /** Its label, such as "NODE_L4R5ZI". */
  label: string;
}

// "NODE_" and what fits of the chip's name into 11 characters; longer names begin with "NOD_", discovery kits with "DIS_".
const labels = /^(NODE|NOD|DIS)_[A-Z0-9]{3,8}$/;
/** Files that each of these drives has. */
const marks = ["MBED.HTM", "DETAILS.TXT"];

/**
 * The drives of ST-LINKs that are mounted.
 *
 * @param options.root Folder that stands for "/": a made-up one in a test.
 *
 * @example
 * ```ts
 * import { nucleoVolumes } from "thimble";
 *
 * for (const { path, label } of await nucleoVolumes()) console.log(label, path);
 * ```
 */
export async function nucleoVolumes(options: { root?: string } = {}): Promise<NucleoVolume[]> {
  const { root = "" } = options;
  const paths = Deno.build.os === "darwin" && root === ""
    ? await subfolders("/Volumes")
    : mountPoints(root).map((path) => root + path);
  const volumes: NucleoVolume[] = [];
  for (const path of paths) {
    const label = await nucleoLabel(path);
    if (label !== undefined) volumes.push({ path, label });
  }
  return volumes;
}

/**
 * The label of an ST-LINK's drive, by its folder; undefined where it is none.
 *
 * @example
 * ```ts
 * import { nucleoLabel } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.equal(await nucleoLabel("/tmp"), undefined);
 * ```
 */
export async function nucleoLabel(path: string): Promise<string | undefined> {
  const label = basename(resolve(path));
  if (!labels.test(label)) return undefined;
  for (const mark of marks) {
    if (await Deno.stat(`${path}/${mark}`).then(() => true, () => false)) return label;
  }
  return undefined;
}

function mountPoints(root: string): string[] {
  const libc = acquireLibc("list what is mounted", "/proc/mounts");
  try {
    const text = readStart(libc, `${root}/proc/mounts`, 1 << 20) ?? "";
    return text.split("\n").flatMap((line) => {
      const [, path, type] = line.split(" ");
      if (type !== "vfat" && type !== "msdos") return [];
      // A space in a path is written as \040.
      return [path.replace(/\\([0-7]{3})/g, (_, code) => String.fromCharCode(parseInt(code, 8)))];
    });
  } finally {
    libc.release();
  }
}

async function subfolders(path: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(path));
    return entries.filter(({ isDirectory }) => isDirectory).map(({ name }) => `${path}/${name}`);
  } catch {
    return [];
  }
}
