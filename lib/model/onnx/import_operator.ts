/**
 * Which reader takes which ONNX operator.
 *
 * @module
 */
import { importConvolution } from "./import_convolution.ts";
import {
  importBatchNormalization,
  importBinary,
  importSoftmax,
  importUnary,
} from "./import_elementwise.ts";
import {
  importConcat,
  importIntegerClip,
  importPad,
  importReshape,
  importSlice,
  importTranspose,
} from "./import_layout.ts";
import { importMatrix } from "./import_matrix.ts";
import type { ImportNode } from "./import_node.ts";
import { importAveragePool, importMaxPool, importReduceMean } from "./import_pool.ts";
import { importDequantizeLinear, importQuantizeLinear } from "./import_quantization.ts";
import type { OnnxImporter } from "./onnx_importer.ts";

type Reader = (im: OnnxImporter, n: ImportNode) => void;

/** Nodes that give what they are given, at inference. */
const passThrough: Reader = (im, n) => {
  const value = im.activation(n, 0);
  if (n.opType === "Cast" && (n.int("to", 1) !== 1 || im.tensors[value.index].type !== "float32")) {
    n.fail("it casts what is computed");
  }
  im.define(n.output, value);
};

const clip: Reader = (im, n) => {
  const value = im.activation(n, 0);
  if (value.isReal || im.tensors[value.index].type === "float32") importUnary(im, n);
  else importIntegerClip(im, n, value);
};

const readers: ReadonlyMap<string, Reader> = new Map([
  ["Add", importBinary],
  ["AveragePool", importAveragePool],
  ["BatchNormalization", importBatchNormalization],
  ["Cast", passThrough],
  ["Clip", clip],
  ["Concat", importConcat],
  ["Conv", importConvolution],
  ["DequantizeLinear", importDequantizeLinear],
  ["Div", importBinary],
  ["Dropout", passThrough],
  ["Flatten", importReshape],
  ["Gemm", importMatrix],
  ["GlobalAveragePool", importAveragePool],
  ["Identity", passThrough],
  ["MatMul", importMatrix],
  ["MaxPool", importMaxPool],
  ["Mul", importBinary],
  ["Pad", importPad],
  ["QuantizeLinear", importQuantizeLinear],
  ["ReduceMean", importReduceMean],
  ["Relu", importUnary],
  ["Reshape", importReshape],
  ["Sigmoid", importUnary],
  ["Slice", importSlice],
  ["Softmax", (im, n) => importSoftmax(im, n)],
  ["Squeeze", importReshape],
  ["Sub", importBinary],
  ["Tanh", importUnary],
  ["Transpose", importTranspose],
  ["Unsqueeze", importReshape],
]);

/** Reads one node. Throws {@linkcode ModelError} where it is not supported. */
export function importNode(im: OnnxImporter, n: ImportNode) {
  const reader = readers.get(n.opType) ?? n.fail(
    "its operator is not supported",
    `Supported are ${[...readers.keys()].join(", ")}, and the QLinear operators`,
  );
  if (n.node.outputs.slice(1).some((name) => im.uses.readers(name).length > 0)) {
    n.fail("another of its outputs than the first is in use");
  }
  reader(im, n);
}
