import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { float32Bytes, kwsBin, wakewordBin } from "../../../lib/training/features/bin_file.ts";
import { lfbe } from "../../../lib/training/features/lfbe.ts";
import { adLogMel } from "../../../lib/training/features/ad_features.ts";
import { kwsLfbe, kwsMfcc, kwsSamples } from "../../../lib/training/features/kws_features.ts";
import { readWav } from "../../../lib/training/audio/read_wav.ts";
import {
  type FeatureProgress,
  writeFeatures,
  type WriteFeaturesOptions,
} from "../../../lib/training/features/write_features.ts";
import { inFolder } from "../../in_folder.ts";
import { wavBytes } from "../audio/wav_bytes.ts";

const tone = (samples: number, pitch: number) =>
  Int16Array.from({ length: samples }, (_, n) => 9000 * Math.sin(n / pitch));

/** A folder `in` with these files beside where the output goes. */
function withFiles(
  files: Record<string, Uint8Array>,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  return inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/in`);
    for (const [name, bytes] of Object.entries(files)) {
      const path = `${folder}/in/${name}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      await Deno.writeFile(path, bytes);
    }
    await use(folder);
  });
}

async function all(options: WriteFeaturesOptions) {
  const steps: FeatureProgress[] = [];
  const run = writeFeatures(options);
  for (;;) {
    const step = await run.next();
    if (step.done) return { steps, count: step.value };
    steps.push(step.value);
  }
}

/** Names of all files below a folder. */
function filesBelow(folder: string, prefix = ""): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${folder}/${name}`, `${prefix}${name}/`) : [prefix + name]
  ).sort();
}

const words = {
  "yes/a.wav": wavBytes([tone(16_000, 7)]),
  "yes/b.c.WAV": wavBytes([tone(9000, 11)]),
  "no/a.wav": wavBytes([tone(16_000, 5), tone(16_000, 5)]),
  "no/._a.wav": new Uint8Array(4),
  "README.md": new Uint8Array(3),
};

Deno.test("writeFeatures() writes what the functions give, under the inputs' names", () =>
  withFiles(words, async (folder) => {
    const clip = readWav(words["yes/a.wav"]).channels[0];
    const cases = [
      [{}, ".bin", kwsBin(kwsMfcc(clip), "mfcc")],
      [{ kind: "lfbe" }, ".bin", kwsBin(kwsLfbe(clip), "lfbe")],
      [{ kind: "samples" }, ".bin", kwsBin(kwsSamples(clip), "samples")],
      [{ format: "f32" }, ".f32", float32Bytes(kwsMfcc(clip))],
      [{ kind: "lfbe", format: "f32" }, ".f32", float32Bytes(kwsLfbe(clip))],
      [{ kind: "samples", format: "f32" }, ".f32", float32Bytes(kwsSamples(clip))],
    ] as const;
    for (const [index, [options, ending, expected]] of cases.entries()) {
      const out = `${folder}/deep/out${index}`;
      const { steps, count } = await all({
        input: `${folder}/in`,
        out,
        benchmark: "kws01",
        ...options,
      });
      assert.equal(count, 3);
      assert.deepEqual(steps, [
        { done: 1, total: 3, file: "no/a.wav" },
        { done: 2, total: 3, file: "yes/a.wav" },
        { done: 3, total: 3, file: "yes/b.c.WAV" },
      ]);
      const names = ["no/a", "yes/a", "yes/b.c"].map((name) => name + ending);
      assert.deepEqual(filesBelow(out), names);
      assert.deepEqual(await Deno.readFile(`${out}/yes/a${ending}`), expected);
    }
    assert.deepEqual(filesBelow(`${folder}/deep`).length, 18, "nothing else is left");
  }));

Deno.test("writeFeatures() of ad01 writes spectrograms, into an empty folder too", () =>
  withFiles({ "normal_id_01_00000000.wav": wavBytes([tone(130_000, 9)]) }, async (folder) => {
    const out = `${folder}/out`;
    await Deno.mkdir(out);
    await all({ input: `${folder}/in`, out, benchmark: "ad01" });
    const samples = readWav(await Deno.readFile(`${folder}/in/normal_id_01_00000000.wav`));
    const bytes = await Deno.readFile(`${out}/normal_id_01_00000000.bin`);
    assert.deepEqual(bytes, float32Bytes(adLogMel(samples.channels[0])));
    assert.equal(bytes.length, 102_400);
  }));

Deno.test("writeFeatures() of sww01 writes the frames that a device makes", () =>
  withFiles({ "a.wav": wavBytes([tone(40_000, 9)]) }, async (folder) => {
    const input = `${folder}/in`;
    await all({ input, out: `${folder}/f32`, benchmark: "sww01", format: "f32" });
    await all({ input, out: `${folder}/bin`, benchmark: "sww01" });
    const frames = lfbe(readWav(await Deno.readFile(`${input}/a.wav`)).channels[0]);
    assert.equal(frames.length, 77 * 40);
    assert.deepEqual(await Deno.readFile(`${folder}/f32/a.f32`), float32Bytes(frames));
    const bytes = await Deno.readFile(`${folder}/bin/a.bin`);
    assert.deepEqual(bytes, wakewordBin(frames));
    assert.equal(bytes.length, 77 * 40);
    await Deno.writeFile(`${input}/b.wav`, wavBytes([tone(1023, 9)]));
    await assert.rejects(
      all({ input, out: `${folder}/no`, benchmark: "sww01" }),
      /Cannot make features of '.*b.wav': Cannot make a frame of 1023 samples/,
    );
  }));

const wrong: [string, Record<string, Uint8Array>, RegExp, string][] = [
  ["no WAV file", { "a.txt": new Uint8Array(1) }, /Cannot find a WAV file in '.*in'/, "InputError"],
  [
    "a broken file",
    { "b.wav": new Uint8Array(50) },
    /b\.wav' at byte 0 as it is not a WAV/,
    "WavError",
  ],
  [
    "another rate",
    { "b.wav": wavBytes([tone(10, 2)], { sampleRate: 8000 }) },
    /b\.wav' at 8000 Hz/,
    "InputError",
  ],
  [
    "channels that differ",
    { "b.wav": wavBytes([tone(10, 2), tone(10, 3)]) },
    /b\.wav' as its channels differ/,
    "InputError",
  ],
  [
    "a clip that is too long",
    { "b.wav": wavBytes([tone(16_001, 2)]) },
    /b\.wav': Cannot use a clip of 16001 samples/,
    "InputError",
  ],
  [
    "two inputs of one name",
    { "b.wav": wavBytes([tone(9, 2)]), "b.WAV": wavBytes([tone(9, 2)]) },
    /'b\.bin' for 'b\.WAV' and for 'b\.wav'/,
    "InputError",
  ],
];

for (const [what, files, message, name] of wrong) {
  Deno.test(`writeFeatures() throws on ${what} and leaves nothing`, () =>
    withFiles({
      ...(name && what !== "no WAV file" ? { "a.wav": wavBytes([tone(9, 2)]) } : {}),
      ...files,
    }, async (folder) => {
      await assert.rejects(
        all({ input: `${folder}/in`, out: `${folder}/out`, benchmark: "kws01" }),
        { name, message },
      );
      assert.deepEqual([...Deno.readDirSync(folder)].map((entry) => entry.name), ["in"]);
    }));
}

Deno.test({
  name: "writeFeatures() throws on a pipe that is called like a file, rather than waiting for it",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFiles({}, async (folder) => {
      await new Deno.Command("mkfifo", { args: [`${folder}/in/a.wav`] }).output();
      const steps = all({ input: `${folder}/in`, out: `${folder}/out`, benchmark: "kws01" });
      await assert.rejects(steps, { name: "InputError", message: /a\.wav' as it is no file/ });
    }),
});

Deno.test("writeFeatures() throws on folders that are not there, or hold something", () =>
  withFiles(words, async (folder) => {
    const input = `${folder}/in`;
    const benchmark = "kws01";
    await assert.rejects(all({ input: `${folder}/none`, out: `${folder}/out`, benchmark }), {
      name: "InputError",
      message: `Cannot read the folder '${folder}/none'`,
    });
    await assert.rejects(all({ input, out: input, benchmark }), {
      name: "InputError",
      message: `Cannot write into '${input}' as it is not empty`,
    });
    await assert.rejects(all({ input, out: `${input}/README.md`, benchmark }), {
      name: "InputError",
      message: `Cannot write into '${input}/README.md'`,
    });
    await assert.rejects(all({ input, out: `${input}/README.md/out`, benchmark }), {
      name: "InputError",
    });
    assert(!existsSync(`${folder}/out`));
  }));

Deno.test("writeFeatures() leaves nothing where a signal or its listener ends it", () =>
  withFiles(words, async (folder) => {
    const options = { input: `${folder}/in`, out: `${folder}/out`, benchmark: "kws01" } as const;
    const controller = new AbortController();
    const run = writeFeatures({ ...options, signal: controller.signal });
    await run.next();
    assert.equal([...Deno.readDirSync(folder)].length, 2, "work is beside the output");
    controller.abort();
    await assert.rejects(run.next(), { name: "AbortError" });
    for await (const _ of writeFeatures(options)) break;
    assert.deepEqual([...Deno.readDirSync(folder)].map((entry) => entry.name), ["in"]);
  }));

Deno.test("writeFeatures() throws where the output was filled meanwhile, and keeps what is there", () =>
  withFiles(words, async (folder) => {
    const out = `${folder}/out`;
    const run = writeFeatures({ input: `${folder}/in`, out, benchmark: "kws01" });
    await run.next();
    await Deno.mkdir(out);
    await Deno.writeTextFile(`${out}/mine`, "");
    await run.next();
    await run.next();
    await assert.rejects(run.next(), { name: "InputError", message: `Cannot write to '${out}'` });
    assert.deepEqual(filesBelow(out), ["mine"]);
    assert.equal([...Deno.readDirSync(folder)].length, 2);
  }));
