import { compareModels, type ModelComparison } from "../../model/compare_models.ts";
import { loadModel } from "../../model/load_model.ts";
import { positionals, readArguments } from "../arguments.ts";
import { ExitCode } from "../exit_code.ts";
import { alignColumns } from "../text_table.ts";

const usage = `Usage: thimble model compare A B [--json]

Compares two models: the graphs, and every weight. Tells whether B is a quantization of A, as the closed
division allows it: weights only quantized, nothing pruned or replaced.

  --json  print JSON
  --help  print this

Exit code 0 where B is A or a quantization of it, 1 otherwise.`;

const sentences: Record<ModelComparison["relation"], string> = {
  identical: "The models are the same",
  quantized: "The second model is a quantization of the first, and nothing else",
  "other-weights": "The graphs are the same, the weights are not",
  "other-graph": "The graphs are not the same",
};

/** `thimble model compare`. */
export async function compareCommand(args: string[]): Promise<number> {
  const parsed = readArguments(args, {
    json: { type: "boolean" },
    help: { type: "boolean" },
  }, "model compare");
  if (parsed.values.help) {
    console.log(usage);
    return ExitCode.done;
  }
  const [first, second] = positionals(parsed, ["A", "B"]);
  const comparison = compareModels(await loadModel(first), await loadModel(second));
  console.log(parsed.values.json ? JSON.stringify(comparison) : comparisonText(comparison));
  const { relation } = comparison;
  return relation === "identical" || relation === "quantized" ? ExitCode.done : ExitCode.refused;
}

function comparisonText({ relation, structure, notQuantized, weights }: ModelComparison): string {
  const lines = [sentences[relation]];
  if (relation !== "identical" && relation !== "quantized") {
    for (const reason of new Set([...structure, ...notQuantized])) lines.push(`  - ${reason}`);
  }
  const differing = weights.filter((weight) => weight.differing > 0);
  if (differing.length > 0) {
    lines.push(
      "",
      alignColumns(
        ["", "operator", "parameter", "shape", "differing", "greatest error", "SNR (dB)"],
        differing.map(({ operator, kind, input, shape, differing, error }) => [
          String(operator),
          kind,
          input === 1 ? "weights" : "bias",
          shape.join("×"),
          String(differing),
          error.maxError.toPrecision(3),
          error.signalToNoiseDb.toFixed(1),
        ]),
      ),
    );
  }
  return lines.join("\n");
}
