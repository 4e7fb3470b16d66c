/** ONNX files for tests, told node by node. */
import { encodeOnnxModel } from "../../../lib/model/onnx/encode_onnx.ts";
import {
  DataType,
  type OnnxAttribute,
  type OnnxTensor,
} from "../../../lib/model/onnx/onnx_model.ts";

type Numbers = Float32Array | Float64Array | Int8Array | Uint8Array | Int32Array | BigInt64Array;

/** A constant with its dimensions. */
export interface Constant {
  dims: readonly number[];
  values: Numbers;
}

/** An attribute; floats are told from integers by the wrapper. */
export type Attribute =
  | number
  | string
  | readonly number[]
  | { float: number }
  | { tensor: Constant };

/** A node: operator (with its domain before a dot), inputs, outputs, attributes. */
export type Node = readonly [
  string,
  readonly string[],
  readonly string[],
  Record<string, Attribute>?,
];

/** What a file holds. */
export interface OnnxFile {
  opset?: number;
  nodes: readonly Node[];
  constants?: Record<string, Constant>;
  inputs: Record<string, readonly (number | string)[]>;
  outputs: readonly string[];
  inputType?: number;
  outputType?: number;
}

const types = new Map<unknown, number>([
  [Float32Array, DataType.float],
  [Float64Array, DataType.double],
  [Int8Array, DataType.int8],
  [Uint8Array, DataType.uint8],
  [Int32Array, DataType.int32],
  [BigInt64Array, DataType.int64],
]);

function tensor(name: string, { dims, values }: Constant): OnnxTensor {
  const dataType = types.get(values.constructor) as OnnxTensor["dataType"];
  const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { name, dims, dataType, data };
}

function attribute(value: Attribute): OnnxAttribute {
  if (typeof value === "number") return { type: "int", value };
  if (typeof value === "string") return { type: "string", value };
  if ("float" in value) return { type: "float", value: value.float };
  if ("tensor" in value) return { type: "tensor", value: tensor("", value.tensor) };
  return { type: "ints", value };
}

/** A float32 constant. */
export function floatConstant(dims: readonly number[], values: ArrayLike<number>): Constant {
  return { dims, values: Float32Array.from(values) };
}

/** An int64 constant of one dimension. */
export function intConstant(...values: number[]): Constant {
  return { dims: [values.length], values: BigInt64Array.from(values, BigInt) };
}

/** The bytes of the file. */
export function onnxFile(file: OnnxFile): Uint8Array {
  const { opset = 17, inputType = DataType.float, outputType = DataType.float } = file;
  return encodeOnnxModel({
    irVersion: opset > 20 ? 10 : 8,
    producerName: "test",
    docString: "",
    opsets: new Map([["", opset], ["com.microsoft", 1]]),
    graphName: "test",
    nodes: file.nodes.map(([type, inputs, outputs, attributes = {}]) => {
      const dot = type.lastIndexOf(".");
      return {
        name: `${type} of ${outputs[0]}`,
        opType: type.slice(dot + 1),
        domain: type.slice(0, Math.max(0, dot)),
        inputs,
        outputs,
        attributes: new Map(
          Object.entries(attributes).map(([key, value]) => [key, attribute(value)]),
        ),
      };
    }),
    initializers: Object.entries(file.constants ?? {}).map(([name, value]) => tensor(name, value)),
    inputs: Object.entries(file.inputs).map(([name, shape]) => ({
      name,
      dataType: inputType,
      shape,
    })),
    outputs: file.outputs.map((name) => ({ name, dataType: outputType })),
  });
}
