import type { DataCard } from "../analysis/data_card.ts";
import { InputError } from "../errors.ts";
import { remainingMs } from "../runner/progress.ts";
import type { DataSet } from "../training/data/data_set.ts";
import { benchmarkOf, positionals, readArguments, wholeNumber } from "./arguments.ts";
import { ExitCode } from "./exit_code.ts";
import { ProgressLine } from "./progress_line.ts";
import { writeWhole } from "./write_whole.ts";

const usage = `Usage: thimble data describe FOLDER|synthetic:NAME [OPTIONS]

Makes a data set card: classes, samples to look at and listen to, duplicates across splits, values,
provenance and hashes. FOLDER is an evaluation set (.bin files and y_labels.csv), or what 'thimble
data build' made. NAME is kws, ic, vww, ad or sww: a data set that is made from a seed.

  --out FILE       .html: the card as a page of its own; .json: its figures  [text on standard output]
  --benchmark ID   what FOLDER is for  [told by its classes and sizes]
  --seed N         of a synthetic data set  [1]
  --count N        read at most N examples of each split  [as many as hold 20 million values]
  --quiet          no progress
  --help           print this

  thimble data describe data/kws01
  thimble data describe synthetic:vww --out card.html`;

/** `thimble data describe`. */
export async function dataDescribeCommand(args: string[]): Promise<number> {
  const parsed = readArguments(args, {
    out: { type: "string" },
    benchmark: { type: "string" },
    seed: { type: "string" },
    count: { type: "string" },
    quiet: { type: "boolean" },
    help: { type: "boolean" },
  }, "data describe");
  const { values } = parsed;
  if (values.help || args.length === 0) {
    console.log(usage);
    return values.help ? ExitCode.done : ExitCode.usage;
  }
  const [name] = positionals(parsed, ["FOLDER|synthetic:NAME"]);
  const { out } = values;
  const form = /\.(html|json)$/i.exec(out ?? ".text")?.[1]?.toLowerCase();
  if (out !== undefined && form === undefined) {
    throw new InputError(`Cannot tell the form of '${out}'`, {
      source: "--out",
      hint: "End its name in .html or .json",
    });
  }
  const most = wholeNumber(values.count, "--count");
  const card = await withProgress(await openDataSet(name, values), most, values.quiet);
  if (card === undefined) {
    console.error("Cancelled");
    return ExitCode.cancelled;
  }
  if (out === undefined) {
    console.log(String(card));
    return ExitCode.done;
  }
  await writeWhole(out, form === "html" ? card.toPage() : JSON.stringify(card, null, 1) + "\n");
  if (!values.quiet) console.error(`Wrote '${out}'`);
  return ExitCode.done;
}

async function openDataSet(
  name: string,
  { benchmark, seed }: { benchmark?: string; seed?: string },
): Promise<DataSet> {
  const synthetic = /^synthetic:(.*)$/s.exec(name)?.[1];
  if (synthetic === undefined) {
    if (seed !== undefined) {
      throw new InputError("Cannot take a seed for a folder", {
        source: "--seed",
        hint: "Leave --seed out, or describe synthetic:kws",
      });
    }
    if (await isBuilt(name)) {
      const { openBuiltDataSet } = await import("../training/data/open_built_data_set.ts");
      return await openBuiltDataSet(name);
    }
    if (!(await Deno.stat(name).catch(() => undefined))?.isDirectory) {
      throw new InputError(`Cannot find a folder '${name}'`, {
        source: name,
        hint: "Name a folder of 'thimble data build', an evaluation set, or synthetic:kws",
      });
    }
    const { evaluationDataSet } = await import("./evaluation_data_set.ts");
    return await evaluationDataSet(
      name,
      benchmark === undefined ? undefined : benchmarkOf(benchmark),
    );
  }
  const { findSyntheticSet, syntheticSets } = await import(
    "../training/synthetic/synthetic_sets.ts"
  );
  const make = findSyntheticSet(synthetic);
  if (make === undefined || benchmark !== undefined) {
    throw new InputError(
      make === undefined
        ? `Cannot make a synthetic data set '${synthetic}'`
        : "Cannot choose the benchmark of a synthetic data set",
      {
        source: make === undefined ? "arguments" : "--benchmark",
        hint: make === undefined
          ? `Name synthetic: and one of ${Object.keys(syntheticSets).join(", ")}`
          : "Leave --benchmark out",
      },
    );
  }
  return make({ seed: wholeNumber(seed, "--seed", 0) });
}

/** Whether a folder is one of `thimble data build`. */
async function isBuilt(folder: string): Promise<boolean> {
  try {
    return (await Deno.stat(`${folder}/data_set.json`)).isFile;
  } catch {
    return false;
  }
}

/** The card; undefined where Ctrl-C ended it. */
async function withProgress(
  dataSet: DataSet,
  most: number | undefined,
  quiet = false,
): Promise<DataCard | undefined> {
  const { describe } = await import("../analysis/data_card.ts");
  const controller = new AbortController();
  const cancel = () => controller.abort(new DOMException("Cancelled", "AbortError"));
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, cancel);
  using line = new ProgressLine("describe");
  const start = performance.now();
  try {
    return await describe(dataSet, {
      most,
      signal: controller.signal,
      onProgress: ({ done, total, id }) => {
        if (quiet) return;
        const left = remainingMs(performance.now() - start, done, total - done);
        const text = id.slice(0, 60);
        line.update({ type: "progress", done, total, unit: "examples", text, remainingMs: left });
      },
    });
  } catch (error) {
    if (controller.signal.aborted && error === controller.signal.reason) return undefined;
    throw error;
  } finally {
    for (const signal of signals) Deno.removeSignalListener(signal, cancel);
  }
}
