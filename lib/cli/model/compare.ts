import {
  type ActivationComparison,
  compareActivations,
  traceFloat,
  traceInt8,
} from "../../model/compare_activations.ts";
import { compareModels, type ModelComparison } from "../../model/compare_models.ts";
import type { Graph } from "../../model/graph.ts";
import { int8Ends } from "../../model/int8/int8_ends.ts";
import { dequantize } from "../../model/int8/quantize_input.ts";
import { loadModel } from "../../model/load_model.ts";
import { evaluationInputs } from "../../runner/evaluation_inputs.ts";
import { openEvaluationSet } from "../../runner/evaluation_set.ts";
import { benchmarkOf, positionals, readArguments, required, wholeNumber } from "../arguments.ts";
import { ExitCode } from "../exit_code.ts";
import { alignColumns } from "../text_table.ts";

const usage = `Usage: thimble model compare A B [OPTIONS]

Compares two models: the graphs, and every weight. Tells whether B is a quantization of A, as the closed
division allows it: weights only quantized, nothing pruned or replaced. On a data set, also every tensor
between: what each layer costs.

  --benchmark B  whose inputs DIR holds
  --data DIR     run both models on these inputs
  --limit N      on the first N of them  [16]
  --json         print JSON
  --help         print this

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
    benchmark: { type: "string" },
    data: { type: "string" },
    limit: { type: "string" },
    json: { type: "boolean" },
    help: { type: "boolean" },
  }, "model compare");
  if (parsed.values.help) {
    console.log(usage);
    return ExitCode.done;
  }
  const [first, second] = positionals(parsed, ["A", "B"]);
  const [a, b] = [await loadModel(first), await loadModel(second)];
  const comparison = compareModels(a, b);
  const { data, benchmark, json } = parsed.values;
  const limit = wholeNumber(parsed.values.limit, "--limit") ?? 16;
  const activations = data === undefined
    ? undefined
    : await onData(a, b, data, required(benchmark, "--benchmark"), limit);
  if (json) console.log(JSON.stringify({ ...comparison, activations }));
  else console.log([comparisonText(comparison), activationText(activations)].join("\n").trimEnd());
  const { relation } = comparison;
  return relation === "identical" || relation === "quantized" ? ExitCode.done : ExitCode.refused;
}

async function onData(
  a: Graph,
  b: Graph,
  data: string,
  benchmarkName: string,
  limit: number,
): Promise<ActivationComparison[]> {
  const benchmark = benchmarkOf(benchmarkName);
  const set = await openEvaluationSet(data, benchmark, { limit });
  // The wire carries int8 where the model does; its scale makes real numbers of them.
  const quantized = [a, b].map((graph) => graph.tensors[int8Ends(graph).input])
    .find(({ type }) => type === "int8");
  const inputs: Float32Array[] = [];
  for await (const { input } of evaluationInputs(set, benchmark)) {
    if (inputs.length === limit) break;
    if (input instanceof Float32Array) inputs.push(input);
    else if (quantized) {
      const int8 = input instanceof Int8Array
        ? input
        : Int8Array.from(input, (value) => value - 128);
      inputs.push(dequantize(int8, quantized));
    } else inputs.push(Float32Array.from(input));
  }
  const trace = (graph: Graph) =>
    graph.tensors[int8Ends(graph).input].type === "int8" ? traceInt8(graph) : traceFloat(graph);
  return await compareActivations(a, b, inputs, { first: trace(a), second: trace(b) });
}

function activationText(activations: readonly ActivationComparison[] | undefined): string {
  if (!activations) return "";
  return "\n" + alignColumns(
    ["", "activation", "MSE", "SNR (dB)", "cosine"],
    activations.map(({ operator, kind, error }) => [
      String(operator),
      kind,
      error.meanSquaredError.toExponential(2),
      error.signalToNoiseDb.toFixed(1),
      error.cosine.toFixed(5),
    ]),
  );
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
