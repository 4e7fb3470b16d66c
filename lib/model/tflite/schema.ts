/**
 * The part of the TFLite schema (version 3) that a {@linkcode Graph} can hold: one table that reader, writer and
 * summary share. Codes and slots: tensorflow/lite/schema/schema.fbs.
 *
 * @module
 */
import type { Activation, OperatorKind, OperatorOptions, Padding, TensorType } from "../graph.ts";

/** How an option is stored: its slot in the options table, its type, and the value that absence means. */
export interface OptionField {
  slot: number;
  type: "padding" | "activation" | "int32" | "float32" | "bool" | "int32s";
  /** For `int32`; 0 where not given. */
  absent?: number;
}

/** How an operator kind is stored. */
export interface OperatorSchema<K extends OperatorKind> {
  /** BuiltinOperator. */
  code: number;
  /** BuiltinOptions union type. */
  optionsType: number;
  /** Options by name. */
  fields: { [N in keyof OperatorOptions[K]]-?: OptionField };
  /** The method of TFLite Micro's MicroMutableOpResolver that registers it. */
  resolver: string;
}

const padding = (slot: number): OptionField => ({ slot, type: "padding" });
const activation = (slot: number): OptionField => ({ slot, type: "activation" });
const int = (slot: number, absent = 0): OptionField => ({ slot, type: "int32", absent });
const bool = (slot: number): OptionField => ({ slot, type: "bool" });

const pool = {
  padding: padding(0),
  strideWidth: int(1),
  strideHeight: int(2),
  filterWidth: int(3),
  filterHeight: int(4),
  activation: activation(5),
};

/** Every kind that a graph can hold. */
export const operatorSchemas: { readonly [K in OperatorKind]: OperatorSchema<K> } = {
  ADD: { code: 0, optionsType: 11, fields: { activation: activation(0) }, resolver: "AddAdd" },
  AVERAGE_POOL_2D: { code: 1, optionsType: 5, fields: pool, resolver: "AddAveragePool2D" },
  CONCATENATION: {
    code: 2,
    optionsType: 10,
    fields: { axis: int(0), activation: activation(1) },
    resolver: "AddConcatenation",
  },
  CONV_2D: {
    code: 3,
    optionsType: 1,
    fields: {
      padding: padding(0),
      strideWidth: int(1),
      strideHeight: int(2),
      activation: activation(3),
      dilationWidth: int(4, 1),
      dilationHeight: int(5, 1),
    },
    resolver: "AddConv2D",
  },
  DEPTHWISE_CONV_2D: {
    code: 4,
    optionsType: 2,
    fields: {
      padding: padding(0),
      strideWidth: int(1),
      strideHeight: int(2),
      depthMultiplier: int(3),
      activation: activation(4),
      dilationWidth: int(5, 1),
      dilationHeight: int(6, 1),
    },
    resolver: "AddDepthwiseConv2D",
  },
  DEQUANTIZE: { code: 6, optionsType: 38, fields: {}, resolver: "AddDequantize" },
  FULLY_CONNECTED: {
    code: 9,
    optionsType: 8,
    fields: { activation: activation(0), keepNumDims: bool(2) },
    resolver: "AddFullyConnected",
  },
  LOGISTIC: { code: 14, optionsType: 0, fields: {}, resolver: "AddLogistic" },
  MAX_POOL_2D: { code: 17, optionsType: 5, fields: pool, resolver: "AddMaxPool2D" },
  MUL: { code: 18, optionsType: 21, fields: { activation: activation(0) }, resolver: "AddMul" },
  RELU: { code: 19, optionsType: 0, fields: {}, resolver: "AddRelu" },
  RELU6: { code: 21, optionsType: 0, fields: {}, resolver: "AddRelu6" },
  RESHAPE: {
    code: 22,
    optionsType: 17,
    fields: { newShape: { slot: 0, type: "int32s" } },
    resolver: "AddReshape",
  },
  SOFTMAX: {
    code: 25,
    optionsType: 9,
    fields: { beta: { slot: 0, type: "float32" } },
    resolver: "AddSoftmax",
  },
  TANH: { code: 28, optionsType: 0, fields: {}, resolver: "AddTanh" },
  PAD: { code: 34, optionsType: 22, fields: {}, resolver: "AddPad" },
  TRANSPOSE: { code: 39, optionsType: 26, fields: {}, resolver: "AddTranspose" },
  MEAN: { code: 40, optionsType: 27, fields: { keepDims: bool(0) }, resolver: "AddMean" },
  SUB: { code: 41, optionsType: 28, fields: { activation: activation(0) }, resolver: "AddSub" },
  STRIDED_SLICE: {
    code: 45,
    optionsType: 32,
    fields: {
      beginMask: int(0),
      endMask: int(1),
      ellipsisMask: int(2),
      newAxisMask: int(3),
      shrinkAxisMask: int(4),
    },
    resolver: "AddStridedSlice",
  },
  SHAPE: { code: 77, optionsType: 55, fields: {}, resolver: "AddShape" },
  PACK: { code: 83, optionsType: 59, fields: { axis: int(1) }, resolver: "AddPack" },
  QUANTIZE: { code: 114, optionsType: 89, fields: {}, resolver: "AddQuantize" },
};

/** The kind of a BuiltinOperator code. */
export const kindOfCode: ReadonlyMap<number, OperatorKind> = new Map(
  Object.entries(operatorSchemas).map(([kind, schema]) => [schema.code, kind as OperatorKind]),
);

/** TensorType codes. */
export const typeCodes: { readonly [T in TensorType]: number } = {
  float32: 0,
  float16: 1,
  int32: 2,
  uint8: 3,
  int64: 4,
  bool: 6,
  int16: 7,
  int8: 9,
};

/** The type of a TensorType code. */
export const typeOfCode: ReadonlyMap<number, TensorType> = new Map(
  Object.entries(typeCodes).map(([type, code]) => [code, type as TensorType]),
);

/** Padding by code. */
export const paddings: readonly Padding[] = ["same", "valid"];

/** ActivationFunctionType by code; 4 (tanh) and 5 (sign bit) are not supported. */
export const activations: readonly Activation[] = ["none", "relu", "relu_n1_to_1", "relu6"];

/** Slots of the tables around the operators' options. */
export const slots = {
  model: { version: 0, operatorCodes: 1, subgraphs: 2, description: 3, buffers: 4 },
  operatorCode: { deprecatedCode: 0, customCode: 1, version: 2, code: 3 },
  buffer: { data: 0, offset: 1 },
  subgraph: { tensors: 0, inputs: 1, outputs: 2, operators: 3, name: 4 },
  tensor: {
    shape: 0,
    type: 1,
    buffer: 2,
    name: 3,
    quantization: 4,
    isVariable: 5,
    sparsity: 6,
    hasRank: 8,
  },
  quantization: { scale: 2, zeroPoint: 3, detailsType: 4, axis: 6 },
  operator: { codeIndex: 0, inputs: 1, outputs: 2, optionsType: 3, options: 4 },
  fullyConnected: { weightsFormat: 1 },
  stridedSlice: { offset: 5 },
} as const;
