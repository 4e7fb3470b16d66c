import type { LayersModel } from "@tensorflow/tfjs";
import { loadTf } from "../load_tf.ts";
import type { ArchitectureOptions } from "./architecture_options.ts";
import { LayerMaker } from "./layer_maker.ts";

const INPUTS = 640;
const HIDDEN = [128, 128, 128, 128, 8, 128, 128, 128, 128];

/** Fully connected autoencoder of five frames of 128 mel bands (`ad`): 269,992 weights. */
export async function autoencoder(
  { seed = 0 }: Pick<ArchitectureOptions, "seed"> = {},
): Promise<LayersModel> {
  const make = new LayerMaker(await loadTf(), seed);
  const input = make.input([INPUTS]);
  let x = input;
  for (const units of HIDDEN) x = make.normalizedRelu(make.dense(x, units));
  return make.tf.model({ inputs: input, outputs: make.dense(x, INPUTS) });
}
