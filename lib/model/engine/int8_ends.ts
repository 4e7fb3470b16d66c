import type { Graph } from "../graph.ts";

/** Where int8 inference starts and ends. */
export interface Int8Ends {
  /** Index of the tensor that a run is given. */
  input: number;
  /** Index of the tensor that a run gives. */
  output: number;
  /** Operators beyond the ends: a QUANTIZE of float32 at the start, a DEQUANTIZE to it at the end. */
  skipped: ReadonlySet<number>;
}

/** The int8 ends of a graph with one input and one output. */
export function int8Ends(graph: Graph): Int8Ends {
  let [input] = graph.inputs;
  let [output] = graph.outputs;
  const skipped = new Set<number>();
  const readers = graph.operators.filter(({ inputs }) => inputs.includes(input));
  if (graph.tensors[input].type === "float32" && readers.length === 1 && input !== output) {
    const [reader] = readers;
    if (reader.kind === "QUANTIZE") {
      input = reader.outputs[0];
      skipped.add(graph.operators.indexOf(reader));
    }
  }
  const writer = graph.operators.findIndex(({ outputs }) => outputs.includes(output));
  if (graph.tensors[output].type === "float32" && graph.operators[writer]?.kind === "DEQUANTIZE") {
    output = graph.operators[writer].inputs[0];
    skipped.add(writer);
  }
  return { input, output, skipped };
}
