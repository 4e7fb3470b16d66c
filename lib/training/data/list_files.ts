import { join } from "node:path";
import { InputError } from "../../errors.ts";

/** Whether a name is one that people give: neither hidden, nor the Finder's notes on others. */
const isShown = (name: string) => !name.startsWith(".");

/**
 * Names of the files in a folder that match, in the order of their names; empty where there is no such folder.
 *
 * @throws {InputError} Where the folder cannot be read.
 */
export async function listFiles(folder: string, pattern: RegExp): Promise<string[]> {
  return (await entriesOf(folder)).flatMap(({ name, isDirectory }) =>
    !isDirectory && isShown(name) && pattern.test(name) ? [name] : []
  ).sort();
}

/**
 * Names of the folders in a folder, in their order; empty where there is no such folder.
 *
 * @throws {InputError} Where the folder cannot be read.
 */
export async function listFolders(folder: string): Promise<string[]> {
  return (await entriesOf(folder)).flatMap(({ name, isDirectory }) =>
    isDirectory && isShown(name) ? [name] : []
  ).sort();
}

async function entriesOf(folder: string): Promise<{ name: string; isDirectory: boolean }[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder), async ({ name, isDirectory, isSymlink }) => {
      // Data sets are large, and their folders often links to another disk.
      const there = isSymlink && await Deno.stat(join(folder, name)).catch(() => undefined);
      return { name, isDirectory: isDirectory || there && there.isDirectory || false };
    });
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return [];
    throw new InputError(`Cannot read the folder '${folder}'`, { source: folder, cause });
  }
}

/** The first of some folders that holds one of some files or folders; undefined where none does. */
export async function folderWith(
  folders: readonly string[],
  names: readonly string[],
): Promise<string | undefined> {
  for (const folder of folders) {
    for (const name of names) {
      if (await Deno.stat(join(folder, name)).then(() => true, () => false)) return folder;
    }
  }
}
