/**
 * Operators on integers, written as the operators on real numbers that they stand for, between DequantizeLinear and
 * QuantizeLinear: so that one path reads both forms.
 *
 * @module
 */
import type { ImportNode } from "./import_node.ts";
import type { OnnxAttribute, OnnxNode } from "./onnx_model.ts";

/** The nodes that the node stands for; itself where it is none on integers. */
export function expandQLinear(n: ImportNode): OnnxNode[] {
  const { node } = n;
  const { domain, opType } = node;
  if (domain !== "" && domain !== "com.microsoft") return [node];
  switch (opType) {
    case "QLinearConv": {
      const e = new Expansion(n);
      // The bias stays int32: its scale is that of its input times that of its weights.
      const bias = n.input(8) ? [n.required(8)] : [];
      return e.finish("Conv", [e.real(0), e.real(3, 0), ...bias], 6);
    }
    case "QLinearMatMul": {
      const e = new Expansion(n);
      return e.finish("MatMul", [e.real(0), e.real(3, 1)], 6);
    }
    case "QGemm": {
      const e = new Expansion(n);
      const bias = n.input(6) ? [n.required(6)] : [];
      const axis = n.int("transB", 0) ? 0 : 1;
      return e.finish("Gemm", [e.real(0), e.real(3, axis), ...bias], n.input(7) ? 7 : undefined);
    }
    case "QLinearAdd":
    case "QLinearMul": {
      const e = new Expansion(n);
      return e.finish(opType.slice("QLinear".length), [e.real(0), e.real(3)], 6);
    }
    case "QLinearAveragePool":
    case "QLinearGlobalAveragePool":
      if (n.int("channels_last", 0)) n.fail("its channels come last", "Export it channels first");
      return unary(n);
    case "QLinearSoftmax":
    case "QLinearSigmoid":
    case "QLinearReduceMean":
      return unary(n);
    case "QLinearConcat": {
      const e = new Expansion(n);
      const count = (node.inputs.length - 2) / 3;
      if (!Number.isInteger(count) || count < 1) n.fail("its inputs are no triples");
      const parts = Array.from({ length: count }, (_, i) => e.real(2 + i * 3));
      return e.finish("Concat", parts, 0);
    }
    default:
      return [node];
  }
}

function unary(n: ImportNode): OnnxNode[] {
  const e = new Expansion(n);
  return e.finish(n.node.opType.slice("QLinear".length), [e.real(0)], 3);
}

class Expansion {
  readonly #nodes: OnnxNode[] = [];

  constructor(readonly n: ImportNode) {}

  /** Dequantizes inputs `position` to `position + 2`; several scales run along `axis`. */
  real(position: number, axis = 0): string {
    const inputs = [position, position + 1, position + 2].map((i) => this.n.input(i) ?? "");
    // No exporter gives such a name; a file that does is refused, as a value that is written twice.
    const output = `${this.n.output}\n${position}`;
    this.#add(
      "DequantizeLinear",
      inputs,
      output,
      new Map([["axis", { type: "int", value: axis }]]),
    );
    return output;
  }

  /** Adds the operator, and a QuantizeLinear with scale and zero point at `position`. */
  finish(opType: string, inputs: string[], position?: number): OnnxNode[] {
    const { output, node } = this.n;
    if (position === undefined) this.#add(opType, inputs, output, node.attributes);
    else {
      this.#add(opType, inputs, `${output}\nreal`, node.attributes);
      const parameters = [this.n.required(position), this.n.input(position + 1) ?? ""];
      this.#add("QuantizeLinear", [`${output}\nreal`, ...parameters], output, new Map());
    }
    return this.#nodes;
  }

  #add(
    opType: string,
    inputs: readonly string[],
    output: string,
    attributes: ReadonlyMap<string, OnnxAttribute>,
  ) {
    const { name } = this.n.node;
    this.#nodes.push({ name, opType, domain: "", inputs, outputs: [output], attributes });
  }
}
