/**
 * Inputs and outputs of an ONNX model.
 *
 * @module
 */
import { ModelError } from "../errors.ts";
import type { Quantization } from "../graph.ts";
import { ImportNode } from "./import_node.ts";
import { quantizedType } from "./import_quantization.ts";
import { inputOrder } from "./input_order.ts";
import { channelsLast, type OnnxImporter, sameOrder } from "./onnx_importer.ts";
import { DataType, type OnnxModel, type OnnxValueInfo } from "./onnx_model.ts";

/** Adds the inputs; files of old list their constants among them. */
export function importInputs(
  im: OnnxImporter,
  nodes: readonly ImportNode[],
  model: OnnxModel,
): number[] {
  const quantizations = inputQuantizations(im, nodes);
  const entry = new ImportNode(-1, {
    name: "",
    opType: "graph input",
    domain: "",
    inputs: [],
    outputs: [],
    attributes: new Map(),
  });
  return model.inputs.filter(({ name }) => !im.has(name)).map((info) => {
    const { name } = info;
    const dims = inputDims(info);
    const order = dims.length === 4 ? inputOrder(im.uses, name) : sameOrder(dims.length);
    const shape = order.map((axis) => dims[axis]);
    const quantization = quantizations.get(name);
    const base = { kind: "activation", order, isReal: false } as const;
    switch (info.dataType) {
      case DataType.float: {
        const index = im.add({ name, shape, type: "float32" });
        im.define(name, { ...base, index });
        return index;
      }
      case DataType.int8: {
        const index = im.add({ name, shape, type: "int8", ...quantization && { quantization } });
        im.define(name, { ...base, index });
        return index;
      }
      case DataType.uint8: {
        if (!quantization) break;
        const index = im.add({ name, shape, type: "uint8", quantization });
        const signed = {
          name: `${name}/signed`,
          type: "int8" as const,
          quantization: shifted(quantization, -128),
        };
        const output = im.emit(entry, "QUANTIZE", [index], {}, signed);
        im.define(name, { ...base, index: output, isUnsigned: true });
        return index;
      }
    }
    throw new ModelError(
      `Cannot read input '${name}' of the ONNX file as its data type ${info.dataType} is not supported`,
      { hint: "Supported are float32 and, where a scale is known, 8-bit integers" },
    );
  });
}

function inputDims({ name, shape }: OnnxValueInfo): number[] {
  if (!shape) {
    throw new ModelError(`Cannot read input '${name}' of the ONNX file as it has no shape`);
  }
  return shape.map((size, axis) => {
    if (typeof size === "number" && size > 0) return size;
    if (axis === 0) return 1;
    throw new ModelError(
      `Cannot read input '${name}' of the ONNX file as dimension ${axis} is open`,
      { hint: "Export the model with fixed sizes" },
    );
  });
}

/**
 * What integers stand for, in the file's own zero points. It is told by the DequantizeLinear behind them: from there back through what only moves them.
 */
function inputQuantizations(
  im: OnnxImporter,
  nodes: readonly ImportNode[],
): Map<string, Quantization> {
  const moving = new Set(
    "Transpose Reshape Flatten Squeeze Unsqueeze MaxPool Pad Slice Clip Identity".split(" "),
  );
  const known = new Map<string, Quantization>();
  for (const n of nodes.toReversed()) {
    const from = n.input(0);
    if (from === undefined || im.has(from)) continue;
    if (n.opType === "DequantizeLinear" && n.input(1) !== undefined && im.has(n.required(1))) {
      known.set(from, quantizedType(im, n, "int8", []).quantization);
    } else if (moving.has(n.opType)) {
      const quantization = known.get(n.output);
      if (quantization) known.set(from, quantization);
    }
  }
  return known;
}

function shifted(quantization: Quantization, by: number): Quantization {
  return { ...quantization, zeroPoint: quantization.zeroPoint.map((z) => z + by) };
}

export function isChannelsLast(order: readonly number[]): boolean {
  return String(order) === String(channelsLast);
}

/** A model that takes channels first, and so has become one that takes them last, gives them last too. */
export function importOutput(
  im: OnnxImporter,
  { name }: OnnxValueInfo,
  isChannelsFirst: boolean,
): number {
  const exit = new ImportNode(-1, {
    name: "",
    opType: "graph output",
    domain: "",
    inputs: [name],
    outputs: [],
    attributes: new Map(),
  });
  const value = im.value(name, exit);
  if (value.kind === "constant") return im.addConstant(value, { real: value.isReal });
  const stored = value.isReal ? im.floats(exit, value) : value;
  const { order } = stored;
  const wanted = isChannelsFirst && order.length === 4 ? channelsLast : sameOrder(order.length);
  const index = im.inOrder(exit, stored, wanted);
  const { quantization, type } = im.tensors[index];
  if (!value.isUnsigned || value.isReal || type !== "int8" || !quantization) return index;
  return im.emit(exit, "QUANTIZE", [index], {}, {
    name,
    type: "uint8",
    quantization: shifted(quantization, 128),
  });
}
