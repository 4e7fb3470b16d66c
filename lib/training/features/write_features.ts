/**
 * Features of a folder of recordings, as files.
 *
 * @module
 */
import { dirname, join, relative } from "node:path";
import { InputError } from "../../errors.ts";
import { readSamples } from "../audio/read_samples.ts";
import { NewFolder } from "../new_folder.ts";
import { adLogMel } from "./ad_features.ts";
import { float32Bytes, kwsBin, wakewordBin } from "./bin_file.ts";
import { type KwsFeatureKind, kwsLfbe, kwsMfcc, kwsSamples } from "./kws_features.ts";
import { streamedLfbe } from "./lfbe.ts";

/** What {@linkcode writeFeatures} is to do. */
export interface WriteFeaturesOptions {
  /** Folder whose `.wav` files are read, and its folders'. */
  input: string;
  /** Folder that is made; it may be there, but empty. */
  out: string;
  /** Whose features. */
  benchmark: "kws01" | "ad01" | "sww01";
  /** Only for kws01. [mfcc] */
  kind?: KwsFeatureKind;
  /** `bin`: what a board is sent. `f32`: values before quantization, as little-endian float32. [bin] */
  format?: "bin" | "f32";
  /** Ends the work; nothing is left behind. */
  signal?: AbortSignal;
}

/** How far {@linkcode writeFeatures} has come. */
export interface FeatureProgress {
  /** Files that are done. */
  done: number;
  /** Files in all. */
  total: number;
  /** The one that was done last, as a path below the input folder. */
  file: string;
}

/**
 * Makes the features of every WAV file (16 kHz, one channel) below a folder. Each output has its input's name, with `.bin`
 * or `.f32` for `.wav`, in the same folders. The output folder appears as a whole when all is done: an error or an end
 * by the signal leaves nothing.
 *
 * @returns The number of files, after progress for each.
 * @throws {InputError} Where the folder holds no WAV file, a file cannot be used, or the output folder is not empty.
 * @throws {WavError} For a file that is damaged or not supported.
 *
 * @example
 * ```ts
 * import { writeFeatures } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const input = await Deno.makeTempDir();
 * const steps = writeFeatures({ input, out: `${input}/features`, benchmark: "kws01" });
 * await assert.rejects(steps.next(), { name: "InputError" }); // no WAV file
 * await Deno.remove(input);
 * ```
 */
export async function* writeFeatures(
  options: WriteFeaturesOptions,
): AsyncGenerator<FeatureProgress, number> {
  const { input, out, signal, format = "bin" } = options;
  signal?.throwIfAborted();
  await using folder = await NewFolder.open(out);
  const files = await wavFilesOf(input);
  const outputs = outputNames(files, format);
  try {
    const made = new Set<string>([folder.path]);
    for (const [index, file] of files.entries()) {
      signal?.throwIfAborted();
      const bytes = await featureBytes(join(input, file), options);
      const path = join(folder.path, outputs[index]);
      if (!made.has(dirname(path))) {
        await Deno.mkdir(dirname(path), { recursive: true });
        made.add(dirname(path));
      }
      await Deno.writeFile(path, bytes);
      yield { done: index + 1, total: files.length, file };
    }
    signal?.throwIfAborted();
    await folder.commit();
  } catch (cause) {
    throw folder.errorOf(cause);
  }
  return files.length;
}

/** Paths of all WAV files, relative to `folder`, in the order of their names. Links to folders are not followed. */
async function wavFilesOf(folder: string): Promise<string[]> {
  const files: string[] = [];
  const visit = async (path: string): Promise<void> => {
    for await (const entry of Deno.readDir(path)) {
      const child = join(path, entry.name);
      if (entry.isDirectory) await visit(child);
      // '._' files are the Finder's notes on others.
      else if (/\.wav$/i.test(entry.name) && !entry.name.startsWith("._")) {
        files.push(relative(folder, child));
      }
    }
  };
  try {
    await visit(folder);
  } catch (cause) {
    throw new InputError(`Cannot read the folder '${folder}'`, { source: folder, cause });
  }
  if (files.length === 0) {
    throw new InputError(`Cannot find a WAV file in '${folder}'`, {
      source: folder,
      hint: "Name the folder that holds .wav files, or folders of them",
    });
  }
  return files.sort();
}

function outputNames(files: readonly string[], format: string): string[] {
  const owners = new Map<string, string>();
  return files.map((file) => {
    const name = file.replace(/\.wav$/i, `.${format}`);
    const owner = owners.get(name);
    if (owner !== undefined) {
      throw new InputError(`Cannot write '${name}' for '${owner}' and for '${file}'`, {
        source: file,
        hint: "Rename one of them",
      });
    }
    owners.set(name, file);
    return name;
  });
}

async function featureBytes(path: string, options: WriteFeaturesOptions): Promise<Uint8Array> {
  const samples = await readSamples(path);
  const { benchmark, kind = "mfcc", format } = options;
  try {
    if (benchmark === "ad01") return float32Bytes(adLogMel(samples));
    if (benchmark === "sww01") {
      const frames = streamedLfbe(samples);
      return format === "f32" ? float32Bytes(frames) : wakewordBin(frames);
    }
    const features = { mfcc: kwsMfcc, lfbe: kwsLfbe, samples: kwsSamples }[kind](samples);
    return format === "f32" ? float32Bytes(features) : kwsBin(features, kind);
  } catch (cause) {
    if (!(cause instanceof InputError)) throw cause;
    throw new InputError(`Cannot make features of '${path}': ${cause.message}`, {
      source: path,
      hint: cause.hint,
    });
  }
}
