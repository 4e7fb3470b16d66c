import type { LayersModel } from "@tensorflow/tfjs";
import { InputError } from "../../errors.ts";
import { loadTf } from "../load_tf.ts";
import { roleOf } from "./lower_layers.ts";
import { copyNamed } from "./named_tensors.ts";
import type { NamedTensor, NamedTensors } from "./training_plan.ts";

/** A model's weights, by the names that plans have for them. */
export function weightsOfModel(model: LayersModel): NamedTensors {
  return new Map(
    model.layers.flatMap((layer) =>
      layer.weights.map((weight) => [`${layer.name}/${roleOf(weight.name)}`, {
        shape: weight.shape.map(Number),
        values: weight.read().dataSync() as Float32Array,
      }])
    ),
  );
}

/**
 * Writes weights into a model with layers of the same names. New tensors take the place of the old: backends of tfjs
 * keep what they made of a tensor.
 *
 * @throws {InputError} The model lacks a weight, has one of another shape, or one that is not given.
 */
export async function writeToModel(
  model: LayersModel,
  weights: ReadonlyMap<string, NamedTensor>,
): Promise<void> {
  const tf = await loadTf();
  const places = new Map(
    [...weightsOfModel(model)].map(([name, { shape, values }]) => [name, {
      shape,
      values: new Float32Array(values.length),
    }]),
  );
  for (const [name, tensor] of weights) copyNamed(name, tensor, places.get(name));
  const missing = [...places.keys()].find((name) => !weights.has(name));
  if (missing !== undefined) {
    throw new InputError(`Cannot write weights into a model as '${missing}' is not among them`, {
      source: missing,
    });
  }
  tf.tidy(() => {
    for (const layer of model.layers) {
      if (layer.weights.length === 0) continue;
      layer.setWeights(layer.weights.map((weight) => {
        const { shape, values } = places.get(`${layer.name}/${roleOf(weight.name)}`)!;
        return tf.tensor(values, [...shape]);
      }));
    }
  });
}
