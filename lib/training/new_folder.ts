import { basename, dirname, join, resolve } from "node:path";
import { InputError } from "../errors.ts";

/** A folder that appears as a whole, or not at all: it is filled beside its place, and moved there when all is done. */
export class NewFolder implements AsyncDisposable {
  /** Where to write meanwhile. */
  readonly path: string;
  readonly #target: string;
  readonly #out: string;

  private constructor(path: string, target: string, out: string) {
    this.path = path;
    this.#target = target;
    this.#out = out;
  }

  /**
   * Begins a folder.
   *
   * @throws {InputError} Where there is one already that is not empty, or none can be made.
   */
  static async open(out: string): Promise<NewFolder> {
    await checkEmpty(out);
    const target = resolve(out);
    try {
      await Deno.mkdir(dirname(target), { recursive: true });
      // Beside the target, so that it can be renamed.
      const path = join(dirname(target), `.${basename(target)}.part-${crypto.randomUUID()}`);
      await Deno.mkdir(path);
      return new NewFolder(path, target, out);
    } catch (cause) {
      throw new InputError(`Cannot make the folder '${target}'`, { source: target, cause });
    }
  }

  /** What a failure within becomes: an error of the system names the folder. */
  errorOf(cause: unknown): unknown {
    if (!(cause instanceof Error && "code" in cause && typeof cause.code === "string")) {
      return cause;
    }
    return new InputError(`Cannot write to '${this.#out}'`, { source: this.#out, cause });
  }

  /** Moves it to its place: that of an empty folder; fails on one that was filled meanwhile. */
  async commit(): Promise<void> {
    await Deno.rename(this.path, this.#target);
  }

  /** Removes what was not moved. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true }).catch(() => {});
  }
}

async function checkEmpty(out: string): Promise<void> {
  try {
    for await (const _ of Deno.readDir(out)) {
      throw new InputError(`Cannot write into '${out}' as it is not empty`, {
        source: out,
        hint: "Name a new folder: features of two runs are never mixed",
      });
    }
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    if (cause instanceof Deno.errors.NotFound) return;
    throw new InputError(`Cannot write into '${out}'`, { source: out, cause });
  }
}
