import type { Graph } from "../../model/graph.ts";
import { keepsScale, known } from "../quantization/quantize_graph.ts";
import { rangeOf } from "../quantization/range_of.ts";
import type { ValueRange } from "../quantization/ranges.ts";
import type { LayerSettings } from "../quantization/recipe.ts";
import type { QatSettings } from "./qat_settings.ts";

/** The range of an activation of the int8 model. Tensors of one scale have one object. */
export interface ActivationRange {
  /** Name of the weight that holds it: `TENSOR/range`. */
  name: string;
  /** What it is, where it is not for training to find. */
  fixed?: ValueRange;
}

/**
 * Which range each activation has, as `quantizeGraph` has it: by tensor.
 *
 * @param float The float model.
 * @param layers What is done with each of its operators.
 */
export function activationRanges(
  float: Graph,
  layers: readonly LayerSettings[],
  { input }: Pick<QatSettings, "input">,
): Map<number, ActivationRange> {
  const ranges = new Map<number, ActivationRange>();
  const add = (tensor: number, fixed?: ValueRange) =>
    ranges.set(tensor, { name: `${float.tensors[tensor].name}/range`, fixed });
  for (const tensor of float.inputs) add(tensor, input && rangeOf(input));
  float.operators.forEach(({ kind, inputs: [first], outputs: [output] }, index) => {
    if (float.tensors[output].type !== "float32") return;
    const { precision, range } = layers[index];
    const shared = precision === "int8" && keepsScale.has(kind) ? ranges.get(first) : undefined;
    if (shared) {
      ranges.set(output, shared);
      return;
    }
    const fixed = known[kind];
    add(
      output,
      fixed ? rangeOf({ scale: fixed.scale[0], zeroPoint: fixed.zeroPoint[0] }) : range,
    );
  });
  return ranges;
}
