/**
 * A float model as quantization wants it.
 *
 * @module
 */
import { dequantizeConstants } from "../../model/dequantize_constants.ts";
import { ModelError } from "../../model/errors.ts";
import type { Graph, Operator, Tensor } from "../../model/graph.ts";
import { float32Bytes, realValues } from "../../model/real_values.ts";
import { isWeighted, type WeightedOperator, weightLayout } from "./weighted_operator.ts";

/**
 * The model with all its weights in float32, and with multiplications and additions by constants (batch normalization
 * that was not folded) made part of the convolution or fully connected layer before them.
 *
 * @throws {ModelError} The model's activations are quantized already.
 */
export function floatGraph(graph: Graph): Graph {
  for (const index of [...graph.inputs, ...graph.operators.flatMap(({ outputs }) => outputs)]) {
    const tensor = graph.tensors[index];
    if (tensor.quantization) {
      throw new ModelError(`Cannot quantize the model as '${tensor.name}' is quantized already`, {
        tensor: { index, name: tensor.name },
        hint: "Quantize the float32 model that it was made from",
      });
    }
  }
  const plain = dequantizeConstants(graph);
  const tensors = plain.tensors.map((tensor): Tensor =>
    tensor.data && (tensor.quantization || tensor.type === "float16")
      ? {
        ...tensor,
        type: "float32",
        quantization: undefined,
        data: float32Bytes(realValues(tensor)),
      }
      : tensor
  );
  return foldAffine({ ...plain, tensors });
}

/** Folds MUL, ADD and SUB by constants, one for each output, into the operator with weights that they follow. */
function foldAffine(graph: Graph): Graph {
  const tensors = [...graph.tensors];
  const operators: Operator[] = [];
  const producers = new Map<number, number>();
  for (const operator of graph.operators) {
    const folded = fold(operator);
    if (!folded) {
      producers.set(operator.outputs[0], operators.length);
      operators.push(operator);
      continue;
    }
    producers.set(operator.outputs[0], folded.at);
    operators[folded.at] = folded.operator;
  }
  return { ...graph, tensors, operators };

  function fold(operator: Operator): { at: number; operator: Operator } | undefined {
    const { kind } = operator;
    if (kind !== "MUL" && kind !== "ADD" && kind !== "SUB") return undefined;
    const second = tensors[operator.inputs[1]].data ? 1 : 0;
    if (kind === "SUB" && second === 0) return undefined;
    const constant = tensors[operator.inputs[second]];
    const before = operator.inputs[1 - second];
    const at = producers.get(before);
    const weighted = at === undefined ? undefined : operators[at];
    if (!constant.data || at === undefined || !weighted || !isWeighted(weighted)) return undefined;
    const uses = graph.operators.filter(({ inputs }) => inputs.includes(before)).length;
    if (weighted.options.activation !== "none" || uses !== 1 || graph.outputs.includes(before)) {
      return undefined;
    }
    const layout = weightLayout({ ...graph, tensors }, weighted);
    const values = realValues(constant);
    const perOutput = constant.shape.at(-1) === layout.outputs && values.length === layout.outputs;
    if (values.length !== 1 && !perOutput) return undefined;
    const at1 = (o: number) => values[values.length === 1 ? 0 : o];
    const biasIndex = weighted.inputs[2] ?? -1;
    const bias = biasIndex < 0 ? new Float32Array(layout.outputs) : realValues(tensors[biasIndex]);
    let weightIndex = weighted.inputs[1];
    if (kind === "MUL") {
      const weights = realValues(tensors[weightIndex]);
      weights.forEach((w, i) => {
        weights[i] = w * at1(Math.floor(i / layout.inner) % layout.outputs);
      });
      bias.forEach((b, o) => bias[o] = b * at1(o));
      weightIndex = add({ ...tensors[weightIndex], data: float32Bytes(weights) });
    } else {
      const sign = kind === "ADD" ? 1 : -1;
      bias.forEach((b, o) => bias[o] = b + sign * at1(o));
    }
    const newBias = add({
      name: biasIndex < 0 ? `${constant.name}/bias` : tensors[biasIndex].name,
      shape: [layout.outputs],
      type: "float32",
      data: float32Bytes(bias),
    });
    return {
      at,
      operator: {
        ...weighted,
        inputs: [weighted.inputs[0], weightIndex, newBias],
        outputs: operator.outputs,
        options: { ...weighted.options, activation: operator.options.activation },
      } as WeightedOperator,
    };
  }

  function add(tensor: Tensor): number {
    tensors.push(tensor);
    return tensors.length - 1;
  }
}
