/**
 * The state of a conversion from a {@linkcode Graph} to ONNX: nodes, constants, and under which names, in which layouts,
 * each tensor can be had.
 *
 * @module
 */
import { ModelError } from "../errors.ts";
import type { Activation, Graph, Quantization, Tensor, TensorType } from "../graph.ts";
import { bytesPerElement } from "../tensor_values.ts";
import { activationBounds, quantizedBounds } from "./activation_range.ts";
import { DataType, type OnnxAttribute, type OnnxNode, type OnnxTensor } from "./onnx_model.ts";
import { permuteElements } from "./permute_elements.ts";
import { float32Bytes, int32Bytes, int64Bytes, realValues, storedValues } from "../real_values.ts";

/**
 * How numbers are written. `float`: plain float32, what is quantized is dequantized. `qdq`: float operators between
 * QuantizeLinear and DequantizeLinear. `qlinear`: operators on integers (QLinearConv, …).
 */
export type OnnxForm = "float" | "qdq" | "qlinear";

/** `plain`: dimensions as the graph has them (NHWC). `planar`: channels before height and width (NCHW). */
export type Layout = "plain" | "planar";

/** Axis i of a planar tensor is this axis of the plain one. */
export const planarOrder: readonly number[] = [0, 3, 1, 2];
const plainOrder: readonly number[] = [0, 2, 3, 1];

const dataTypes: { readonly [T in TensorType]: DataType } = {
  float32: DataType.float,
  float16: DataType.float16,
  int8: DataType.int8,
  uint8: DataType.uint8,
  int16: DataType.int16,
  int32: DataType.int32,
  int64: DataType.int64,
  bool: DataType.bool,
};

/** Attribute values as they are given to {@linkcode OnnxBuilder.node}; a float needs the wrapper. */
export type AttributeInput = number | readonly number[] | string | { float: number };

/** Collects an ONNX graph. Transposes appear only where a tensor is asked for in a layout that it is not in yet. */
export class OnnxBuilder {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxTensor[] = [];
  /** The graph holds an operator of the com.microsoft domain. */
  usesContrib = false;
  readonly #names = new Set<string>();
  readonly #base: string[];
  readonly #held = new Map<string, string>();

  constructor(
    readonly graph: Graph,
    readonly form: OnnxForm,
    /** Write open sizes for the first dimension of every activation. */
    readonly dynamicBatch: boolean,
    /** Quantize what meets int8 weights at run time, as TFLite does. */
    readonly dynamicRange: boolean,
  ) {
    this.#base = graph.tensors.map((tensor, i) => this.unique(tensor.name || `tensor_${i}`));
  }

  /** A value name that nothing else has. */
  unique(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.#names.has(name); i++) name = `${wanted}_${i}`;
    this.#names.add(name);
    return name;
  }

  tensor(index: number): Tensor {
    return this.graph.tensors[index];
  }

  /** The tensor's own name: that of its plain form. */
  baseName(index: number): string {
    return this.#base[index];
  }

  /** The tensor stays quantized in this form. */
  isQuantized(index: number): boolean {
    const { quantization, type } = this.tensor(index);
    if (this.form === "float" || !quantization) return false;
    if (type === "int16") {
      throw new ModelError(
        `Cannot write tensor '${this.tensor(index).name}' to ONNX as it is quantized to 16 bits`,
        { tensor: { index, name: this.tensor(index).name }, hint: "Write the form 'float'" },
      );
    }
    return type === "int8" || type === "uint8";
  }

  /** The element type that the tensor has in this form. */
  dataType(index: number): DataType {
    const { type, quantization, data } = this.tensor(index);
    const real = quantization && this.form === "float" && !data;
    return real || type === "float16" ? DataType.float : dataTypes[type];
  }

  /** The shape to declare or to reshape to; −1 for an open batch. */
  shape(index: number): number[] {
    const { shape, data } = this.tensor(index);
    return this.dynamicBatch && !data && shape.length > 0 ? [-1, ...shape.slice(1)] : [...shape];
  }

  /** Adds a node with one output, on the way to the given tensor, and returns that output's name. */
  node(
    opType: string,
    inputs: readonly string[],
    attributes: Record<string, AttributeInput>,
    index: number,
    domain = "",
  ): string {
    const output = this.unique(`${this.#base[index]}/${opType}`);
    if (domain) this.usesContrib = true;
    const entries = Object.entries(attributes).map(([key, value]): [string, OnnxAttribute] => {
      if (typeof value === "number") return [key, { type: "int", value }];
      if (typeof value === "string") return [key, { type: "string", value }];
      if ("float" in value) return [key, { type: "float", value: value.float }];
      return [key, { type: "ints", value }];
    });
    this.nodes.push({
      name: output,
      opType,
      domain,
      inputs,
      outputs: [output],
      attributes: new Map(entries),
    });
    return output;
  }

  /** Adds a constant. */
  constant(wanted: string, type: TensorType, dims: readonly number[], data: Uint8Array): string {
    return this.#cached(`constant ${type} ${wanted}`, () => {
      const name = this.unique(wanted);
      this.initializers.push({ name, dims, dataType: dataTypes[type], data });
      return name;
    });
  }

  /** Adds integers as ONNX takes them for shapes and axes; the same values make one constant. */
  ints(values: readonly number[]): string {
    return this.constant(`ints_${values.join("_")}`, "int64", [values.length], int64Bytes(values));
  }

  /** Adds a float32 scalar; the same value makes one constant. */
  float(value: number): string {
    return this.constant(`float_${value}`, "float32", [], float32Bytes([value]));
  }

  /** The integers of a constant tensor of the graph, such as axes. */
  constantInts(index: number): number[] {
    return storedValues(this.tensor(index));
  }

  /** Scale and zero point of a quantized tensor as two constants. */
  scaleAndZeroPoint(index: number): [string, string] {
    const { quantization, type } = this.tensor(index);
    return this.#quantizationConstants(this.#base[index], quantization!, type);
  }

  #quantizationConstants(base: string, quantization: Quantization, type: TensorType) {
    const { scale, zeroPoint } = quantization;
    const zeroPointBytes = type === "int32" ? int32Bytes(zeroPoint) : new Uint8Array(zeroPoint);
    const dims = scale.length === 1 ? [] : [scale.length];
    return [
      this.constant(`${base}/scale`, "float32", dims, float32Bytes(scale)),
      this.constant(`${base}/zero_point`, type, dims, zeroPointBytes),
    ] as [string, string];
  }

  /** Name of a constant of the graph with its axes in the given order, in the type it is stored in. */
  weights(index: number, order?: readonly number[]): string {
    const { shape, type, data } = this.tensor(index);
    if (!data) {
      const { name } = this.tensor(index);
      throw new ModelError(`Cannot write tensor '${name}' to ONNX as it is not a constant`, {
        tensor: { index, name },
        hint: "Weights and biases must be constants",
      });
    }
    const axes = order ?? shape.map((_, i) => i);
    return this.#cached(`weights ${index} ${axes}`, () => {
      const name = this.unique(this.#base[index] + (order ? "/planar" : "/constant"));
      const dims = axes.map((axis) => shape[axis]);
      const elements = permuteElements(data, shape, axes, bytesPerElement[type]);
      this.initializers.push({ name, dims, dataType: dataTypes[type], data: elements });
      return name;
    });
  }

  /** Name of a constant of the graph as real numbers: computed at once, or by a node where `stored` says so. */
  realWeights(
    index: number,
    { order, stored = this.form !== "float", quantization = this.tensor(index).quantization }: {
      order?: readonly number[];
      stored?: boolean;
      quantization?: Quantization;
    } = {},
  ): string {
    const tensor = this.tensor(index);
    if (tensor.type === "float32") return this.weights(index, order);
    const axes = order ?? tensor.shape.map((_, i) => i);
    return this.#cached(`real weights ${index} ${axes} ${stored}`, () => {
      const base = this.#base[index];
      if (!quantization || !stored) {
        const values = float32Bytes(realValues({ ...tensor, quantization }));
        const dims = axes.map((axis) => tensor.shape[axis]);
        const data = permuteElements(values, tensor.shape, axes, 4);
        return this.constant(`${base}/real${order ? "_planar" : ""}`, "float32", dims, data);
      }
      const pair = this.#quantizationConstants(base, quantization, tensor.type);
      // A zero point of int32 elements is always 0 and may be left out.
      const parameters = tensor.type === "int32" ? pair.slice(0, 1) : pair;
      const inputs = [this.weights(index, order), ...parameters];
      const axis = axes.indexOf(quantization.axis);
      const attributes = quantization.scale.length > 1 ? { axis } : undefined;
      return this.node("DequantizeLinear", inputs, attributes ?? {}, index);
    });
  }

  /** Which layout costs no Transpose; plain where both are there. */
  layoutOf(index: number): Layout {
    return !this.#held.has(`plain ${index}`) && this.#held.has(`planar ${index}`)
      ? "planar"
      : "plain";
  }

  /** Name of the tensor in the type it is stored in. */
  value(index: number, layout: Layout): string {
    if (this.tensor(index).data) {
      return this.weights(index, layout === "planar" ? planarOrder : undefined);
    }
    const other = layout === "plain" ? "planar" : "plain";
    return this.#cached(`${layout} ${index}`, () => {
      const held = this.#held.get(`${other} ${index}`);
      if (held === undefined) {
        const { name } = this.tensor(index);
        throw new ModelError(`Cannot write tensor '${name}' to ONNX as nothing writes it`, {
          tensor: { index, name },
        });
      }
      const perm = layout === "planar" ? planarOrder : plainOrder;
      return this.node("Transpose", [held], { perm }, index);
    });
  }

  /** Name of the tensor as real numbers. */
  real(index: number, layout: Layout): string {
    if (this.tensor(index).data) {
      return this.realWeights(index, layout === "planar" ? { order: planarOrder } : {});
    }
    const value = this.value(index, layout);
    return this.#cached(`real ${layout} ${index} ${value}`, () => this.dequantized(index, value));
  }

  /** Name of the real numbers in `name`, which holds the elements of the tensor. */
  dequantized(index: number, name: string): string {
    if (!this.isQuantized(index)) return name;
    const inputs = [name, ...this.scaleAndZeroPoint(index)];
    return this.node("DequantizeLinear", inputs, {}, index);
  }

  /** Says that `name` holds the tensor in the type it is stored in. */
  put(index: number, layout: Layout, name: string) {
    this.#held.set(`${layout} ${index}`, name);
  }

  /** Says that `name` holds the tensor as real numbers, before its activation; quantizes where this form does. */
  putReal(index: number, layout: Layout, name: string, activation: Activation = "none") {
    let real = name;
    if (activation === "relu") real = this.node("Relu", [name], {}, index);
    else if (activation !== "none") {
      const [low, high] = activationBounds[activation];
      real = this.node("Clip", [name, this.float(low), this.float(high)], {}, index);
    }
    if (this.isQuantized(index)) {
      real = this.node("QuantizeLinear", [real, ...this.scaleAndZeroPoint(index)], {}, index);
    }
    this.put(index, layout, real);
  }

  /** Says that `name` holds the tensor in the integers it is stored in, before its activation. */
  putClamped(index: number, layout: Layout, name: string, activation: Activation) {
    const { quantization, type } = this.tensor(index);
    const [scale] = quantization!.scale, [zeroPoint] = quantization!.zeroPoint;
    const integer = type === "uint8" ? "uint8" : "int8";
    const [min, max] = quantizedBounds(activation, integer, scale, zeroPoint);
    const [least, most] = quantizedBounds("none", integer, scale, zeroPoint);
    // The range of the type does the work of most activations.
    if (min === least && max === most) return this.put(index, layout, name);
    const bound = (value: number) =>
      this.constant(`${integer}_${value}`, integer, [], new Uint8Array([value]));
    const clip = this.node("Clip", [name, bound(min), bound(max)], {}, index);
    this.put(index, layout, clip);
  }

  /**
   * The nodes, with each value that holds a tensor named after it. The given tensors are to be had in their plain form.
   */
  finish(outputs: readonly number[]): OnnxNode[] {
    const made = new Set(this.nodes.flatMap((node) => node.outputs));
    const renamed = new Map<string, string>();
    for (const index of outputs) {
      const name = this.value(index, "plain");
      if (name === this.#base[index]) continue;
      if (!made.has(name) || renamed.has(name)) {
        // An input, a constant, or another output under its own name.
        this.nodes.push({
          name: this.#base[index],
          opType: "Identity",
          domain: "",
          inputs: [name],
          outputs: [this.#base[index]],
          attributes: new Map(),
        });
      } else renamed.set(name, this.#base[index]);
    }
    const taken = new Set([...this.graph.inputs, ...outputs]);
    this.graph.tensors.forEach((_, index) => {
      const name = this.#held.get(`${this.layoutOf(index)} ${index}`);
      if (name === undefined || taken.has(index) || !made.has(name) || renamed.has(name)) return;
      renamed.set(name, this.#base[index]);
    });
    const rename = (name: string) => renamed.get(name) ?? name;
    return this.nodes.map((node) => ({
      ...node,
      name: rename(node.name),
      inputs: node.inputs.map(rename),
      outputs: node.outputs.map(rename),
    }));
  }

  #cached(key: string, make: () => string): string {
    const known = this.#held.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.#held.set(key, made);
    return made;
  }
}
