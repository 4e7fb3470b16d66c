/**
 * Speech Commands v2 as the data set of keyword spotting.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename, join, resolve } from "node:path";
import { benchmarks } from "../../benchmarks.ts";
import { InputError } from "../../errors.ts";
import { readSamples } from "../audio/read_samples.ts";
import { chooseSome } from "./choose.ts";
import { DataError } from "./data_error.ts";
import type { DataSet, Example, SplitName } from "./data_set.ts";
import { ExampleFinder, readExampleList } from "./example_list.ts";
import { listFiles, listFolders } from "./list_files.ts";
import { exampleAt } from "./origin.ts";
import { readWhole } from "./read_whole.ts";

const SECOND = 16_000;
const SILENCE = 10;
const UNKNOWN = 11;
const BACKGROUND = "_background_noise_";
/** The one recording whose silence is for validation. */
const VALIDATION_NOISE = "running_tap.wav";
const keywords = benchmarks.kws01.classes.slice(0, SILENCE);
const otherWords = ("backward bed bird cat dog eight five follow forward four happy house learn " +
  "marvin nine one seven sheila six three tree two visual wow zero").split(" ");

/** How {@linkcode openSpeechCommands} goes about it. */
export interface SpeechCommandsOptions {
  /**
   * Folder of the data set's own test clips (`speech_commands_test_set_v0.02`), as the reference takes them. Without it
   * they are put together from the testing list; `provenance.notes` says how.
   */
  test?: string;
  /** File that lists the clips to calibrate with, by name or by place in the validation split. */
  calibration?: string;
  /** For what is chosen by chance. [1] */
  seed?: number;
}

/**
 * Opens a folder of Speech Commands v2 (a folder a word, `validation_list.txt`, `testing_list.txt`) as the reference
 * splits it (tfds `speech_commands`): what is on neither list is trained with; ten words are classes, all others are
 * unknown; silence is cut from `_background_noise_`, a second every half second, `running_tap.wav` for validation and the
 * others for training. Where the lists are missing, the hash of a name decides, as it did when the lists were made.
 *
 * @throws {DataError} For a folder that is no word of the data set.
 * @throws {InputError} Where there are no words, or a list cannot be read.
 *
 * @example
 * ```ts
 * import { DataError, openSpeechCommands } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.mkdir(`${folder}/hello`);
 * await assert.rejects(openSpeechCommands(folder), DataError); // no word of the data set
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function openSpeechCommands(
  folder: string,
  options: SpeechCommandsOptions = {},
): Promise<DataSet> {
  const { seed = 1 } = options;
  const notes: string[] = [];
  const words = await wordsOf(folder);
  const lists = await readLists(folder);
  if (!lists) {
    notes.push("There are no lists: the hash of a clip's name decides which split it is in");
  }
  const splits: Record<SplitName, Example[]> = {
    train: [],
    validation: [],
    test: [],
    calibration: [],
  };
  const hash = createHash("sha256");
  for (const word of words) {
    for (const file of await listFiles(join(folder, word), /\.wav$/i)) {
      const id = `${word}/${file}`;
      hash.update(`${id}\n`);
      const split = lists ? lists.get(id) ?? "train" : splitOfName(file);
      splits[split].push(clipOf(folder, word, file));
    }
  }
  if (splits.train.length + splits.validation.length + splits.test.length === 0) {
    throw new InputError(`Cannot find a clip in '${folder}'`, {
      source: folder,
      hint: "Name the folder that holds a folder of .wav files for each word",
    });
  }
  const missing = lists ? lists.size - splits.validation.length - splits.test.length : 0;
  if (missing > 0) notes.push(`On the lists but not in the folder: ${missing} clips`);
  const silence = await silenceOf(folder);
  splits.train.push(...silence.train);
  splits.validation.push(...silence.validation);
  if (options.test) splits.test = await readTestFolder(options.test);
  else splits.test = balancedTest(splits.test, silence.between, seed, notes);
  splits.calibration = options.calibration
    ? new ExampleFinder(splits.validation)
      .all(await readExampleList(options.calibration), options.calibration)
    : chooseSome(splits.validation, 100, seed, 1);
  if (!options.calibration) {
    notes.push("Calibration: clips of the validation split by chance, not the official ones");
  }
  const { dataset } = benchmarks.kws01;
  return {
    benchmark: "kws01",
    name: dataset.name,
    media: "audio",
    sampleRate: SECOND,
    classes: benchmarks.kws01.classes,
    provenance: {
      synthetic: false,
      licence: dataset.licence,
      sources: [{
        name: basename(resolve(folder)),
        url: dataset.url,
        sha256: hash.digest("hex"),
      }],
      settings: { seed },
      notes,
    },
    splits,
  };
}

function labelOf(word: string): number {
  const index = keywords.indexOf(word);
  return index >= 0 ? index : word === "_silence_" ? SILENCE : UNKNOWN;
}

function clipOf(folder: string, word: string, file: string): Example {
  return exampleAt(`${word}/${file}`, labelOf(word), {
    kind: "wav",
    path: join(folder, word, file),
  });
}

async function wordsOf(folder: string, more: readonly string[] = []): Promise<string[]> {
  const folders = (await listFolders(folder)).filter((name) => name !== BACKGROUND);
  for (const name of folders) {
    if (keywords.includes(name) || otherWords.includes(name) || more.includes(name)) continue;
    throw new DataError(`Cannot use '${join(folder, name)}': it is no word of Speech Commands v2`, {
      source: join(folder, name),
      hint: "Name the folder that holds the words' folders, and nothing else",
    });
  }
  return folders;
}

async function readLists(folder: string): Promise<Map<string, SplitName> | undefined> {
  const splits = new Map<string, SplitName>();
  for (const split of ["validation", "test"] as const) {
    const path = join(folder, split === "test" ? "testing_list.txt" : "validation_list.txt");
    if (!await Deno.stat(path).then(() => true, () => false)) {
      if (split === "test" && splits.size > 0) {
        throw new InputError(`Cannot find '${path}' beside the validation list`, {
          source: path,
          hint: "Unpack the data set again",
        });
      }
      continue;
    }
    if (split === "test" && splits.size === 0) {
      throw new InputError(`Cannot find 'validation_list.txt' beside '${path}'`, { source: path });
    }
    const text = new TextDecoder().decode(await readWhole(path, { most: 50_000_000 }));
    for (const [i, line] of text.split(/\r\n|\r|\n/).entries()) {
      if (line === "") continue;
      if (!/^[^/\\\s]+\/[^/\\]+\.wav$/i.test(line)) {
        throw new InputError(`Cannot read line ${i + 1} of '${path}' as it names no clip`, {
          source: path,
          hint: "A line is 'word/file.wav'",
        });
      }
      splits.set(line, split);
    }
  }
  return splits.size > 0 ? splits : undefined;
}

/**
 * The split that a clip's name stands for: clips of one speaker are in one split, and stay there when others come. As in
 * the data set's README (`which_set`): SHA-1 of the name up to `_nohash_`, modulo 2²⁷, a tenth each.
 */
export function splitOfName(file: string): "train" | "validation" | "test" {
  const most = 2 ** 27 - 1;
  const digest = createHash("sha1").update(file.replace(/_nohash_.*$/, "")).digest("hex");
  const percent = Number(BigInt(`0x${digest}`) % BigInt(most + 1)) * (100 / most);
  return percent < 10 ? "validation" : percent < 20 ? "test" : "train";
}

/** Seconds of background, one every half second; `between` are those of validation, a quarter of a second later. */
async function silenceOf(folder: string) {
  const silence = { train: [], validation: [], between: [] } as Record<string, Example[]>;
  for (const file of await listFiles(join(folder, BACKGROUND), /\.wav$/i)) {
    const path = join(folder, BACKGROUND, file);
    const { length } = await readSamples(path);
    const cut = (start: number) =>
      exampleAt(`${BACKGROUND}/${file}_${start}`, SILENCE, {
        kind: "wav",
        path,
        start,
        samples: SECOND,
      });
    for (let start = 0; start < length - SECOND; start += SECOND / 2) {
      if (file !== VALIDATION_NOISE) silence.train.push(cut(start));
      else {
        silence.validation.push(cut(start));
        if (start + SECOND / 4 <= length - SECOND) silence.between.push(cut(start + SECOND / 4));
      }
    }
  }
  return silence;
}

async function readTestFolder(folder: string): Promise<Example[]> {
  const clips: Example[] = [];
  for (const word of await wordsOf(folder, ["_silence_", "_unknown_"])) {
    for (const file of await listFiles(join(folder, word), /\.wav$/i)) {
      clips.push(clipOf(folder, word, file));
    }
  }
  if (clips.length > 0) return clips;
  throw new InputError(`Cannot find a clip in '${folder}'`, {
    source: folder,
    hint: "Name the folder of 'speech_commands_test_set_v0.02'",
  });
}

/** The data set's own test clips are balanced; so are these. */
function balancedTest(
  clips: readonly Example[],
  silence: readonly Example[],
  seed: number,
  notes: string[],
): Example[] {
  const known = clips.filter(({ label }) => label !== UNKNOWN);
  const unknown = clips.filter(({ label }) => label === UNKNOWN);
  const words = new Set(known.map(({ label }) => label)).size;
  const share = words > 0 ? Math.round(known.length / words) : unknown.length;
  notes.push(
    "Test: of the testing list, with as many clips of other words as of one keyword, and silence " +
      `from '${VALIDATION_NOISE}'; the reference takes the data set's own test clips`,
  );
  return [
    ...known,
    ...chooseSome(silence, share, seed, 2),
    ...chooseSome(unknown, share, seed, 3),
  ];
}

/**
 * The recordings of background noise, whole, for {@linkcode FeatureSettings}.
 *
 * @param folder That of Speech Commands.
 * @throws {InputError} Where there are none.
 *
 * @example
 * ```ts
 * import { readBackground } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * await assert.rejects(readBackground(folder), { name: "InputError" });
 * await Deno.remove(folder);
 * ```
 */
export async function readBackground(folder: string): Promise<Float32Array<ArrayBuffer>[]> {
  const files = await listFiles(join(folder, BACKGROUND), /\.wav$/i);
  if (files.length === 0) {
    throw new InputError(`Cannot find background noise in '${folder}'`, {
      source: folder,
      hint: `It is in the folder '${BACKGROUND}' of Speech Commands`,
    });
  }
  return await Promise.all(files.map((file) => readSamples(join(folder, BACKGROUND, file))));
}
