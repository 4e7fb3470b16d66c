/**
 * A folder that somebody handed in, looked at with care: nothing is followed, and everything has a bound.
 *
 * @module
 */
import { InputError } from "../errors.ts";

/** One name in a tree. */
export interface TreeEntry {
  /** From the root of the tree, with `/` between names; "" is the root itself. */
  path: string;
  /** The last name in it. */
  name: string;
  /** `link`: a symbolic link, never followed. `other`: a pipe, socket or device. `unreadable`: it cannot be looked at. */
  kind: "file" | "folder" | "link" | "other" | "unreadable";
  /** Of a file. */
  bytes: number;
  /** Only of a link. */
  link?: {
    /** What it points to, as it is written. */
    target: string;
    /** Whether that is a folder. */
    isFolder: boolean;
  };
}

/** How far a tree is walked. */
export interface TreeLimits {
  /** Names in all: 300,000 by default. */
  entries?: number;
  /** Folders within one another: 40 by default. */
  depth?: number;
}

/** A folder tree as it was found. */
export class SubmissionTree {
  /** Where the tree is. */
  readonly root: string;
  /** Folders whose content was not looked at, as a limit was reached. */
  readonly cut: readonly string[];
  readonly #entries: ReadonlyMap<string, TreeEntry>;
  readonly #children: ReadonlyMap<string, readonly TreeEntry[]>;

  private constructor(root: string, entries: Map<string, TreeEntry>, cut: string[]) {
    this.root = root;
    this.cut = cut;
    this.#entries = entries;
    const children = Map.groupBy(entries.values(), ({ path }) => parentOf(path));
    for (const list of children.values()) list.sort((a, b) => a.name < b.name ? -1 : 1);
    this.#children = children;
  }

  /**
   * Walks a folder. Symbolic links are listed and not followed, whatever cannot be read is listed as such; the folder
   * `.git` is not opened.
   *
   * @throws {InputError} `path` is no folder that can be read.
   *
   * @example
   * ```ts
   * import { SubmissionTree } from "thimble";
   * import assert from "node:assert/strict";
   *
   * const tree = await SubmissionTree.read("data");
   * assert.equal(tree.entry("demo/kws01")?.kind, "folder");
   * assert.deepEqual(tree.children("demo").map(({ name }) => name), ["kws01"]);
   * ```
   */
  static async read(path: string, limits: TreeLimits = {}): Promise<SubmissionTree> {
    const { entries: mostEntries = 300_000, depth: mostDepth = 40 } = limits;
    const root = await rootOf(path);
    const entries = new Map<string, TreeEntry>();
    const cut: string[] = [];
    const open = [{ path: "", depth: 0 }];
    for (let folder = open.pop(); folder; folder = open.pop()) {
      if (folder.depth > mostDepth) {
        cut.push(folder.path);
        continue;
      }
      const found = await list(root, folder.path, mostEntries - entries.size);
      if (found.isCut) cut.push(folder.path);
      if (found.isUnreadable && folder.path) entries.get(folder.path)!.kind = "unreadable";
      for (const entry of found.entries) {
        entries.set(entry.path, entry);
        const isOpened = entry.kind === "folder" && entry.path !== ".git";
        if (isOpened) open.push({ path: entry.path, depth: folder.depth + 1 });
      }
    }
    return new SubmissionTree(root, entries, cut.sort());
  }

  /** Everything in the tree, in no order that means anything. */
  entries(): Iterable<TreeEntry> {
    return this.#entries.values();
  }

  /** What has this path; undefined where there is nothing. */
  entry(path: string): TreeEntry | undefined {
    return this.#entries.get(path);
  }

  /** What lies in a folder, by name. */
  children(path: string): readonly TreeEntry[] {
    return this.#children.get(path) ?? [];
  }

  /** The folders in a folder, by name. */
  folders(path: string): readonly TreeEntry[] {
    return this.children(path).filter(({ kind }) => kind === "folder");
  }

  /** The files in a folder, by name. */
  files(path: string): readonly TreeEntry[] {
    return this.children(path).filter(({ kind }) => kind === "file");
  }

  /** Every file below a folder. */
  *filesBelow(path: string): Generator<TreeEntry> {
    for (const child of this.children(path)) {
      if (child.kind === "file") yield child;
      if (child.kind === "folder") yield* this.filesBelow(child.path);
    }
  }

  /**
   * The bytes of a file; undefined where it is no file, is larger than `mostBytes`, or cannot be read.
   */
  async bytes(path: string, mostBytes: number): Promise<Uint8Array | undefined> {
    const entry = this.entry(path);
    if (entry?.kind !== "file" || entry.bytes > mostBytes) return undefined;
    try {
      using file = await Deno.open(this.absolute(path));
      const bytes = new Uint8Array(entry.bytes);
      let at = 0;
      while (at < bytes.length) {
        const count = await file.read(bytes.subarray(at));
        if (count === null) break;
        at += count;
      }
      return bytes.subarray(0, at);
    } catch {
      return undefined;
    }
  }

  /** A path of the tree as the system knows it. */
  absolute(path: string): string {
    return path ? `${this.root}/${path}` : this.root;
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

async function rootOf(path: string): Promise<string> {
  try {
    const root = await Deno.realPath(path);
    if (!(await Deno.stat(root)).isDirectory) throw new Error("It is no folder");
    return root;
  } catch (cause) {
    throw new InputError(`Cannot open the submission '${path}'`, {
      source: path,
      cause,
      hint: "Name the folder that holds 'closed' or 'open'",
    });
  }
}

async function list(root: string, folder: string, most: number) {
  const entries: TreeEntry[] = [];
  try {
    for await (const { name } of Deno.readDir(folder ? `${root}/${folder}` : root)) {
      if (entries.length >= most) return { entries, isCut: true, isUnreadable: false };
      const path = folder ? `${folder}/${name}` : name;
      entries.push({ path, name, ...await look(`${root}/${path}`) });
    }
  } catch {
    return { entries, isCut: false, isUnreadable: true };
  }
  return { entries, isCut: false, isUnreadable: false };
}

async function look(path: string): Promise<Omit<TreeEntry, "path" | "name">> {
  try {
    const { isFile, isDirectory, isSymlink, size } = await Deno.lstat(path);
    if (isSymlink) return { kind: "link", bytes: 0, link: await lookAtLink(path) };
    const kind = isDirectory ? "folder" : isFile ? "file" : "other";
    return { kind, bytes: isFile ? size : 0 };
  } catch {
    return { kind: "unreadable", bytes: 0 };
  }
}

async function lookAtLink(path: string) {
  const target = await Deno.readLink(path);
  try {
    return { target, isFolder: (await Deno.stat(path)).isDirectory };
  } catch {
    return { target, isFolder: false }; // broken, or a loop
  }
}
