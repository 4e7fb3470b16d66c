/**
 * Which tensor of one graph stands for which of another.
 *
 * @module
 */
import { isDeepStrictEqual } from "node:util";
import { elementCount, type Graph, type Operator, type Tensor } from "./graph.ts";
import { paddingTotal } from "./output_shape.ts";

/** Two graphs laid over one another. */
export interface GraphPairing {
  /** Indices of tensors, the second graph's by the first's: inputs, activations and constants that correspond. */
  tensors: Map<number, number>;
  /** Indices of operators, the second graph's by the first's. */
  operators: Map<number, number>;
  /** Why the graphs are not the same; empty where they are. */
  differences: string[];
}

/**
 * Lays two graphs over one another from their outputs upwards. QUANTIZE and DEQUANTIZE are looked through, so that a
 * float model and its quantized form are the same graph; element types are not compared. Operators must agree in kind,
 * options and the shapes of their outputs, and in constants that are no parameters (axes, paddings).
 *
 * @example
 * ```ts
 * import { compareGraphs, type Graph } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const graph = (kind: "RELU" | "TANH"): Graph => ({
 *   description: "",
 *   tensors: [
 *     { name: "x", shape: [1, 2], type: "float32" },
 *     { name: "y", shape: [1, 2], type: "float32" },
 *   ],
 *   operators: [{ kind, inputs: [0], outputs: [1], options: {} }],
 *   inputs: [0],
 *   outputs: [1],
 * });
 * assert.deepEqual(compareGraphs(graph("RELU"), graph("RELU")).differences, []);
 * assert.deepEqual(compareGraphs(graph("RELU"), graph("TANH")).differences, [
 *   "Operator 0 is 'RELU' in the first model and 'TANH' (0) in the second",
 * ]);
 * ```
 */
export function compareGraphs(first: Graph, second: Graph): GraphPairing {
  const a = new GraphView(first);
  const b = new GraphView(second);
  const pairing: GraphPairing = { tensors: new Map(), operators: new Map(), differences: [] };
  const paired = new Map<number, number>();
  for (
    const [what, x, y] of [
      ["inputs", first.inputs.length, second.inputs.length],
      ["outputs", first.outputs.length, second.outputs.length],
    ]
  ) {
    if (x !== y) pairing.differences.push(`The first model has ${x} ${what} and the second ${y}`);
  }
  const open = first.outputs.slice(0, second.outputs.length)
    .map((tensor, i): [number, number] => [tensor, second.outputs[i]]).reverse();
  while (open.length > 0) {
    const [s, t] = open.pop()!;
    const [x, y] = [a.source(s), b.source(t)];
    const known = paired.get(x);
    if (known !== undefined) {
      if (known !== y) {
        pairing.differences.push(
          `'${a.name(x)}' stands for '${b.name(known)}' and for '${b.name(y)}'`,
        );
      }
      continue;
    }
    paired.set(x, y);
    pairing.tensors.set(x, y);
    open.push(...pairWriters(a, b, x, y, pairing).reverse());
  }
  return pairing;
}

/** Inputs beyond these are shapes: what an operator gives says the same. */
const looseInputs: { readonly [K in Operator["kind"]]?: number } = { RESHAPE: 1 };

/** Compares two tensors and what gives them; returns the pairs that follow from it. */
function pairWriters(
  a: GraphView,
  b: GraphView,
  x: number,
  y: number,
  { operators, differences }: GraphPairing,
): [number, number][] {
  const [tensorA, tensorB] = [a.graph.tensors[x], b.graph.tensors[y]];
  const [writerA, writerB] = [a.writer.get(x), b.writer.get(y)];
  const [isInputA, isInputB] = [a.graph.inputs.indexOf(x), b.graph.inputs.indexOf(y)];
  const sameShape = isDeepStrictEqual([...tensorA.shape], [...tensorB.shape]) ||
    (tensorA.data && tensorB.data && elementCount(tensorA.shape) === elementCount(tensorB.shape));
  if (!sameShape) {
    differences.push(
      `'${tensorA.name}' is [${tensorA.shape}] in the first model and [${tensorB.shape}] in the second`,
    );
  }
  if (writerA === undefined || writerB === undefined) {
    const kinds = [tensorA.data ? "constant" : isInputA, tensorB.data ? "constant" : isInputB];
    if (writerA !== writerB || kinds[0] !== kinds[1]) {
      differences.push(
        `'${tensorA.name}' is ${a.describe(x)} in the first model and ${
          b.describe(y)
        } in the second`,
      );
    }
    return [];
  }
  const [operatorA, operatorB] = [a.graph.operators[writerA], b.graph.operators[writerB]];
  operators.set(writerA, writerB);
  const label = `Operator ${writerA}`;
  if (operatorA.kind !== operatorB.kind) {
    differences.push(
      `${label} is '${operatorA.kind}' in the first model and '${operatorB.kind}' (${writerB}) in the second`,
    );
    return [];
  }
  const { kind } = operatorA;
  if (
    kind !== "RESHAPE" &&
    !isDeepStrictEqual(effectiveOptions(a.graph, operatorA), effectiveOptions(b.graph, operatorB))
  ) {
    differences.push(
      `${label} '${kind}' has the options ${
        JSON.stringify(operatorA.options)
      } in the first model and ` +
        `${JSON.stringify(operatorB.options)} in the second`,
    );
  }
  const count = looseInputs[kind] ?? Math.max(operatorA.inputs.length, operatorB.inputs.length);
  const pairs: [number, number][] = [];
  for (let position = 0; position < count; position++) {
    const [s, t] = [operatorA.inputs[position] ?? -1, operatorB.inputs[position] ?? -1];
    if (s >= 0 && t >= 0) {
      pairs.push([s, t]);
      checkIndices(a.graph.tensors[s], b.graph.tensors[t], `${label} '${kind}'`, differences);
    } else if (s >= 0 || t >= 0) {
      const [has, lacks] = s >= 0 ? ["first", "second"] : ["second", "first"];
      differences.push(
        `${label} '${kind}' has input ${position} in the ${has} model and not in the ${lacks}`,
      );
    }
  }
  return pairs;
}

/** Options, but that a window which nothing is added around is placed `valid`, whatever the file calls it. */
function effectiveOptions(graph: Graph, operator: Operator): Record<string, unknown> {
  const options: Record<string, unknown> = { ...operator.options };
  if (!("padding" in operator.options) || operator.options.padding === "valid") return options;
  const { strideHeight, strideWidth } = operator.options;
  const [, height, width] = graph.tensors[operator.inputs[0]].shape;
  const [, rows, columns] = graph.tensors[operator.outputs[0]].shape;
  const [kernelHeight, kernelWidth, dilationHeight, dilationWidth] =
    "filterHeight" in operator.options
      ? [operator.options.filterHeight, operator.options.filterWidth, 1, 1]
      : [
        ...graph.tensors[operator.inputs[1]].shape.slice(1, 3),
        operator.options.dilationHeight,
        operator.options.dilationWidth,
      ];
  const added = paddingTotal(height, kernelHeight, strideHeight, dilationHeight, rows) +
    paddingTotal(width, kernelWidth, strideWidth, dilationWidth, columns);
  return added === 0 ? { ...options, padding: "valid" } : options;
}

/** Axes, paddings and the like: constants that are integers in both models, and not quantized. */
function checkIndices(a: Tensor, b: Tensor, label: string, differences: string[]): void {
  const isIndex = ({ data, type, quantization }: Tensor) =>
    data && type === "int32" && !quantization;
  if (isIndex(a) && isIndex(b) && !isDeepStrictEqual([...a.data!], [...b.data!])) {
    differences.push(`${label} has another '${a.name}' in the second model`);
  }
}

/** A graph that can be gone through upwards. */
class GraphView {
  /** The operator that gives a tensor. */
  readonly writer = new Map<number, number>();

  constructor(readonly graph: Graph) {
    graph.operators.forEach(({ outputs }, i) => this.writer.set(outputs[0], i));
  }

  /** The tensor whose values another one is, but for its type. */
  source(tensor: number): number {
    for (;;) {
      const operator = this.graph.operators[this.writer.get(tensor) ?? -1];
      if (operator?.kind !== "QUANTIZE" && operator?.kind !== "DEQUANTIZE") return tensor;
      tensor = operator.inputs[0];
    }
  }

  name(tensor: number): string {
    return this.graph.tensors[tensor].name;
  }

  /** Where a tensor comes from. */
  describe(tensor: number): string {
    const writer = this.writer.get(tensor);
    if (writer !== undefined) return `given by '${this.graph.operators[writer].kind}'`;
    if (this.graph.tensors[tensor].data) return "constant";
    return `input ${this.graph.inputs.indexOf(tensor)}`;
  }
}
