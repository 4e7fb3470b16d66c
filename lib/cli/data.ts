import { InputError } from "../errors.ts";
import { ExitCode } from "./exit_code.ts";

const usage = `Usage: thimble data COMMAND [ARGUMENTS]

  features kws|ad|sww     make the inputs of a benchmark from recordings
  build kws|ic|vww|ad     make a data set from its originals: splits, inputs of the evaluation, labels
  fetch NAME              fetch originals, models and lists
  synthetic kws|ic|vww|ad make an evaluation set from a seed
  describe FOLDER         classes, samples, duplicates, provenance of a data set

'thimble data COMMAND --help' says more.

  thimble data fetch kws --out speech_commands
  thimble data build kws --input speech_commands --out data/kws
  thimble run --benchmark kws01 --mode accuracy --port virtual --data data/kws --session runs/1`;

type Command = (args: string[]) => Promise<number>;

const commands: Readonly<Record<string, () => Promise<Command>>> = {
  features: async () => (await import("./data_features.ts")).dataFeaturesCommand,
  build: async () => (await import("./data_build.ts")).dataBuildCommand,
  fetch: async () => (await import("./data_fetch.ts")).dataFetchCommand,
  synthetic: async () => (await import("./data_synthetic.ts")).dataSyntheticCommand,
  describe: async () => (await import("./data_describe.ts")).dataDescribeCommand,
};

/** `thimble data`. */
export async function dataCommand(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help") {
    console.log(usage);
    return name === undefined ? ExitCode.usage : ExitCode.done;
  }
  if (Object.hasOwn(commands, name)) return await (await commands[name]())(rest);
  throw new InputError(`Cannot find the command 'data ${name}'`, {
    source: "arguments",
    hint: `There are ${Object.keys(commands).join(", ")}`,
  });
}
