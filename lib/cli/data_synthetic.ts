import { benchmarks } from "../benchmarks.ts";
import { InputError } from "../errors.ts";
import { remainingMs } from "../runner/progress.ts";
import { findSyntheticSet, syntheticSets } from "../training/synthetic/synthetic_sets.ts";
import { writeEvaluationFolder } from "../training/synthetic/write_evaluation_folder.ts";
import { positionals, readArguments, required, wholeNumber } from "./arguments.ts";
import { ExitCode } from "./exit_code.ts";
import { ProgressLine } from "./progress_line.ts";

const usage = `Usage: thimble data synthetic kws|ic|vww|ad --out DIR [OPTIONS]

Writes an evaluation set that is made from a seed: .bin files and y_labels.csv, as 'thimble run --data'
reads them, and a README that says that they are synthetic. Nothing is recorded or fetched. What is
measured on it says nothing about the benchmark's own data.

  --out DIR    folder to be made
  --count N    files  [as many as the official set has: kws and vww 1000, ic 200, ad 248]
  --seed N     the same seed makes the same files  [1]
  --wav        also a .wav file of each sound
  --png        also a .png file of each picture
  --quiet      no progress
  --help       print this

  thimble data synthetic kws --out data/kws01 --count 100 --wav
  thimble run --benchmark kws01 --mode accuracy --port virtual --data data/kws01 --session out`;

/** `thimble data synthetic`. */
export async function dataSyntheticCommand(args: string[]): Promise<number> {
  const parsed = readArguments(args, {
    out: { type: "string" },
    count: { type: "string" },
    seed: { type: "string" },
    wav: { type: "boolean" },
    png: { type: "boolean" },
    quiet: { type: "boolean" },
    help: { type: "boolean" },
  }, "data synthetic");
  const { values } = parsed;
  if (values.help || args.length === 0) {
    console.log(usage);
    return values.help ? ExitCode.done : ExitCode.usage;
  }
  // The streaming wakeword is evaluated on one long recording, not on files.
  const names = Object.keys(syntheticSets).filter((name) => name !== "sww");
  const [name] = positionals(parsed, [names.join("|")]);
  const make = findSyntheticSet(name);
  if (make === undefined || name.startsWith("sww")) {
    throw new InputError(`Cannot make a synthetic data set '${name}'`, {
      source: "arguments",
      hint: `Name one of ${names.join(", ")}`,
    });
  }
  const out = required(values.out, "--out");
  const seed = wholeNumber(values.seed, "--seed", 0);
  const count = wholeNumber(values.count, "--count");
  const dataSet = (test: number) => make({ seed, train: 0, validation: 0, calibration: 0, test });
  const { benchmark, media } = dataSet(0);
  for (const [option, fits] of [["wav", "audio"], ["png", "image"]] as const) {
    if (!values[option] || media === fits) continue;
    throw new InputError(`Cannot write .${option} files for '${name}'`, {
      source: `--${option}`,
      hint: media === "audio" ? "Use --wav" : "Use --png",
    });
  }
  const set = dataSet(count ?? benchmarks[benchmark].evaluationFiles[0]);
  const controller = new AbortController();
  const cancel = () => controller.abort(new DOMException("Cancelled", "AbortError"));
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, cancel);
  using line = new ProgressLine("synthetic");
  const start = performance.now();
  try {
    const steps = writeEvaluationFolder(set, {
      out,
      media: values.wav || values.png,
      signal: controller.signal,
    });
    for (;;) {
      const step = await steps.next();
      if (step.done) {
        console.log(`Wrote ${step.value} synthetic inputs of ${benchmark} to '${out}'`);
        return ExitCode.done;
      }
      if (values.quiet) continue;
      const { done, total, file } = step.value;
      const left = remainingMs(performance.now() - start, done, total - done);
      line.update({
        type: "progress",
        done,
        total,
        unit: "files",
        text: file,
        remainingMs: left,
      });
    }
  } catch (error) {
    if (!controller.signal.aborted || error !== controller.signal.reason) throw error;
    console.error("Cancelled: nothing was written");
    return ExitCode.cancelled;
  } finally {
    for (const signal of signals) Deno.removeSignalListener(signal, cancel);
  }
}
