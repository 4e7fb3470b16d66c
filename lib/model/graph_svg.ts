/**
 * A model as a picture.
 *
 * @module
 */
import { escapeHtml } from "../escape_html.ts";
import type { Graph, Operator, OperatorKind } from "./graph.ts";
import { type LayerSummary, summarize } from "./summary.ts";

const BOX = { width: 300, height: 44, gap: 18 };
const LANE = 14;
const MARGIN = 16;

/** Fill and edge of each family of operators: tints of Okabe and Ito's palette, told apart by colour-blind readers. */
const families = {
  weighted: { fill: "#cfe5f5", edge: "#0072b2" },
  pooling: { fill: "#cdeee2", edge: "#007d5c" },
  arithmetic: { fill: "#fbe3c0", edge: "#a86400" },
  activation: { fill: "#f6d7e6", edge: "#a8487c" },
  movement: { fill: "#ececec", edge: "#666666" },
  end: { fill: "#ffffff", edge: "#222222" },
} as const;

const familyOf: { readonly [K in OperatorKind]: keyof typeof families } = {
  CONV_2D: "weighted",
  DEPTHWISE_CONV_2D: "weighted",
  FULLY_CONNECTED: "weighted",
  AVERAGE_POOL_2D: "pooling",
  MAX_POOL_2D: "pooling",
  MEAN: "pooling",
  ADD: "arithmetic",
  SUB: "arithmetic",
  MUL: "arithmetic",
  SOFTMAX: "activation",
  RELU: "activation",
  RELU6: "activation",
  LOGISTIC: "activation",
  TANH: "activation",
  PAD: "movement",
  RESHAPE: "movement",
  QUANTIZE: "movement",
  DEQUANTIZE: "movement",
  CONCATENATION: "movement",
  STRIDED_SLICE: "movement",
  SHAPE: "movement",
  PACK: "movement",
  TRANSPOSE: "movement",
};

/** A box of the picture, by row. */
interface Box {
  title: string;
  detail: string;
  hover: string;
  family: keyof typeof families;
}

/**
 * Draws a graph as a standalone SVG: one box an operator in order of execution, with its shape and work; values that
 * skip a box run along the right. Text is escaped, so it can stand in a page whatever the names in the model are.
 *
 * @throws {ModelError} The graph is not consistent.
 *
 * @example
 * ```ts
 * import { type Graph, graphSvg } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const graph: Graph = {
 *   description: "",
 *   tensors: [
 *     { name: "x", shape: [1, 3], type: "float32" },
 *     { name: "<script>", shape: [1, 3], type: "float32" },
 *   ],
 *   operators: [{ kind: "RELU", inputs: [0], outputs: [1], options: {} }],
 *   inputs: [0],
 *   outputs: [1],
 * };
 * const svg = graphSvg(graph);
 * assert(svg.startsWith("<svg"));
 * assert(!svg.includes("<script>"));
 * ```
 */
export function graphSvg(graph: Graph): string {
  const summary = summarize(graph);
  const boxes: Box[] = [
    ...graph.inputs.map((input) => endBox(graph, input, "Input")),
    ...graph.operators.map((operator, i) => operatorBox(graph, operator, summary.layers[i])),
    ...graph.outputs.map((output) => endBox(graph, output, "Output")),
  ];
  const edges = edgesOf(graph);
  const lanes = assignLanes(edges.filter(({ from, to }) => to > from + 1));
  const laneCount = Math.max(0, ...lanes.values()) + (lanes.size > 0 ? 1 : 0);
  const width = 2 * MARGIN + BOX.width + laneCount * LANE + (laneCount ? LANE : 0);
  const height = 2 * MARGIN + boxes.length * (BOX.height + BOX.gap) - BOX.gap;
  const top = (row: number) => MARGIN + row * (BOX.height + BOX.gap);
  const right = MARGIN + BOX.width;

  const lines = edges.map((edge) => {
    const from = top(edge.from);
    const to = top(edge.to);
    const lane = lanes.get(edge);
    if (lane === undefined) {
      const x = MARGIN + BOX.width / 2;
      return `<path d="M${x} ${from + BOX.height}V${to - 2}"/>`;
    }
    const x = right + (lane + 1) * LANE;
    const [start, end] = [from + BOX.height - 12, to + 12];
    return `<path d="M${right} ${start}H${x - 6}Q${x} ${start} ${x} ${start + 6}V${end - 6}` +
      `Q${x} ${end} ${x - 6} ${end}H${right + 2}"/>`;
  });
  const shapes = boxes.map((box, row) => {
    const { fill, edge } = families[box.family];
    const y = top(row);
    return `<g><title>${escape(box.hover)}</title>` +
      `<rect x="${MARGIN}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="6" fill="${fill}" stroke="${edge}"/>` +
      `<text x="${MARGIN + 12}" y="${y + 18}" font-weight="600">${escape(box.title)}</text>` +
      `<text x="${MARGIN + 12}" y="${y + 35}" font-size="11">${escape(box.detail)}</text></g>`;
  });
  const label = `Graph of ${graph.operators.length} operators, ${
    count(summary.macs)
  } multiply-accumulates`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(label)}" ` +
    `font-family="system-ui, sans-serif" font-size="13" fill="#111111">\n` +
    `<rect width="100%" height="100%" fill="#ffffff"/>\n` +
    `<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">` +
    `<path d="M0 0L8 4L0 8Z" fill="#444444"/></marker></defs>\n` +
    `<g fill="none" stroke="#444444" marker-end="url(#arrow)">\n${lines.join("\n")}\n</g>\n` +
    `${shapes.join("\n")}\n</svg>\n`;
}

interface Edge {
  from: number;
  to: number;
}

/** Values between boxes: an operator's box stands below the inputs', an output's below all. */
function edgesOf(graph: Graph): Edge[] {
  const writer = new Map<number, number>();
  graph.inputs.forEach((tensor, row) => writer.set(tensor, row));
  const firstRow = graph.inputs.length;
  const edges: Edge[] = [];
  graph.operators.forEach(({ inputs, outputs }, i) => {
    for (const input of new Set(inputs)) {
      const from = writer.get(input);
      if (from !== undefined) edges.push({ from, to: firstRow + i });
    }
    writer.set(outputs[0], firstRow + i);
  });
  graph.outputs.forEach((tensor, i) => {
    const from = writer.get(tensor);
    if (from !== undefined) edges.push({ from, to: firstRow + graph.operators.length + i });
  });
  return edges;
}

/** Lanes beside the boxes such that no two edges in one meet: the shortest edges nearest. */
function assignLanes(edges: readonly Edge[]): Map<Edge, number> {
  const lanes: Edge[][] = [];
  const assigned = new Map<Edge, number>();
  for (
    const edge of [...edges].sort((a, b) => a.to - a.from - (b.to - b.from) || a.from - b.from)
  ) {
    let lane = lanes.findIndex((others) =>
      others.every((other) => other.to <= edge.from || edge.to <= other.from)
    );
    if (lane < 0) lane = lanes.push([]) - 1;
    lanes[lane].push(edge);
    assigned.set(edge, lane);
  }
  return assigned;
}

function endBox(graph: Graph, index: number, what: string): Box {
  const { name, shape, type, quantization } = graph.tensors[index];
  const scale = quantization?.scale.length === 1
    ? `, scale ${Number(quantization.scale[0].toPrecision(5))}, zero point ${
      quantization.zeroPoint[0]
    }`
    : "";
  return {
    title: what,
    detail: `${size(shape)} ${type}${scale}`,
    hover: name,
    family: "end",
  };
}

function operatorBox(graph: Graph, operator: Operator, layer: LayerSummary): Box {
  const work = [
    size(layer.outputShape),
    layer.macs > 0 ? `${compact(layer.macs)} MACs` : "",
    layer.parameters > 0 ? `${compact(layer.parameters)} parameters` : "",
  ].filter((part) => part !== "");
  return {
    title: [operator.kind, ...settings(graph, operator)].join(" "),
    detail: work.join(" · "),
    hover: `${layer.index} ${layer.name}: ${count(layer.macs)} MACs, ${
      count(layer.parameters)
    } parameters`,
    family: familyOf[operator.kind],
  };
}

/** What matters of the options, in short. */
function settings(graph: Graph, operator: Operator): string[] {
  const parts: string[] = [];
  if (operator.kind === "CONV_2D" || operator.kind === "DEPTHWISE_CONV_2D") {
    parts.push(size(graph.tensors[operator.inputs[1]].shape.slice(1, 3)));
  }
  const options = operator.options as Readonly<Record<string, unknown>>;
  if (options.filterHeight) parts.push(`${options.filterHeight}×${options.filterWidth}`);
  if (options.strideHeight && (options.strideHeight !== 1 || options.strideWidth !== 1)) {
    parts.push(`/${options.strideHeight}×${options.strideWidth}`);
  }
  if (options.activation && options.activation !== "none") parts.push(`+ ${options.activation}`);
  return parts;
}

function size(shape: readonly number[]): string {
  return shape.length === 0 ? "scalar" : shape.join("×");
}

function count(n: number): string {
  return n.toLocaleString("en-US");
}

/** Three digits and a thousand's letter. */
function compact(n: number): string {
  const [divisor, letter] = n >= 1e6 ? [1e6, "M"] : n >= 1e3 ? [1e3, "k"] : [1, ""];
  return `${Number((n / divisor).toPrecision(3))}${letter}`;
}

function escape(text: string): string {
  // Characters that XML does not allow at all are dropped.
  // deno-lint-ignore no-control-regex
  return escapeHtml(text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, ""));
}
