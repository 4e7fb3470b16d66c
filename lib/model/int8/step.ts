/**
 * One operator bound to its tensors: what a kernel is made from.
 *
 * @module
 */
import { ModelError } from "../errors.ts";
import type {
  Activation,
  Graph,
  Operator,
  OperatorKind,
  OperatorOptions,
  Tensor,
} from "../graph.ts";
import type { TensorValues } from "../tensor_values.ts";
import type { Rounding } from "./requantize.ts";

/** Makes an operator ready; what it returns computes the output's values from the inputs'. */
export type Kernel<K extends OperatorKind> = (step: Step<K>) => () => void;

/** An operator, its tensors and their values. Accessors throw a {@linkcode ModelError} where a type does not fit. */
export class Step<K extends OperatorKind> {
  readonly options: OperatorOptions[K];
  readonly inputs: readonly (Tensor | undefined)[];
  readonly output: Tensor;
  readonly #operator: Operator;
  readonly #values: readonly (TensorValues | undefined)[];

  constructor(
    graph: Graph,
    readonly index: number,
    values: readonly (TensorValues | undefined)[],
    readonly rounding: Rounding,
  ) {
    this.#operator = graph.operators[index];
    this.#values = values;
    this.options = this.#operator.options as OperatorOptions[K];
    this.inputs = this.#operator.inputs.map((i) => i < 0 ? undefined : graph.tensors[i]);
    this.output = graph.tensors[this.#operator.outputs[0]];
  }

  /** An input that is there by the operator's shape rule. */
  input(position: number): Tensor {
    return this.inputs[position]!;
  }

  /** An input's values, of whatever type. */
  values(position: number): TensorValues {
    return this.#values[this.#operator.inputs[position]]!;
  }

  /** The output's values, of whatever type. */
  outputValues(): TensorValues {
    return this.#values[this.#operator.outputs[0]]!;
  }

  int8(position: number): Int8Array {
    const values = this.values(position);
    if (values instanceof Int8Array) return values;
    throw this.refuse(`its input ${position} is '${this.input(position).type}': expected 'int8'`);
  }

  int8Output(): Int8Array {
    const values = this.outputValues();
    if (values instanceof Int8Array) return values;
    throw this.refuse(`its output is '${this.output.type}': expected 'int8'`);
  }

  /** A bias, zeros where absent. */
  bias(position: number, length: number): Int32Array {
    if (!this.inputs[position]) return new Int32Array(length);
    const values = this.values(position);
    if (values instanceof Int32Array) return values;
    throw this.refuse(`its bias is '${this.input(position).type}': expected 'int32'`);
  }

  /** Scale and zero point of a tensor that has one of each. */
  quantization(tensor: Tensor): { scale: number; zeroPoint: number } {
    const { quantization } = tensor;
    if (quantization?.scale.length !== 1) {
      const count = quantization?.scale.length ?? 0;
      throw this.refuse(`'${tensor.name}' has ${count} scales: expected 1`);
    }
    return { scale: quantization.scale[0], zeroPoint: quantization.zeroPoint[0] };
  }

  /** The scales of weights, one or one each along `axis`. They must be symmetric. */
  weightScales(tensor: Tensor, axis: number): Float32Array {
    const { quantization } = tensor;
    if (!quantization) throw this.refuse(`'${tensor.name}' is not quantized`);
    if (quantization.zeroPoint.some((z) => z !== 0)) {
      throw this.refuse(`'${tensor.name}' has zero points other than 0`);
    }
    if (quantization.scale.length > 1 && quantization.axis !== axis) {
      throw this.refuse(
        `'${tensor.name}' has scales along axis ${quantization.axis}: expected ${axis}`,
      );
    }
    return quantization.scale;
  }

  /** The least and greatest value of the output that a fused activation lets through. */
  activationRange(activation: Activation): [number, number] {
    const { scale, zeroPoint } = this.quantization(this.output);
    const quantized = (real: number) =>
      zeroPoint + roundHalfAway(Math.fround(Math.fround(real) / scale));
    switch (activation) {
      case "none":
        return [-128, 127];
      case "relu":
        return [Math.max(-128, zeroPoint), 127];
      case "relu6":
        return [Math.max(-128, zeroPoint), Math.min(127, quantized(6))];
      case "relu_n1_to_1":
        return [Math.max(-128, quantized(-1)), Math.min(127, quantized(1))];
    }
  }

  /** For operators that only move values: input and output must mean the same by the same byte. */
  checkSameQuantization(): void {
    for (const input of this.inputs) {
      if (input?.type !== "int8") continue;
      const a = this.quantization(input);
      const b = this.quantization(this.output);
      if (a.scale !== b.scale || a.zeroPoint !== b.zeroPoint) {
        throw this.refuse("its input and output differ in scale or zero point");
      }
    }
  }

  /** An error that names the operator. */
  refuse(why: string): ModelError {
    const { index } = this;
    const { kind } = this.#operator;
    return new ModelError(`Cannot run operator ${index} '${kind}' as ${why}`, {
      operator: { index, kind },
    });
  }
}

/** To the nearest integer, halves away from zero: C's round(). */
export function roundHalfAway(x: number): number {
  return x < 0 ? -Math.round(-x) : Math.round(x);
}
