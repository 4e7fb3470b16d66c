import { graphSvg } from "../../model/graph_svg.ts";
import { loadModel } from "../../model/load_model.ts";
import { type ModelSummary, summarize } from "../../model/summary.ts";
import { positionals, readArguments } from "../arguments.ts";
import { ExitCode } from "../exit_code.ts";
import { alignColumns } from "../text_table.ts";

const usage = `Usage: thimble model info MODEL [--svg FILE] [--json]

Counts operators, multiply-accumulates, parameters and memory, layer by layer, without a build.

  --svg FILE  draw the graph
  --json      print JSON
  --help      print this`;

/** `thimble model info`. */
export async function infoCommand(args: string[]): Promise<number> {
  const parsed = readArguments(args, {
    svg: { type: "string" },
    json: { type: "boolean" },
    help: { type: "boolean" },
  }, "model info");
  if (parsed.values.help) {
    console.log(usage);
    return ExitCode.done;
  }
  const [path] = positionals(parsed, ["MODEL"]);
  const graph = await loadModel(path);
  const summary = summarize(graph);
  if (parsed.values.svg) await Deno.writeTextFile(parsed.values.svg, graphSvg(graph));
  console.log(parsed.values.json ? JSON.stringify(summary) : summaryText(path, summary));
  return ExitCode.done;
}

function summaryText(path: string, summary: ModelSummary): string {
  const count = (n: number) => n.toLocaleString("en-US");
  const layers = alignColumns(
    ["", "layer", "output", "MACs", "parameters", "bytes of weights", "bytes of output"],
    summary.layers.map((layer) => [
      String(layer.index),
      layer.kind,
      layer.outputShape.join("×"),
      count(layer.macs),
      count(layer.parameters),
      count(layer.weightBytes),
      count(layer.outputBytes),
    ]),
  );
  const resolvers = summary.resolvers
    .map(({ method, count }) => (count > 1 ? `${method} (${count})` : method)).join(", ");
  return `${path}${summary.description && `: ${summary.description}`}

  ${count(summary.macs)} multiply-accumulates an inference
  ${count(summary.parameters)} parameters in ${count(summary.weightBytes)} bytes
  ${count(summary.arenaBytes)} bytes of arena for the activations (at least ${
    count(summary.arenaLowerBoundBytes)
  })

${layers}

  TFLite Micro resolver: ${resolvers}`;
}
