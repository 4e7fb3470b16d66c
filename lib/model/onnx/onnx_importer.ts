/**
 * The state of a conversion from ONNX to a {@linkcode Graph}: what each value of the file has become, and the tensors and
 * operators so far.
 *
 * @module
 */
import { ModelError } from "../errors.ts";
import {
  elementCount,
  type Graph,
  type Operator,
  type OperatorKind,
  type OperatorOptions,
  type Quantization,
  type Tensor,
} from "../graph.ts";
import { outputShape, ShapeMismatch } from "../output_shape.ts";
import { bytesPerElement } from "../tensor_values.ts";
import type { ImportNode } from "./import_node.ts";
import type { NodeUses } from "./node_uses.ts";
import { permuteElements } from "./permute_elements.ts";
import { float32Bytes, int32Bytes, realValues, storedValues } from "../real_values.ts";

/** A constant: its tensor has the dimensions that ONNX gives it. */
export interface ConstantValue {
  kind: "constant";
  tensor: Tensor;
  /** It stands for real numbers, by its quantization. */
  isReal: boolean;
}

/** What is computed: a tensor of the graph, seen with other axes. */
export interface ActivationValue {
  kind: "activation";
  /** Into the graph's tensors. */
  index: number;
  /** Axis i of the tensor is axis `order[i]` of the value. [0, 2, 3, 1] where channels come last in the tensor. */
  order: readonly number[];
  /** The tensor is quantized, and the value stands for its real numbers. */
  isReal: boolean;
  /** The file has the integers unsigned, 128 higher than the tensor does. */
  isUnsigned?: boolean;
  /** The last axis is a [channels, height, width] block, which the tensor holds as [height, width, channels]. */
  block?: readonly [channels: number, height: number, width: number];
}

/** What a name in the file stands for. */
export type Value = ConstantValue | ActivationValue;

/** Channels after height and width, where ONNX has them before. */
export const channelsLast: readonly number[] = [0, 2, 3, 1];

/** Axes as they come. */
export function sameOrder(rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) => axis);
}

/** How an operator's output is to be stored. */
export interface OutputType {
  /** Of the value in the file. */
  name: string;
  type?: Tensor["type"];
  quantization?: Quantization;
  /** For RESHAPE only, whose shape does not follow from its inputs. */
  shape?: readonly number[];
}

/** Collects a graph. */
export class OnnxImporter {
  readonly tensors: Tensor[] = [];
  readonly operators: Operator[] = [];
  /** Who reads what. */
  readonly uses: NodeUses;
  /** Version of the standard operators. */
  readonly opset: number;
  readonly #values = new Map<string, Value>();
  readonly #producers = new Map<number, Operator>();
  readonly #constants = new Map<ConstantValue, number>();
  readonly #made = new Map<string, number>();
  #bytesLeft: number;

  /** `fileBytes`: constants are those of the file, in wider types at most, which bounds what they take. */
  constructor({ uses, opset, fileBytes }: { uses: NodeUses; opset: number; fileBytes: number }) {
    this.uses = uses;
    this.opset = opset;
    this.#bytesLeft = fileBytes * 16 + 2 ** 20;
  }

  /** Says what a name stands for. Each may be written once. */
  define(name: string, value: Value) {
    if (this.#values.has(name)) {
      throw new ModelError(`Cannot read the ONNX file as value '${name}' is written twice`);
    }
    this.#values.set(name, value);
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** What a name stands for. */
  value(name: string, n: ImportNode): Value {
    return this.#values.get(name) ?? n.fail(`nothing before it writes its input '${name}'`);
  }

  /** What a name stands for; undefined where nothing has written it yet. */
  find(name: string): Value | undefined {
    return this.#values.get(name);
  }

  /** What an input that has to be there stands for. */
  input(n: ImportNode, position: number): Value {
    return this.value(n.required(position), n);
  }

  /** An input that has to be a constant. */
  constant(n: ImportNode, position: number): ConstantValue {
    const value = this.input(n, position);
    if (value.kind === "constant") return value;
    return n.fail(`its input ${position} is not a constant`);
  }

  /** The integers of a constant input; undefined where it is absent. */
  ints(n: ImportNode, position: number): number[] | undefined {
    return n.input(position) === undefined
      ? undefined
      : storedValues(this.constant(n, position).tensor);
  }

  /** An input that has to be computed. */
  activation(n: ImportNode, position: number): ActivationValue {
    const value = this.input(n, position);
    if (value.kind === "activation") return value;
    return n.fail(`its input ${position} is a constant`, "Simplify the model before exporting it");
  }

  /** Dimensions as ONNX has them. */
  dims(value: Value): readonly number[] {
    if (value.kind === "constant") return value.tensor.shape;
    const { shape } = this.tensors[value.index];
    const dims = new Array<number>(shape.length);
    value.order.forEach((axis, i) => dims[axis] = shape[i]);
    return dims;
  }

  /** Adds a tensor. */
  add(tensor: Tensor): number {
    return this.tensors.push(tensor) - 1;
  }

  /** Adds an operator and its output. */
  emit<K extends OperatorKind>(
    n: ImportNode,
    kind: K,
    inputs: readonly number[],
    options: OperatorOptions[K],
    { name, type = "float32", quantization, shape = [] }: OutputType,
  ): number {
    const index = this.add({ name, shape, type });
    const operator = { kind, inputs, outputs: [index], options } as unknown as Operator;
    try {
      const inferred = outputShape(this.#graph(), operator) ?? shape;
      this.tensors[index] = { name, shape: inferred, type, ...quantization && { quantization } };
    } catch (error) {
      if (error instanceof ShapeMismatch) n.fail(error.message);
      throw error;
    }
    this.operators.push(operator);
    this.#producers.set(index, operator);
    return index;
  }

  /** The operator that writes a tensor. */
  producer(index: number): Operator | undefined {
    return this.#producers.get(index);
  }

  #graph(): Graph {
    const { tensors, operators } = this;
    return { description: "", tensors, operators, inputs: [], outputs: [] };
  }

  /** Adds an int32 constant, such as axes. */
  addInts(name: string, values: readonly number[], shape: readonly number[] = [values.length]) {
    const key = `${shape}: ${values}`;
    const index = this.#made.get(key) ?? this.add({
      name: `${name}/${values.join("_")}`,
      shape,
      type: "int32",
      data: int32Bytes(values),
    });
    this.#made.set(key, index);
    return index;
  }

  /**
   * Adds a constant of the file with its axes in another order, as real numbers or as it is stored. The same one is
   * added once. `reshape` gives it other dimensions first.
   */
  addConstant(
    value: ConstantValue,
    { order, real = false, ...as }: {
      order?: readonly number[];
      real?: boolean;
      reshape?: readonly number[];
      quantization?: Quantization;
    } = {},
  ): number {
    const { tensor } = value;
    const { reshape = tensor.shape, quantization = tensor.quantization } = as;
    const axes = order ?? sameOrder(reshape.length);
    let id = this.#constants.get(value);
    if (id === undefined) this.#constants.set(value, id = this.#constants.size);
    const key = `constant ${id} ${axes} ${real} ${reshape} ${quantization?.scale}`;
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const size = real ? 4 : bytesPerElement[tensor.type];
    this.spend(elementCount(tensor.shape) * size);
    const stored = real && tensor.type !== "float32"
      ? float32Bytes(realValues({ ...tensor, shape: reshape, quantization }))
      : tensor.data!;
    const index = this.add({
      name: tensor.name,
      shape: axes.map((axis) => reshape[axis]),
      type: real ? "float32" : tensor.type,
      data: permuteElements(stored, reshape, axes, size),
      ...!real && quantization && {
        quantization: {
          ...quantization,
          axis: quantization.scale.length > 1 ? axes.indexOf(quantization.axis) : 0,
        },
      },
    });
    this.#made.set(key, index);
    return index;
  }

  /** Counts bytes that are about to be made. A file whose nodes all copy one large constant ends here. */
  spend(bytes: number) {
    this.#bytesLeft -= bytes;
    if (this.#bytesLeft < 0) {
      throw new ModelError("Cannot read the ONNX file as its nodes copy its constants too often");
    }
  }

  /** The tensor with its axes in the given order of the value's: moved by an operator where they are in another. */
  inOrder(n: ImportNode, given: ActivationValue, wanted: readonly number[]): number {
    const value = this.unblocked(n, given);
    const { index, order } = value;
    if (order.every((axis, i) => axis === wanted[i])) return index;
    const key = `order ${index} ${order} ${wanted}`;
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const { name, type, quantization } = this.tensors[index];
    const dims = this.dims(value);
    const shape = wanted.map((axis) => dims[axis]);
    const output = { name: `${name}/transposed`, type, quantization, shape };
    const moved = this.keepsElements(value, wanted) ? this.reshape(n, index, output) : this.emit(
      n,
      "TRANSPOSE",
      [index, this.addInts("order", wanted.map((axis) => order.indexOf(axis)))],
      {},
      output,
    );
    this.#made.set(key, moved);
    return moved;
  }

  /** The elements come in the same sequence in another order of the axes: only axes of size 1 move. */
  keepsElements(value: ActivationValue, wanted: readonly number[]): boolean {
    const dims = this.dims(value);
    const large = (order: readonly number[]) => order.filter((axis) => dims[axis] !== 1).join();
    return large(value.order) === large(wanted);
  }

  /** The tensor with the value's axes in sequence. */
  inSequence(n: ImportNode, value: ActivationValue): number {
    return this.inOrder(n, value, sameOrder(value.order.length));
  }

  /** The tensor with channels last. The value has to be [n, c, h, w]. */
  spatial(n: ImportNode, value: ActivationValue): number {
    if (value.order.length !== 4) {
      n.fail(`its input has ${value.order.length} dimensions: expected [n, c, h, w]`);
    }
    return this.inOrder(n, value, channelsLast);
  }

  /** The value without a block in another sequence. */
  unblocked(n: ImportNode, value: ActivationValue): ActivationValue {
    if (!value.block) return value;
    const { name, type, quantization, shape } = this.tensors[value.index];
    const [channels, height, width] = value.block;
    const { block: _, ...rest } = value;
    const image = this.reshape(n, value.index, {
      name: `${name}/image`,
      type,
      quantization,
      shape: [shape[0], height, width, channels],
    });
    const planar = this.inSequence(n, { ...rest, index: image, order: channelsLast });
    const index = this.reshape(n, planar, { name: `${name}/flat`, type, quantization, shape });
    return { ...rest, index };
  }

  /** Adds a RESHAPE. */
  reshape(n: ImportNode, index: number, output: OutputType & { shape: readonly number[] }): number {
    const from = this.tensors[index].shape;
    if (elementCount(from) !== elementCount(output.shape)) {
      n.fail(`[${from}] cannot be reshaped to [${output.shape}]`);
    }
    const shape = this.addInts("shape", output.shape);
    return this.emit(n, "RESHAPE", [index, shape], { newShape: output.shape }, output);
  }

  /** The tensor as float32: dequantized by an operator where the value only stands for real numbers. */
  floats(n: ImportNode, value: ActivationValue): ActivationValue {
    const { name, type } = this.tensors[value.index];
    if (!value.isReal) return type === "float32" ? value : n.fail(`'${name}' holds integers`);
    const key = `float ${value.index}`;
    const index = this.#made.get(key) ??
      this.emit(n, "DEQUANTIZE", [value.index], {}, { name: `${name}/real` });
    this.#made.set(key, index);
    return { ...value, index, isReal: false };
  }
}
