/**
 * The int8 graph, put together from a float one.
 *
 * @module
 */
import { checkGraph } from "../../model/check_graph.ts";
import type { Graph, Operator, OperatorKind, Quantization, Tensor } from "../../model/graph.ts";
import { roundHalfAway } from "../../model/int8/step.ts";
import { int32Bytes, realValues } from "../../model/real_values.ts";
import { withoutUnusedTensors } from "../../model/without_unused_tensors.ts";
import { quantizeWeights } from "./quantize_weights.ts";
import { activationQuantization, activationStep, type ValueRange } from "./ranges.ts";
import type { LayerSettings } from "./recipe.ts";
import {
  isWeighted,
  outputAxis,
  type WeightedOperator,
  weightLayout,
} from "./weighted_operator.ts";

/** What {@linkcode quantizeGraph} needs to know. */
export interface QuantizeGraphOptions {
  /** Of every activation that is a real number, by tensor. */
  ranges: ReadonlyMap<number, ValueRange>;
  /** Of every operator. */
  settings: readonly LayerSettings[];
  /** What is taken off biases, by operator. */
  shifts?: ReadonlyMap<number, Float64Array>;
  /** What the model takes and gives. [int8] */
  io?: "int8" | "uint8" | "float32";
}

/** Operators that give the values that they are given, or some between them: their output has their input's scale. */
export const keepsScale: ReadonlySet<OperatorKind> = new Set<OperatorKind>([
  "RESHAPE",
  "AVERAGE_POOL_2D",
  "MAX_POOL_2D",
  "PAD",
  "TRANSPOSE",
  "STRIDED_SLICE",
]);

/** Operators whose inputs all need the output's scale. */
const joins: ReadonlySet<OperatorKind> = new Set<OperatorKind>(["CONCATENATION", "PACK"]);

const probabilities = fixed(1 / 256, -128);
/** Ranges that are known, whatever calibration saw; fixed by the TFLite int8 specification. */
export const known: { readonly [K in OperatorKind]?: Quantization } = {
  SOFTMAX: probabilities,
  LOGISTIC: probabilities,
  TANH: fixed(1 / 128, 0),
};

/** No bias of more than this: half of int32, so that sums have room. */
const greatestBias = 2 ** 30;

/**
 * Makes the quantized graph.
 *
 * @param float Folded, in float32.
 * @throws {ModelError} What comes out is not consistent.
 */
export function quantizeGraph(float: Graph, options: QuantizeGraphOptions): Graph {
  return new Assembly(float, options).graph();
}

/** A real activation has up to two forms in the new graph. */
type Form = "int8" | "float32";

class Assembly {
  readonly #float: Graph;
  readonly #options: QuantizeGraphOptions;
  readonly #tensors: Tensor[];
  readonly #operators: Operator[] = [];
  /** By float tensor: where its forms are. */
  readonly #forms = new Map<number, Map<Form, number>>();
  /** By float tensor: scale and zero point of its int8 form. */
  readonly #quantizations = new Map<number, Quantization>();

  constructor(float: Graph, options: QuantizeGraphOptions) {
    this.#float = float;
    this.#options = options;
    this.#tensors = [...float.tensors];
  }

  graph(): Graph {
    const { io = "int8" } = this.#options;
    const inputs = this.#float.inputs.map((input) => this.#input(input, io));
    this.#float.operators.forEach((operator, index) => this.#operator(operator, index));
    const outputs = this.#float.outputs.map((output) => this.#output(output, io));
    const graph = withoutUnusedTensors({
      description: this.#float.description,
      tensors: this.#tensors,
      operators: this.#operators,
      inputs,
      outputs,
    });
    checkGraph(graph);
    return graph;
  }

  #add(tensor: Tensor): number {
    this.#tensors.push(tensor);
    return this.#tensors.length - 1;
  }

  #isReal(tensor: number): boolean {
    return this.#options.ranges.has(tensor);
  }

  #input(input: number, io: "int8" | "uint8" | "float32"): number {
    if (!this.#isReal(input)) return input;
    this.#quantizations.set(input, activationQuantization(this.#options.ranges.get(input)!));
    if (io === "float32") {
      this.#place(input, "float32");
      return input;
    }
    const int8 = this.#place(input, "int8");
    if (io === "int8") return int8;
    const unsigned = this.#add(asUnsigned(this.#tensors[int8]));
    this.#operators.push({ kind: "QUANTIZE", inputs: [unsigned], outputs: [int8], options: {} });
    return unsigned;
  }

  #output(output: number, io: "int8" | "uint8" | "float32"): number {
    if (!this.#isReal(output)) return output;
    if (io === "float32") return this.#form(output, "float32");
    const int8 = this.#form(output, "int8");
    if (io === "int8") return int8;
    const unsigned = this.#add(asUnsigned(this.#tensors[int8]));
    this.#operators.push({ kind: "QUANTIZE", inputs: [int8], outputs: [unsigned], options: {} });
    return unsigned;
  }

  /** Gives the form in which a tensor is computed its place. */
  #place(tensor: number, form: Form): number {
    const place = form === "float32" ? tensor : this.#add({
      ...this.#float.tensors[tensor],
      type: "int8",
      quantization: this.#quantizations.get(tensor)!,
    });
    this.#forms.set(tensor, new Map([[form, place]]));
    return place;
  }

  /** The place of a tensor's form; made from the other one where it is missing. */
  #form(tensor: number, form: Form): number {
    const forms = this.#forms.get(tensor)!;
    const there = forms.get(form);
    if (there !== undefined) return there;
    const float = this.#float.tensors[tensor];
    const [from] = forms.values();
    const to = this.#add(
      form === "int8"
        ? {
          ...float,
          name: `${float.name}/quantized`,
          type: "int8",
          quantization: this.#quantizations.get(tensor)!,
        }
        : { ...float, name: `${float.name}/dequantized` },
    );
    const kind = form === "int8" ? "QUANTIZE" : "DEQUANTIZE";
    this.#operators.push({ kind, inputs: [from], outputs: [to], options: {} });
    forms.set(form, to);
    return to;
  }

  #operator(operator: Operator, index: number): void {
    const { kind, inputs, outputs: [output] } = operator;
    if (!this.#isReal(output)) {
      // Shapes and indices: what they read is the same in either form.
      const read = inputs.map((input) => {
        const forms = this.#forms.get(input);
        return forms ? [...forms.values()][0] : input;
      });
      this.#operators.push({ ...operator, inputs: read } as Operator);
      return;
    }
    const { precision } = this.#options.settings[index];
    const range = this.#options.ranges.get(output)!;
    const [first] = inputs;
    const quantization = precision === "int8" && keepsScale.has(kind) && this.#isReal(first)
      ? this.#quantizations.get(first)!
      : known[kind] ?? activationQuantization(range);
    this.#quantizations.set(output, quantization);
    const read = inputs.map((input) => this.#isReal(input) ? this.#form(input, precision) : input);
    if (precision === "int8") {
      if (isWeighted(operator)) this.#weights(operator, index, read);
      else if (joins.has(kind)) this.#rescale(read, quantization);
      else this.#constants(read);
    }
    const place = this.#place(output, precision);
    this.#operators.push({ ...operator, inputs: read, outputs: [place] } as Operator);
  }

  /** Quantizes weights and bias, and puts their places into `read`. */
  #weights(operator: WeightedOperator, index: number, read: number[]): void {
    const [x, weightIndex, biasIndex = -1] = operator.inputs;
    const weightTensor = this.#float.tensors[weightIndex];
    const settings = this.#options.settings[index];
    const layout = weightLayout(this.#float, operator);
    const inputStep = this.#step(x);
    const shift = this.#options.shifts?.get(index);
    const realBias = biasIndex < 0
      ? shift && new Float64Array(layout.outputs)
      : Float64Array.from(realValues(this.#float.tensors[biasIndex]));
    const bias = realBias?.map((value, o) => value - (shift?.[o] ?? 0));
    const { steps, values } = quantizeWeights(realValues(weightTensor), layout, {
      bits: settings.weightBits,
      perChannel: settings.perChannel,
      method: settings.weightMethod,
      leastSteps: bias?.map((value) => Math.abs(value) / inputStep / greatestBias),
    });
    const axis = outputAxis(operator.kind);
    const zeroPoint = new Int32Array(steps.length);
    read[1] = this.#add({
      ...weightTensor,
      type: "int8",
      quantization: {
        scale: Float32Array.from(steps),
        zeroPoint,
        axis: steps.length > 1 ? axis : 0,
      },
      data: new Uint8Array(values.buffer),
    });
    if (!bias) return;
    const biasSteps = bias.map((_, o) => inputStep * steps[steps.length > 1 ? o : 0]);
    const name = biasIndex < 0 ? `${weightTensor.name}/bias` : this.#float.tensors[biasIndex].name;
    read[2] = this.#add({
      name,
      shape: [layout.outputs],
      type: "int32",
      quantization: {
        scale: Float32Array.from(steps.length > 1 ? biasSteps : biasSteps.subarray(0, 1)),
        zeroPoint: zeroPoint.slice(),
        axis: 0,
      },
      data: int32Bytes(bias.map((value, o) => roundHalfAway(value / biasSteps[o]))),
    });
  }

  /** The input's scale before it was rounded to float32, where it is a range's. */
  #step(tensor: number): number {
    const range = this.#options.ranges.get(tensor);
    const scale = this.#quantizations.get(tensor)!.scale[0];
    const step = range ? activationStep(range).step : scale;
    return Math.fround(step) === scale ? step : scale;
  }

  /** Quantizes constants among the inputs as activations are. */
  #constants(read: number[]): void {
    read.forEach((index, position) => {
      const tensor = this.#tensors[index];
      if (!tensor?.data || tensor.type !== "float32") return;
      const values = realValues(tensor);
      let [min, max] = [0, 0];
      for (const value of values) [min, max] = [Math.min(min, value), Math.max(max, value)];
      const quantization = activationQuantization({ min, max });
      const { step, zeroPoint } = activationStep({ min, max });
      const stored = Int8Array.from(
        values,
        (value) => Math.min(127, Math.max(-128, roundHalfAway(value / step) + zeroPoint)),
      );
      read[position] = this.#add({
        ...tensor,
        type: "int8",
        quantization,
        data: new Uint8Array(stored.buffer),
      });
    });
  }

  /** Brings inputs to one scale, and puts their places into `read`. */
  #rescale(read: number[], quantization: Quantization): void {
    this.#constants(read);
    read.forEach((index, position) => {
      const tensor = this.#tensors[index];
      const own = tensor.quantization;
      if (
        !own || own.scale[0] === quantization.scale[0] &&
          own.zeroPoint[0] === quantization.zeroPoint[0]
      ) return;
      const to = this.#add({
        ...tensor,
        name: `${tensor.name}/rescaled`,
        quantization,
        data: undefined,
      });
      this.#operators.push({ kind: "QUANTIZE", inputs: [index], outputs: [to], options: {} });
      read[position] = to;
    });
  }
}

function fixed(scale: number, zeroPoint: number): Quantization {
  return { scale: Float32Array.of(scale), zeroPoint: Int32Array.of(zeroPoint), axis: 0 };
}

function asUnsigned(tensor: Tensor): Tensor {
  const { scale, zeroPoint, axis } = tensor.quantization!;
  return {
    ...tensor,
    name: `${tensor.name}/uint8`,
    type: "uint8",
    quantization: { scale, zeroPoint: zeroPoint.map((z) => z + 128), axis },
  };
}
