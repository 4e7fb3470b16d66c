/**
 * Trains the models that ship with Thimble, on its synthetic data, by its small recipes, and quantizes them. Everything
 * follows from seeds: the same files come out wherever and on however many threads it runs. What they reach says nothing
 * about the benchmarks' own data.
 *
 *     deno task models:make [kws ic vww ad] [--runs DIR]
 *
 * A run that is cut off goes on where it was.
 */
import { parseArgs } from "node:util";
import { join } from "node:path";
import { benchmarks } from "../lib/benchmarks.ts";
import { writeTflite } from "../lib/model/tflite/write_tflite.ts";
import { evaluateOnSplit } from "../lib/training/runs/evaluate_on_split.ts";
import { quantizeTrained } from "../lib/training/runs/quantize_trained.ts";
import { quickRecipes } from "../lib/training/runs/recipes.ts";
import { train } from "../lib/training/runs/train.ts";

const names = ["kws", "ic", "vww", "ad"] as const;
const { values, positionals } = parseArgs({
  args: Deno.args,
  options: { runs: { type: "string" } },
  allowPositionals: true,
});
const folder = new URL("models/", import.meta.url).pathname;
const runs = values.runs ?? await Deno.makeTempDir();
const threads = Math.min(8, navigator.hardwareConcurrency);

for (const name of names) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const out = join(runs, name);
  const run = train(quickRecipes[name], { out, threads });
  let step = await run.next();
  while (!step.done) {
    const event = step.value;
    if (event.type === "epoch") {
      const { epoch, loss, validationAccuracy = NaN, seconds } = event;
      const validation = Number.isNaN(validationAccuracy)
        ? ""
        : `, validation ${(100 * validationAccuracy).toFixed(1)} %`;
      console.log(
        `${name} epoch ${epoch + 1}: loss ${loss.toPrecision(4)}${validation}, ${
          seconds.toFixed(0)
        } s`,
      );
    }
    step = await run.next();
  }
  const trained = step.value;
  const { graph } = await quantizeTrained(trained);
  const bytes = writeTflite(graph);
  const { id } = Object.values(benchmarks).find(({ folder }) => folder === name)!;
  const file = `synthetic_${id}_int8.tflite`;
  const int8 = await evaluateOnSplit(graph, trained.recipe, { dataSet: trained.dataSet });
  const { start, epochs, result } = trained.run;
  await Deno.writeFile(join(folder, file), bytes);
  // Times and the machine are left out: the record is the same wherever it is made.
  const record = {
    model: file,
    bytes: bytes.length,
    synthetic: true,
    recipe: trained.recipe,
    parameters: start?.parameters,
    data: start?.data,
    float: figuresOf(result),
    int8: figuresOf(int8),
    epochs: epochs.map(({ type: _, time: __, seconds: ___, waitSeconds: ____, ...rest }) => rest),
  };
  await Deno.writeTextFile(
    join(folder, `synthetic_${id}.json`),
    JSON.stringify(record, null, 2) + "\n",
  );
  console.log(
    `${file}: ${bytes.length} bytes, float32 ${JSON.stringify(record.float)}, int8 ${
      JSON.stringify(record.int8)
    }`,
  );
}

function figuresOf(figures: { examples: number; top1Percent?: number; auc?: number } | undefined) {
  if (!figures) return undefined;
  const { examples, top1Percent, auc } = figures;
  return { examples, top1Percent, auc };
}
