import { InputError } from "../errors.ts";
import type { KwsFeatureKind } from "../training/features/kws_features.ts";
import { writeFeatures, type WriteFeaturesOptions } from "../training/features/write_features.ts";
import { oneOf, positionals, readArguments, required } from "./arguments.ts";
import { ExitCode } from "./exit_code.ts";
import { followSteps } from "./follow_steps.ts";

const usage = `Usage: thimble data features kws|ad|sww --input DIR --out DIR [OPTIONS]

Makes the inputs of a benchmark from recordings: every .wav file (16 kHz, one channel) below DIR
becomes a file of the same name. The output folder appears when all is done, or not at all.

  kws   clips of a second or less: 49 × 10 MFCCs, 49 × 40 filterbank energies, or the samples
  ad    recordings of ten seconds: log-mel spectrograms of 200 × 128
  sww   recordings of any length: 40 filterbank energies a frame, made as a device does that hears
        512 samples at a time; a second gives 30 frames

  --input DIR   folder of .wav files, or of folders of them
  --out DIR     folder to be made
  --kind KIND   kws: mfcc, lfbe or samples [mfcc]
  --format F    bin (what a board is sent) or f32 (values before quantization) [bin]
  --quiet       no progress
  --help        print this

  thimble data features kws --input clips --out bins
  thimble data features ad --input ToyCar/test --out bins --format f32`;

const benchmarkIds: Readonly<Record<string, WriteFeaturesOptions["benchmark"]>> = {
  kws: "kws01",
  kws01: "kws01",
  ad: "ad01",
  ad01: "ad01",
  sww: "sww01",
  sww01: "sww01",
};

/** `thimble data features`. */
export async function dataFeaturesCommand(args: string[]): Promise<number> {
  const parsed = readArguments(args, {
    input: { type: "string" },
    out: { type: "string" },
    kind: { type: "string" },
    format: { type: "string" },
    quiet: { type: "boolean" },
    help: { type: "boolean" },
  }, "data features");
  const { values } = parsed;
  if (values.help || args.length === 0) {
    console.log(usage);
    return values.help ? ExitCode.done : ExitCode.usage;
  }
  const [name] = positionals(parsed, ["kws|ad|sww"]);
  if (!Object.hasOwn(benchmarkIds, name)) {
    throw new InputError(`Cannot make features for '${name}'`, {
      source: "arguments",
      hint: "Name kws, ad or sww",
    });
  }
  const benchmark = benchmarkIds[name];
  if (benchmark !== "kws01" && values.kind !== undefined) {
    throw new InputError(`Cannot choose a kind of features for '${name}': there is one`, {
      source: "--kind",
      hint: "Leave --kind out",
    });
  }
  const out = required(values.out, "--out");
  const options: WriteFeaturesOptions = {
    input: required(values.input, "--input"),
    out,
    benchmark,
    kind: oneOf<KwsFeatureKind>(values.kind, "--kind", ["mfcc", "lfbe", "samples"]),
    format: oneOf(values.format, "--format", ["bin", "f32"]),
  };
  const count = await followSteps(async function* (signal) {
    const steps = writeFeatures({ ...options, signal });
    for (;;) {
      const step = await steps.next();
      if (step.done) return step.value;
      const { done, total, file } = step.value;
      yield { done, total, text: file };
    }
  }, { title: "features", unit: "files", quiet: values.quiet });
  if (count === undefined) {
    console.error("Cancelled: nothing was written");
    return ExitCode.cancelled;
  }
  console.log(`Wrote ${count} ${count === 1 ? "file" : "files"} to '${out}'`);
  return ExitCode.done;
}
