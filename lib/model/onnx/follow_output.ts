/**
 * What comes after an operator in ONNX and is a part of it in a {@linkcode Graph}: its activation and its quantization.
 *
 * @module
 */
import type { Activation } from "../graph.ts";
import { activationBounds, quantizedBounds } from "./activation_range.ts";
import type { ImportNode } from "./import_node.ts";
import { type QuantizedType, quantizeLinearType } from "./import_quantization.ts";
import type { ActivationValue, OnnxImporter, OutputType } from "./onnx_importer.ts";
import { storedValues } from "../real_values.ts";

/** The end of an operator. */
export interface FollowedOutput {
  activation: Activation;
  /** The operator's output is quantized: it can run on integers. */
  isQuantized: boolean;
  /** For {@linkcode OnnxImporter.emit}. */
  type: OutputType;
  /** What the value's name stands for, once the operator has the output `index`. */
  define(index: number, order: readonly number[]): void;
}

/**
 * Follows the output `name` of a node along nodes that alone read it, as far as they become a part of the operator, and
 * takes those as done.
 */
export function followOutput(
  im: OnnxImporter,
  name: string,
  dims: readonly number[],
  { fusesActivation, inputsAreReal }: {
    /** The operator has an `activation`. */
    fusesActivation: boolean;
    /** All inputs are quantized. */
    inputsAreReal: boolean;
  },
): FollowedOutput {
  const activations: readonly Activation[] = ["relu", "relu6", "relu_n1_to_1"];
  let activation: Activation = "none";
  let quantized: QuantizedType | undefined;
  let last = name;
  for (let next = im.uses.only(last); next; next = im.uses.only(last)) {
    if (next.node.inputs[0] !== last) break;
    const mayClamp = fusesActivation && activation === "none";
    const { opType } = next;
    if (opType === "QuantizeLinear" && inputsAreReal && !quantized) {
      quantized = quantizeLinearType(im, next, dims);
      if (quantized.quantization.scale.length > 1) next.fail("an activation has several scales");
    } else if (mayClamp && (opType === "Clip" || opType === "Relu" && !quantized)) {
      const bounds = clampOf(im, next);
      const found = activations.find((candidate) => {
        const [low, high] = quantized
          ? quantizedBounds(
            candidate,
            "int8",
            quantized.quantization.scale[0],
            quantized.quantization.zeroPoint[0],
          )
          : activationBounds[candidate];
        return low === Math.max(bounds[0], quantized ? -128 : -Infinity) &&
          high === Math.min(bounds[1], quantized ? 127 : Infinity);
      });
      if (!found) break;
      activation = found;
    } else break;
    im.uses.finish(next);
    last = next.output;
  }
  return {
    activation,
    isQuantized: quantized !== undefined,
    type: { name: last, type: quantized?.type, quantization: quantized?.quantization },
    define(index, order) {
      const isUnsigned = quantized?.isUnsigned;
      im.define(last, { kind: "activation", index, order, isReal: false, isUnsigned });
    },
  };
}

/** What a Relu or Clip clamps to; integers that the file has unsigned are told 128 lower. */
export function clampOf(im: OnnxImporter, n: ImportNode): [low: number, high: number] {
  if (n.opType === "Relu") return [0, Infinity];
  const bound = (position: number, attribute: string, absent: number) => {
    // Before version 11 the bounds are attributes; float32's ends stand for "no bound".
    let value = n.float(attribute, absent);
    if (n.input(position) !== undefined) {
      const { tensor } = im.constant(n, position);
      [value] = storedValues(tensor);
      if (tensor.type === "uint8") value -= 128;
    }
    return Math.abs(value) > 3.4e38 ? Math.sign(value) * Infinity : value;
  };
  return [bound(1, "min", -Infinity), bound(2, "max", Infinity)];
}

/** The tensors of an operator's computed inputs: as they are where the operator is quantized, as float32 otherwise. */
export function operands(
  im: OnnxImporter,
  n: ImportNode,
  values: readonly ActivationValue[],
  isQuantized: boolean,
): ActivationValue[] {
  return values.map((value) => isQuantized ? value : im.floats(n, value));
}
