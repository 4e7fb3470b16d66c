import { type Benchmark, findBenchmark } from "../benchmarks.ts";
import { InputError } from "../errors.ts";
import { demoBenchmark, demoData, demoModel } from "../runner/demo_data.ts";
import { openVirtualBoard } from "../runner/open_virtual_board.ts";
import { readArguments } from "./arguments.ts";
import { ExitCode } from "./exit_code.ts";
import { runWithProgress } from "./run.ts";
import { scoreText } from "./score_text.ts";

const usage = `Usage: thimble demo [--reference DIR] [--session DIR]

Runs performance and accuracy on a virtual board: with synthetic keywords and a small model that ship with
Thimble, or with the official ones.

  --reference DIR  folder of the official data: models/ and kws01/
  --session DIR    where the two sessions are kept  [a temporary folder]
  --help           print this`;

/** `thimble demo`. */
export async function demoCommand(args: string[]): Promise<number> {
  const { values } = readArguments(args, {
    reference: { type: "string" },
    session: { type: "string" },
    help: { type: "boolean" },
  }, "demo");
  if (values.help) {
    console.log(usage);
    return ExitCode.done;
  }
  const benchmark = demoBenchmark;
  const { model, data } = values.reference
    ? await reference(values.reference, benchmark)
    : { model: demoModel(), data: demoData() };
  const folder = values.session ?? await Deno.makeTempDir({ prefix: "thimble-demo-" });
  console.log(
    values.reference
      ? `The official inputs and reference model of '${benchmark.id}', on a virtual board\n`
      : "Synthetic keywords and a small model that ship with Thimble, on a virtual board: no speech, no score of a board\n",
  );
  for (const mode of ["performance", "accuracy"] as const) {
    const connection = await openVirtualBoard({ benchmark, model });
    const session = `${folder}/${mode}`;
    const { clock } = connection;
    const outcome = await runWithProgress({ connection, clock, benchmark, mode, data, session });
    if (!outcome.score) return outcome.cancelled;
    console.log(scoreText(outcome.score, connection.sourceText) + "\n");
  }
  console.log(`Sessions, with the official files, are in '${folder}'`);
  return ExitCode.done;
}

async function reference(path: string, benchmark: Benchmark) {
  // The folder itself, or one that holds it as 'reference'.
  for (const root of [path, `${path}/reference`]) {
    const model = `${root}/models/${benchmark.model.file}`;
    try {
      await Deno.stat(model);
      return { model, data: `${root}/${benchmark.id}` };
    } catch {
      continue;
    }
  }
  throw new InputError(
    `Cannot find 'models/${findBenchmark(benchmark.id)!.model.file}' in '${path}'`,
    {
      source: "--reference",
      hint: `Name a folder with models/ and ${benchmark.id}/`,
    },
  );
}
