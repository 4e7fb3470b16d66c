import { InputError } from "../errors.ts";
import { remainingMs } from "../runner/progress.ts";
import type { KwsFeatureKind } from "../training/features/kws_features.ts";
import { writeFeatures } from "../training/features/write_features.ts";
import { positionals, readArguments, required } from "./arguments.ts";
import { ExitCode } from "./exit_code.ts";
import { ProgressLine } from "./progress_line.ts";

const usage = `Usage: thimble data features kws|ad --input DIR --out DIR [OPTIONS]
       thimble data fetch NAME --out DIR [OPTIONS]   ('thimble data fetch --help')

Makes the inputs of a benchmark from recordings: every .wav file (16 kHz, one channel) below DIR
becomes a file of the same name. The output folder appears when all is done, or not at all.

  --input DIR   folder of .wav files, or of folders of them
  --out DIR     folder to be made
  --kind KIND   kws: mfcc, lfbe or samples [mfcc]
  --format F    bin (what a board is sent) or f32 (values before quantization) [bin]
  --quiet       no progress
  --help        print this`;

const benchmarkIds: Readonly<Record<string, "kws01" | "ad01">> = {
  kws: "kws01",
  kws01: "kws01",
  ad: "ad01",
  ad01: "ad01",
};

/** `thimble data`. */
export async function dataCommand(args: string[]): Promise<number> {
  if (args[0] === "fetch") {
    return (await import("./data_fetch.ts")).dataFetchCommand(args.slice(1));
  }
  const parsed = readArguments(args, {
    input: { type: "string" },
    out: { type: "string" },
    kind: { type: "string" },
    format: { type: "string" },
    quiet: { type: "boolean" },
    help: { type: "boolean" },
  }, "data");
  const { values } = parsed;
  if (values.help || args.length === 0) {
    console.log(usage);
    return values.help ? ExitCode.done : ExitCode.usage;
  }
  const [command, name] = positionals(parsed, ["features", "kws|ad"]);
  if (command !== "features") {
    throw new InputError(`Cannot find the command 'data ${command}'`, {
      source: "arguments",
      hint: "There are features and fetch",
    });
  }
  if (!Object.hasOwn(benchmarkIds, name)) {
    throw new InputError(`Cannot make features for '${name}'`, {
      source: "arguments",
      hint: "Name kws or ad",
    });
  }
  const benchmark = benchmarkIds[name];
  if (benchmark === "ad01" && values.kind !== undefined) {
    throw new InputError("Cannot choose a kind of features for 'ad': there is one", {
      source: "--kind",
      hint: "Leave --kind out",
    });
  }
  const out = required(values.out, "--out");
  const count = await withProgress({
    input: required(values.input, "--input"),
    out,
    benchmark,
    kind: oneOf<KwsFeatureKind>(values.kind, ["mfcc", "lfbe", "samples"], "--kind"),
    format: oneOf(values.format, ["bin", "f32"], "--format"),
  }, { quiet: values.quiet });
  if (count === undefined) {
    console.error("Cancelled: nothing was written");
    return ExitCode.cancelled;
  }
  console.log(`Wrote ${count} ${count === 1 ? "file" : "files"} to '${out}'`);
  return ExitCode.done;
}

/** Makes the features; undefined where Ctrl-C ended it. */
async function withProgress(
  options: Parameters<typeof writeFeatures>[0],
  { quiet }: { quiet?: boolean },
): Promise<number | undefined> {
  const controller = new AbortController();
  const cancel = () => controller.abort(new DOMException("Cancelled", "AbortError"));
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, cancel);
  using line = new ProgressLine("features");
  const start = performance.now();
  try {
    const steps = writeFeatures({ ...options, signal: controller.signal });
    for (;;) {
      const step = await steps.next();
      if (step.done) return step.value;
      if (quiet) continue;
      const { done, total, file } = step.value;
      line.update({
        type: "progress",
        done,
        total,
        unit: "files",
        text: file,
        remainingMs: remainingMs(performance.now() - start, done, total - done),
      });
    }
  } catch (error) {
    if (controller.signal.aborted && error === controller.signal.reason) return undefined;
    throw error;
  } finally {
    for (const signal of signals) Deno.removeSignalListener(signal, cancel);
  }
}

function oneOf<T extends string>(
  value: string | undefined,
  names: readonly T[],
  option: string,
): T | undefined {
  if (value === undefined) return undefined;
  const found = names.find((name) => name === value);
  if (found !== undefined) return found;
  throw new InputError(`Cannot read '${value}' for ${option}`, {
    source: option,
    hint: `Name ${names.join(", ")}`,
  });
}
