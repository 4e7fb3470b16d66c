/**
 * A sweep on disk: a line a result, appended as they come, so that a sweep goes on where it ended.
 *
 * @module
 */
import { z } from "zod";
import { InputError } from "../../errors.ts";
import type { Settings, SweepMetrics } from "./sweep_space.ts";

/** What became of a job. */
export interface SweepResult {
  /** The job's id. */
  id: string;
  /** Its settings. */
  settings: Settings;
  /** What it gave; undefined where it failed. */
  metrics?: SweepMetrics;
  /** Why it failed; undefined where it did not. */
  error?: string;
  /** How long it took. */
  seconds: number;
}

const value = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const schema = z.strictObject({
  id: z.string(),
  settings: z.record(z.string(), value),
  metrics: z.record(z.string(), value).optional(),
  error: z.string().optional(),
  seconds: z.number().nonnegative(),
});

/**
 * Reads the results of a sweep; a last line that was cut off is left out.
 *
 * @throws {InputError} The file cannot be read, or a line is no result; names the line.
 */
export async function readSweepResults(path: string): Promise<SweepResult[]> {
  return (await readWhole(path)).results;
}

async function readWhole(path: string): Promise<{ results: SweepResult[]; bytes: number }> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return { results: [], bytes: 0 };
    throw new InputError(`Cannot open the sweep '${path}'`, { source: path, cause });
  }
  const whole = bytes.lastIndexOf(10) + 1;
  const lines = new TextDecoder().decode(bytes.subarray(0, whole)).split("\n").slice(0, -1);
  const results = lines.map((line, i) => {
    try {
      return schema.parse(JSON.parse(line));
    } catch (cause) {
      throw new InputError(`Cannot read line ${i + 1} of '${path}' as it is no result of a sweep`, {
        source: `${path}:${i + 1}`,
        cause,
        hint: "Name a new file, or the results of this sweep",
      });
    }
  });
  return { results, bytes: whole };
}

/** Results are appended to this. */
export class SweepFile implements Disposable {
  /** What was there before. */
  readonly previous: readonly SweepResult[];
  readonly #path: string;
  readonly #file: Deno.FsFile;

  private constructor(path: string, file: Deno.FsFile, previous: readonly SweepResult[]) {
    this.#path = path;
    this.#file = file;
    this.previous = previous;
  }

  /** Opens or makes it. Throws {@linkcode InputError} where it holds something else, or cannot be written. */
  static async open(path: string): Promise<SweepFile> {
    const { results, bytes } = await readWhole(path);
    try {
      const file = await Deno.open(path, { create: true, write: true });
      await file.truncate(bytes);
      await file.seek(0, Deno.SeekMode.End);
      return new SweepFile(path, file, results);
    } catch (cause) {
      throw new InputError(`Cannot write the sweep '${path}'`, { source: path, cause });
    }
  }

  /** Adds a result; it is with the system when this returns. */
  append(result: SweepResult): void {
    const line = new TextEncoder().encode(JSON.stringify(result) + "\n");
    try {
      for (let at = 0; at < line.length;) at += this.#file.writeSync(line.subarray(at));
    } catch (cause) {
      throw new InputError(`Cannot write the sweep '${this.#path}'`, {
        source: this.#path,
        cause,
        hint: "Make room; the same sweep then goes on",
      });
    }
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}
