import { InputError } from "../errors.ts";
import { buildDataSet, defaultFeatures } from "../training/data/build_data_set.ts";
import type { DataSet } from "../training/data/data_set.ts";
import type { FeatureSettings } from "../training/data/feature_settings.ts";
import type { KwsFeatureKind } from "../training/features/kws_features.ts";
import { oneOf, positionals, readArguments, required, wholeNumber } from "./arguments.ts";
import { ExitCode } from "./exit_code.ts";
import { followSteps } from "./follow_steps.ts";

const usage = `Usage: thimble data build kws|ic|vww|ad --input DIR --out DIR [OPTIONS]

Makes a data set from its originals, split as the reference splits them. DIR gets the inputs of the
evaluation and y_labels.csv, in a folder of the benchmark's id: 'thimble run --data DIR' takes them;
train, validation, test and calibration, each as values (.bin) and labels (.csv); and data_set.json.

  kws   Speech Commands v2: folders of words, validation_list.txt, testing_list.txt
  ic    CIFAR-10's binary files, or folders of PNG files: train/CLASS, test/CLASS
  vww   COCO 2014: annotations, train2014 and val2014, or folders person and non_person
  ad    ToyADMOS ToyCar of DCASE 2020: train and test

  --input DIR         folder of the originals
  --out DIR           folder to be made
  --kind KIND         kws: mfcc, lfbe or samples [mfcc]
  --evaluation FILE   list of the evaluation's inputs, such as a published y_labels.csv
                      [ic, ad: the official list; kws, vww: --count by chance]
  --calibration FILE  list of the examples to calibrate with [ad: the official rule; else by chance]
  --test DIR          kws: folder of the data set's own test clips [those of testing_list.txt]
  --count N           inputs of the evaluation, where there is no list [1000]
  --evaluation-only   only the evaluation, no splits
  --threads N         workers [1]
  --seed N            for what is chosen by chance [1]
  --quiet             no progress
  --help              print this

  thimble data build ic --input cifar-10-batches-bin --out data/ic
  thimble data build vww --input coco --out data/vww --evaluation y_labels.csv --threads 4`;

interface BuildOptions {
  input: string;
  calibration?: string;
  test?: string;
  seed?: number;
  evaluation?: string;
}

const openers: Readonly<
  Record<string, (options: BuildOptions, signal: AbortSignal) => Promise<DataSet>>
> = {
  kws: async ({ input, calibration, test, seed }) =>
    await (await import("../training/data/speech_commands.ts"))
      .openSpeechCommands(input, { calibration, test, seed }),
  ic: async ({ input, calibration, seed }) =>
    await (await import("../training/data/cifar10.ts")).openCifar10(input, { calibration, seed }),
  vww: async ({ input, calibration, seed, evaluation: test }, signal) =>
    await (await import("../training/data/visual_wake_words.ts"))
      .openVisualWakeWords(input, { calibration, test, seed, signal }),
  ad: async ({ input, calibration }) =>
    await (await import("../training/data/toy_car.ts")).openToyCar(input, { calibration }),
};

/** `thimble data build`. */
export async function dataBuildCommand(args: string[]): Promise<number> {
  const parsed = readArguments(args, {
    input: { type: "string" },
    out: { type: "string" },
    kind: { type: "string" },
    evaluation: { type: "string" },
    calibration: { type: "string" },
    test: { type: "string" },
    count: { type: "string" },
    "evaluation-only": { type: "boolean" },
    threads: { type: "string" },
    seed: { type: "string" },
    quiet: { type: "boolean" },
    help: { type: "boolean" },
  }, "data build");
  const { values } = parsed;
  if (values.help || args.length === 0) {
    console.log(usage);
    return values.help ? ExitCode.done : ExitCode.usage;
  }
  const names = Object.keys(openers);
  const [given] = positionals(parsed, [names.join("|")]);
  const name = given.replace(/01$/, "");
  if (!Object.hasOwn(openers, name)) {
    throw new InputError(`Cannot build a data set '${given}'`, {
      source: "arguments",
      hint: `Name one of ${names.join(", ")}`,
    });
  }
  for (const option of ["kind", "test"] as const) {
    if (name === "kws" || values[option] === undefined) continue;
    throw new InputError(`Cannot take --${option} for '${name}'`, {
      source: `--${option}`,
      hint: `Leave --${option} out: it is for kws`,
    });
  }
  const kind = oneOf<KwsFeatureKind>(values.kind, "--kind", ["mfcc", "lfbe", "samples"]);
  const seed = wholeNumber(values.seed, "--seed", 0);
  const out = required(values.out, "--out");
  const open: BuildOptions = {
    input: required(values.input, "--input"),
    calibration: values.calibration,
    test: values.test,
    seed,
    evaluation: values.evaluation,
  };
  const settings = {
    out,
    splits: values["evaluation-only"] ? [] : undefined,
    evaluation: {
      list: values.evaluation,
      count: wholeNumber(values.count, "--count"),
      seed,
    },
    threads: wholeNumber(values.threads, "--threads"),
  };
  const summary = await followSteps(async function* (signal) {
    const dataSet = await openers[name](open, signal);
    signal.throwIfAborted();
    const features: FeatureSettings = kind ? { kind } : defaultFeatures(dataSet.benchmark);
    const steps = buildDataSet(dataSet, { ...settings, features, signal });
    for (;;) {
      const step = await steps.next();
      if (step.done) return step.value;
      const { done, total, part } = step.value;
      yield { done, total, text: part };
    }
  }, { title: `build ${name}`, unit: "examples", quiet: values.quiet });
  if (summary === undefined) {
    console.error("Cancelled: nothing was written");
    return ExitCode.cancelled;
  }
  if (!values.quiet) { for (const note of summary.notes) console.error(`Note: ${note}`); }
  const counts = Object.entries(summary.splits).map(([split, count]) => `${split} ${count}`);
  console.log(
    `Wrote ${["evaluation " + summary.evaluationFiles, ...counts].join(", ")} to '${out}'`,
  );
  return ExitCode.done;
}
