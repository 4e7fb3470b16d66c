/**
 * Nodes whose inputs are all constants: what they give. Exporters compute shapes with them and turn weights around.
 *
 * @module
 */
import { elementCount, type Tensor } from "../graph.ts";
import { bytesPerElement } from "../tensor_values.ts";
import type { ImportNode } from "./import_node.ts";
import { reshapedDims } from "./import_layout.ts";
import { dequantizedConstant, quantizedConstant } from "./import_quantization.ts";
import { type ConstantValue, type OnnxImporter, sameOrder } from "./onnx_importer.ts";
import { DataType, type OnnxTensor } from "./onnx_model.ts";
import { permuteElements } from "./permute_elements.ts";
import { float32Bytes, int64Bytes, realValues, storedValues } from "../real_values.ts";

/** More than the shapes of any model have: these are computed number by number. */
const mostNumbers = 64;

/** A constant of the file. */
export function constantOf(tensor: OnnxTensor): ConstantValue {
  const { name, dims: shape, data } = tensor;
  const known = (type: Tensor["type"], bytes = data): ConstantValue => ({
    kind: "constant",
    tensor: { name, shape, type, data: bytes },
    isReal: false,
  });
  switch (tensor.dataType) {
    case DataType.float:
      return known("float32");
    case DataType.float16:
      return known("float16");
    case DataType.double: {
      const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
      const values = new Float32Array(data.byteLength / 8);
      return known("float32", float32Bytes(values.map((_, i) => view.getFloat64(i * 8, true))));
    }
    case DataType.int8:
      return known("int8");
    case DataType.uint8:
      return known("uint8");
    case DataType.int16:
      return known("int16");
    case DataType.int32:
      return known("int32");
    case DataType.int64:
      return known("int64");
    case DataType.bool:
      return known("bool");
  }
}

/** What the node gives; undefined where it has to be computed, or is none that is folded. */
export function foldConstant(im: OnnxImporter, n: ImportNode): ConstantValue | undefined {
  if (n.opType === "Constant") return constantNode(n);
  const names = n.node.inputs.filter((name) => name !== "");
  if (names.length === 0 || names.some((name) => !im.has(name))) return undefined;
  const values = names.map((name) => im.value(name, n));
  const [first] = values;
  if (n.opType === "Shape") return integers(n, im.dims(first));
  if (first.kind !== "constant" || values.some(({ kind }) => kind !== "constant")) return undefined;
  const { tensor } = first;
  switch (n.opType) {
    case "Identity":
      return first;
    case "DequantizeLinear":
      return dequantizedConstant(im, n, first);
    case "QuantizeLinear":
      return quantizedConstant(im, n, first);
    case "Cast":
      return cast(im, n, tensor);
    case "Transpose": {
      const perm = n.ints("perm") ?? sameOrder(tensor.shape.length).reverse();
      const rank = tensor.shape.length;
      if (perm.length !== rank || sameOrder(rank).some((axis) => !perm.includes(axis))) {
        n.fail(`its perm [${perm}] does not fit [${tensor.shape}]`);
      }
      im.spend(tensor.data!.length);
      const bytes = bytesPerElement[tensor.type];
      const { quantization } = tensor;
      return {
        ...first,
        tensor: {
          ...tensor,
          name: n.output,
          shape: perm.map((axis) => tensor.shape[axis]),
          data: permuteElements(tensor.data!, tensor.shape, perm, bytes),
          ...quantization && {
            quantization: { ...quantization, axis: Math.max(0, perm.indexOf(quantization.axis)) },
          },
        },
      };
    }
    case "Reshape":
    case "Flatten":
    case "Squeeze":
    case "Unsqueeze": {
      if (tensor.quantization && tensor.quantization.scale.length > 1) {
        n.fail("it reshapes a constant that has several scales");
      }
      const shape = reshapedDims(im, n, tensor.shape);
      if (elementCount(shape) !== elementCount(tensor.shape)) {
        n.fail(`[${tensor.shape}] cannot be reshaped to [${shape}]`);
      }
      return { ...first, tensor: { ...tensor, name: n.output, shape } };
    }
    case "Concat": {
      const lists = values.map((value) => numbers(n, (value as ConstantValue).tensor));
      return integers(n, lists.flat());
    }
    case "Gather": {
      const list = numbers(n, tensor);
      const { tensor: indices } = im.constant(n, 1);
      const picked = numbers(n, indices).map((i) =>
        list[i < 0 ? i + list.length : i] ?? n.fail(`its index ${i} is not one of ${list.length}`)
      );
      return integers(n, picked, indices.shape);
    }
    case "Slice": {
      const list = numbers(n, tensor);
      const [start] = n.ints("starts") ?? im.ints(n, 1) ?? [0];
      const [end] = n.ints("ends") ?? im.ints(n, 2) ?? [0];
      const [step] = im.ints(n, 4) ?? [1];
      if (step !== 1) n.fail("it slices numbers with a step");
      return integers(n, list.slice(start, end));
    }
    default:
      return undefined;
  }
}

function constantNode(n: ImportNode): ConstantValue {
  const tensor = n.tensor("value");
  if (tensor) return constantOf({ ...tensor, name: n.output });
  const name = n.output;
  const floats = n.node.attributes.get("value_float") ?? n.node.attributes.get("value_floats");
  if (floats?.type === "float" || floats?.type === "floats") {
    const values = [floats.value].flat();
    const shape = floats.type === "float" ? [] : [values.length];
    const data = float32Bytes(values);
    return { kind: "constant", tensor: { name, shape, type: "float32", data }, isReal: false };
  }
  const ints = n.node.attributes.get("value_int") ?? n.node.attributes.get("value_ints");
  if (ints?.type === "int") return integers(n, [ints.value], []);
  if (ints?.type === "ints") return integers(n, [...ints.value]);
  return n.fail("its value is no tensor of numbers");
}

function cast(im: OnnxImporter, n: ImportNode, tensor: Tensor): ConstantValue {
  const to = n.int("to", 0);
  const name = n.output;
  if (to === DataType.float) {
    im.spend(elementCount(tensor.shape) * 4);
    const data = float32Bytes(realValues(tensor));
    const cast = { name, shape: tensor.shape, type: "float32" as const, data };
    return { kind: "constant", tensor: cast, isReal: false };
  }
  if (to !== DataType.int64 && to !== DataType.int32) n.fail(`its type ${to} is not supported`);
  return integers(n, numbers(n, tensor).map(Math.trunc), tensor.shape);
}

function numbers(n: ImportNode, tensor: Tensor): number[] {
  if (elementCount(tensor.shape) > mostNumbers) n.fail("it computes with many constants");
  return storedValues(tensor);
}

function integers(
  n: ImportNode,
  values: readonly number[],
  shape: readonly number[] = [values.length],
): ConstantValue {
  if (values.length > mostNumbers) n.fail("it computes with many constants");
  if (!values.every(Number.isSafeInteger)) {
    n.fail("it computes with constants that are no integers");
  }
  const tensor = { name: n.output, shape, type: "int64" as const, data: int64Bytes(values) };
  return { kind: "constant", tensor, isReal: false };
}
