import type { Graph } from "../../model/graph.ts";
import type { DataSet } from "../data/data_set.ts";
import type { LayersModel } from "../load_tf.ts";
import type { NamedTensors } from "../plan/training_plan.ts";
import type { TrainingRun } from "./training_records.ts";
import type { TrainingRecipe } from "./training_recipe.ts";

/** What {@linkcode train} gives. */
export interface TrainedModel {
  /** The model as layers, with the weights that it has now. */
  model: LayersModel;
  /** Its weights. */
  weights: NamedTensors;
  /** The same as a float32 graph: {@linkcode writeTflite} writes it. */
  graph: Graph;
  /** The int8 model, after quantization-aware training. */
  int8?: Graph;
  /** The records, put together. */
  run: TrainingRun;
  /** The recipe, checked. */
  recipe: TrainingRecipe;
  /** What it was trained on. */
  dataSet: DataSet;
}
