/**
 * The parts of an ONNX file that a model for small devices has, as plain data.
 * Numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 *
 * @module
 */

/** TensorProto.DataType, as far as it is taken. */
export const DataType = {
  float: 1,
  uint8: 2,
  int8: 3,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  double: 11,
} as const;

/** One of {@linkcode DataType}. */
export type DataType = typeof DataType[keyof typeof DataType];

/** A constant. */
export interface OnnxTensor {
  name: string;
  dims: readonly number[];
  dataType: DataType;
  /** Little-endian elements, whichever way the file stored them. */
  data: Uint8Array;
}

/** An attribute's value with its type. `other` stands for what is not decoded: graphs, types, sparse tensors. */
export type OnnxAttribute =
  | { type: "float"; value: number }
  | { type: "int"; value: number }
  | { type: "floats"; value: readonly number[] }
  | { type: "ints"; value: readonly number[] }
  | { type: "string"; value: string }
  | { type: "tensor"; value: OnnxTensor }
  | { type: "other" };

/** One step of the graph. */
export interface OnnxNode {
  /** May be empty. */
  name: string;
  opType: string;
  /** Empty for the standard operators. */
  domain: string;
  /** Value names; empty where an optional input is absent. */
  inputs: readonly string[];
  outputs: readonly string[];
  attributes: ReadonlyMap<string, OnnxAttribute>;
}

/** An input or output of the graph. */
export interface OnnxValueInfo {
  name: string;
  dataType: number;
  /** A string or `undefined` for a dimension that the file leaves open; undefined where there is no shape. */
  shape?: readonly (number | string | undefined)[];
}

/** A file. */
export interface OnnxModel {
  /** Of the format: https://onnx.ai/onnx/repo-docs/Versioning.html */
  irVersion: number;
  producerName: string;
  docString: string;
  /** Version of the operators by domain. */
  opsets: ReadonlyMap<string, number>;
  graphName: string;
  nodes: readonly OnnxNode[];
  initializers: readonly OnnxTensor[];
  inputs: readonly OnnxValueInfo[];
  outputs: readonly OnnxValueInfo[];
}

/** Bytes an element of a {@linkcode DataType} takes; undefined for one that is not taken. */
export function elementSize(dataType: number): number | undefined {
  switch (dataType) {
    case DataType.uint8:
    case DataType.int8:
    case DataType.bool:
      return 1;
    case DataType.int16:
    case DataType.float16:
      return 2;
    case DataType.float:
    case DataType.int32:
      return 4;
    case DataType.int64:
    case DataType.double:
      return 8;
  }
}

/** AttributeProto.AttributeType. */
export const AttributeType = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  floats: 6,
  ints: 7,
} as const;
