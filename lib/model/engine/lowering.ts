import { elementCount, type Graph, type OperatorKind, type Tensor } from "../graph.ts";
import type { Rounding } from "../int8/requantize.ts";
import { Step } from "../int8/step.ts";
import { bytesPerElement, constantValues, type TensorValues } from "../tensor_values.ts";
import type { EngineTarget } from "./layout.ts";
import type { Fields, KernelCall, KernelName, Slot } from "./plan.ts";

/** A plan in the making: slots and calls, collected operator by operator. */
export class Lowering {
  readonly slots: Slot[] = [];
  readonly calls: KernelCall[] = [];
  readonly #slotOf = new Map<number, number>();
  readonly #values: readonly (TensorValues | undefined)[];
  #operator = 0;

  constructor(readonly graph: Graph, readonly target: EngineTarget, readonly rounding: Rounding) {
    this.#values = graph.tensors.map((tensor) =>
      tensor.data && tensor.type !== "int64" && tensor.type !== "float16"
        ? constantValues(tensor)
        : undefined
    );
  }

  /** The operator at `index` with its tensors; calls that follow belong to it. */
  step(index: number): Step<OperatorKind> {
    this.#operator = index;
    return new Step(this.graph, index, this.#values, this.rounding);
  }

  /** A new place for `bytes` bytes. */
  newSlot(bytes: number): number {
    return this.slots.push({ bytes }) - 1;
  }

  /** The place of a tensor. */
  slotOfTensor(index: number): number {
    const known = this.#slotOf.get(index);
    if (known !== undefined) return known;
    const tensor = this.graph.tensors[index];
    const bytes = elementCount(tensor.shape) * bytesPerElement[tensor.type];
    const slot = this.slots.push(tensor.data ? { bytes, data: tensor.data } : { bytes }) - 1;
    this.#slotOf.set(index, slot);
    return slot;
  }

  /** The place of an operator's input, which must be of the type. */
  input(step: Step<OperatorKind>, position: number, type: Tensor["type"] = "int8"): number {
    const tensor = step.input(position);
    if (tensor.type !== type) {
      throw step.refuse(`its input ${position} is '${tensor.type}': expected '${type}'`);
    }
    return this.slotOfTensor(this.graph.operators[step.index].inputs[position]);
  }

  /** The place of an operator's output, which must be of the type. */
  output(step: Step<OperatorKind>, type: Tensor["type"] = "int8"): number {
    if (step.output.type !== type) {
      throw step.refuse(`its output is '${step.output.type}': expected '${type}'`);
    }
    return this.slotOfTensor(this.graph.operators[step.index].outputs[0]);
  }

  /** The values of an operator's weights and bias, which must be constants. */
  weights(step: Step<OperatorKind>, outputs: number): { values: Int8Array; bias: Int32Array } {
    for (const tensor of step.inputs.slice(1)) {
      if (tensor && !tensor.data) throw step.refuse(`'${tensor.name}' is not constant`);
    }
    return { values: step.int8(1), bias: step.bias(2, outputs) };
  }

  /** Makes an operator's output the same bytes as its input. */
  alias(step: Step<OperatorKind>): void {
    const { inputs, outputs } = this.graph.operators[step.index];
    if (this.graph.tensors[inputs[0]].type !== step.output.type) {
      throw step.refuse("its input and output differ in type");
    }
    this.#slotOf.set(outputs[0], this.slotOfTensor(inputs[0]));
  }

  /** Adds a kernel call. */
  call(
    kernel: KernelName,
    params: Fields,
    inputs: readonly number[],
    output: number,
    scratchBytes = 0,
  ): void {
    this.calls.push({ kernel, params, inputs, output, scratchBytes, operator: this.#operator });
  }
}

/** Lowers one operator of a kind. */
export type Lower<K extends OperatorKind> = (step: Step<K>, lowering: Lowering) => void;
