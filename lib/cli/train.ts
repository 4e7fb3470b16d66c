import { InputError } from "../errors.ts";
import type { Progress } from "../runner/progress.ts";
import type { TrainedModel } from "../training/runs/trained_model.ts";
import type { TrainingRecord } from "../training/runs/training_records.ts";
import type { TrainingRecipe } from "../training/runs/training_recipe.ts";
import { positionals, readArguments, required, wholeNumber } from "./arguments.ts";
import { ExitCode } from "./exit_code.ts";
import { ProgressLine } from "./progress_line.ts";
import { writeWhole } from "./write_whole.ts";

const usage = `Usage: thimble train RECIPE.json|kws|ic|vww|ad|sww --out DIR [OPTIONS]

Trains a model. DIR gets float.tflite, the record of the run (events.jsonl) and a checkpoint: Ctrl-C keeps
what was done, and the same command goes on from there, with the same result as if it had not been ended.
A name stands for the hyper-parameters of the reference, on synthetic data of the benchmark's kind unless
--data says otherwise; with --quick for a small recipe: minutes on two cores.

  --out DIR       folder of the run
  --quick         the small recipe of that name
  --data DIR      train on what 'thimble data build' wrote
  --epochs N      instead of the recipe's
  --batch N       examples of a step, instead of the recipe's
  --seed N        instead of the recipe's
  --threads N     the result does not depend on it  [as many as there are cores, 8 at most]
  --start FILE    begin with the weights of a float32 .tflite file
  --quantize      also write int8.tflite, calibrated on the data, and say what it reaches
  --figure FILE   draw the curves: .html, .png, .svg or .json
  --noise DIR     kws: folder of Speech Commands, whose background noise is added to recordings
  --cache DIR     keep features there for the next time
  --fresh         begin anew, over the run in DIR
  --print-recipe  print the recipe and do nothing
  --quiet         no progress
  --json          print JSON
  --help          print this

  thimble train kws --quick --out runs/kws --quantize
  thimble train ic --data data/ic --out runs/ic --threads 2

RECIPE.json, to begin with: 'thimble train ic --print-recipe'. It may also have
  features: {kind, noise: {share, volume, folder}, shiftSamples}, variants, inputScale, classWeights
  augmentation: {rotationDegrees, shift, zoom, flip}
  learningRate: schedule constant, step, exponential, cosine or piecewise
  earlyStopping: {metric, patience, minDelta}, keep: "last" or {best: METRIC}
  start: a float32 model, teacher: {model, share, temperature}
  pruning: {kind: magnitude or structured, amount, scope}
  qat: {weightBits, activations: observed or learned, …}, seed, threads, shards`;

/** `thimble train`. */
export async function trainCommand(args: string[]): Promise<number> {
  const parsed = readArguments(args, {
    out: { type: "string" },
    quick: { type: "boolean" },
    data: { type: "string" },
    epochs: { type: "string" },
    batch: { type: "string" },
    seed: { type: "string" },
    threads: { type: "string" },
    start: { type: "string" },
    quantize: { type: "boolean" },
    figure: { type: "string" },
    noise: { type: "string" },
    cache: { type: "string" },
    fresh: { type: "boolean" },
    "print-recipe": { type: "boolean" },
    quiet: { type: "boolean" },
    json: { type: "boolean" },
    help: { type: "boolean" },
  }, "train");
  const { values } = parsed;
  if (values.help || args.length === 0) {
    console.log(usage);
    return values.help ? ExitCode.done : ExitCode.usage;
  }
  const [name] = positionals(parsed, ["RECIPE.json|kws|ic|vww|ad|sww"]);
  const { recipe, notice } = await recipeOf(name, values);
  if (values["print-recipe"]) {
    console.log(JSON.stringify(recipe, null, 2));
    return ExitCode.done;
  }
  const out = required(values.out, "--out");
  const ending = values.figure === undefined
    ? undefined
    : /\.(html|png|svg|json)$/.exec(values.figure)?.[1];
  if (values.figure !== undefined && ending === undefined) {
    throw new InputError(`Cannot tell the format of '${values.figure}'`, {
      source: values.figure,
      hint: "End its name with .html, .png, .svg or .json",
    });
  }
  if (notice && !values.quiet) console.error(notice);
  const controller = new AbortController();
  const cancel = () => controller.abort(new DOMException("Cancelled", "AbortError"));
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, cancel);
  try {
    const { train } = await import("../training/runs/train.ts");
    const events = train(recipe, {
      out,
      threads: wholeNumber(values.threads, "--threads") ??
        recipe.threads ?? Math.min(8, navigator.hardwareConcurrency),
      cache: values.cache,
      resume: !values.fresh,
      signal: controller.signal,
    });
    const trained = await follow(events, values.quiet);
    const { writeTflite } = await import("../model/tflite/write_tflite.ts");
    await writeWhole(`${out}/recipe.json`, JSON.stringify(trained.recipe, null, 2) + "\n");
    const float = writeTflite(trained.graph);
    await writeWhole(`${out}/float.tflite`, float);
    const int8 = values.quantize || trained.int8
      ? await quantized(trained, out, controller.signal)
      : undefined;
    if (values.figure !== undefined) {
      const { trainingFigure } = await import("../analysis/training_figure.ts");
      const { drawn } = await import("./figure.ts");
      const figure = trainingFigure(trained.run.epochs, {
        subject: recipe.description ?? recipe.architecture,
      });
      await writeWhole(values.figure, await drawn(figure, ending!, "training"));
    }
    const files = {
      float: { file: `${out}/float.tflite`, bytes: float.length },
      ...int8 ? { int8 } : {},
    };
    console.log(
      values.json
        ? JSON.stringify(
          { epochs: trained.run.epochs, result: trained.run.result, ...files },
          null,
          2,
        )
        : report(trained, files),
    );
    return ExitCode.done;
  } catch (error) {
    if (!controller.signal.aborted || error !== controller.signal.reason) throw error;
    console.error(`Cancelled: the same command goes on from the checkpoint in '${out}'`);
    return ExitCode.cancelled;
  } finally {
    for (const signal of signals) Deno.removeSignalListener(signal, cancel);
  }
}

interface RecipeValues {
  quick?: boolean;
  data?: string;
  epochs?: string;
  batch?: string;
  seed?: string;
  start?: string;
  noise?: string;
}

async function recipeOf(
  name: string,
  values: RecipeValues,
): Promise<{ recipe: TrainingRecipe; notice?: string }> {
  const { quickRecipes, referenceRecipes } = await import("../training/runs/recipes.ts");
  const { checkTrainingRecipe, parseTrainingRecipe } = await import(
    "../training/runs/training_recipe.ts"
  );
  const known = values.quick ? quickRecipes : referenceRecipes;
  const short = name.replace(/01$/, "");
  const isFile = name.endsWith(".json");
  if (!isFile && !Object.hasOwn(known, short)) {
    throw new InputError(`Cannot find a recipe '${name}'`, {
      source: "arguments",
      hint: `Name one of ${Object.keys(known).join(", ")}, or a file that ends with .json`,
    });
  }
  const base = isFile
    ? parseTrainingRecipe(await readText(name), name)
    : known[short as keyof typeof known];
  if (isFile && values.quick) {
    throw new InputError("Cannot take --quick with a recipe of one's own", {
      source: "--quick",
      hint: "Write fewer epochs into the recipe, or give --epochs",
    });
  }
  const epochs = wholeNumber(values.epochs, "--epochs");
  const batchSize = wholeNumber(values.batch, "--batch");
  const seed = wholeNumber(values.seed, "--seed", 0);
  const recipe = checkTrainingRecipe({
    ...base,
    ...values.data === undefined ? {} : { data: { folder: values.data } },
    ...epochs === undefined ? {} : { epochs },
    ...batchSize === undefined ? {} : { batchSize },
    ...seed === undefined ? {} : { seed },
    ...values.start === undefined ? {} : { start: values.start },
    ...values.noise === undefined ? {} : {
      features: {
        kind: "mfcc",
        ...base.features,
        noise: { ...base.features?.noise, folder: values.noise },
      },
    },
  }, name);
  return {
    recipe,
    notice: "synthetic" in recipe.data
      ? "Synthetic data: what is reached on it says nothing about the benchmark's own"
      : undefined,
  };
}

async function readText(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    throw new InputError(`Cannot open the recipe '${path}'`, { source: path, cause });
  }
}

/** Shows where it is, and a line for each epoch. */
async function follow(
  events: AsyncGenerator<TrainingRecord | Progress, TrainedModel>,
  quiet = false,
): Promise<TrainedModel> {
  using reading = new ProgressLine("reading");
  using line = new ProgressLine("training");
  for (;;) {
    const { value, done } = await events.next();
    if (done) return value;
    if (quiet) continue;
    if (value.type === "progress") {
      if (value.unit === "epochs") line.update(value);
      else reading.update(value);
    } else if (value.type === "epoch") line.note(epochText(value));
    else if (value.type === "notice") line.note(value.text);
    else if (value.type === "start") {
      reading[Symbol.dispose]();
      const { resumedAt } = value;
      if (resumedAt) {
        line.note(`Goes on from epoch ${resumedAt.epoch + 1}, step ${resumedAt.batch}`);
      }
    }
  }
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

function epochText(record: Extract<TrainingRecord, { type: "epoch" }>): string {
  const { epoch, loss, accuracy, validationLoss, validationAccuracy, learningRate, seconds } =
    record;
  const side = (value: number, share?: number) =>
    `loss ${value.toPrecision(4)}${share === undefined ? "" : `, ${percent(share)}`}`;
  const validation = validationLoss === undefined
    ? ""
    : `  validation ${side(validationLoss, validationAccuracy)}`;
  return `Epoch ${epoch + 1}  ${side(loss, accuracy)}${validation}  ` +
    `rate ${learningRate.toPrecision(2)}  ${seconds.toFixed(1)} s`;
}

interface WrittenModel {
  file: string;
  bytes: number;
}

async function quantized(
  trained: TrainedModel,
  out: string,
  signal: AbortSignal,
): Promise<WrittenModel & { top1Percent?: number; auc?: number }> {
  const { int8Model } = await import("../training/runs/quantize_trained.ts");
  const { evaluateOnSplit } = await import("../training/runs/evaluate_on_split.ts");
  const { writeTflite } = await import("../model/tflite/write_tflite.ts");
  const { recipe, dataSet } = trained;
  const graph = await int8Model(trained, { signal });
  const bytes = writeTflite(graph);
  const file = `${out}/int8.tflite`;
  await writeWhole(file, bytes);
  if (dataSet.splits.test.length === 0) return { file, bytes: bytes.length };
  const { top1Percent, auc } = await evaluateOnSplit(graph, recipe, { dataSet, signal });
  return { file, bytes: bytes.length, top1Percent, auc };
}

function report(
  { run, dataSet }: TrainedModel,
  { float, int8 }: {
    float: WrittenModel;
    int8?: WrittenModel & { top1Percent?: number; auc?: number };
  },
): string {
  const figure = ({ top1Percent, auc }: { top1Percent?: number; auc?: number }) =>
    auc !== undefined
      ? `AUC ${auc.toFixed(3)}`
      : top1Percent !== undefined
      ? `${top1Percent.toFixed(1)} % right`
      : undefined;
  const { result } = run;
  const reached = result && figure(result);
  const kind = dataSet.provenance.synthetic ? " (synthetic)" : "";
  const lines = [
    `Trained ${run.epochs.length} epochs on '${dataSet.name}'${kind}` +
    (reached ? `: ${reached} of ${result.examples} of the test split` : ""),
    `Wrote '${float.file}' (${float.bytes} bytes)`,
  ];
  if (int8) {
    const quantized = figure(int8);
    lines.push(
      `Wrote '${int8.file}' (${int8.bytes} bytes)${quantized ? `: ${quantized} in int8` : ""}`,
    );
  }
  return lines.join("\n");
}
