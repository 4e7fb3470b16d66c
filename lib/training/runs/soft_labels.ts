import type { Graph } from "../../model/graph.ts";
import { FloatExecutor } from "../../model/float/float_executor.ts";
import { InputError } from "../../errors.ts";
import { loadModel } from "../../model/load_model.ts";
import type { TrainingRecipe } from "./training_recipe.ts";

/**
 * Labels as probabilities: of the class itself, weighted by class, mixed with what a teacher says of the input
 * (Hinton, Vinyals and Dean, 2015, without the temperature on the learner's side).
 */
export class SoftLabels implements AsyncDisposable {
  private constructor(
    readonly classes: number,
    readonly classWeights: readonly number[] | undefined,
    readonly teacher?: { executor: FloatExecutor; share: number; temperature: number },
  ) {}

  /** The labels of a recipe; undefined where numbers of classes will do. */
  static async open(recipe: TrainingRecipe, classes: number): Promise<SoftLabels | undefined> {
    const { teacher, classWeights } = recipe;
    if (classWeights && classWeights.length !== classes) {
      throw new InputError(
        `Cannot take ${classWeights.length} class weights: there are ${classes} classes`,
        { source: "classWeights" },
      );
    }
    if (!teacher) return classWeights ? new SoftLabels(classes, classWeights) : undefined;
    const graph: Graph = await loadModel(teacher.model);
    const executor = await FloatExecutor.create(graph);
    const outputs = executor.outputs[0].shape.at(-1);
    if (outputs !== classes) {
      throw new InputError(
        `Cannot learn from '${teacher.model}' of ${outputs} outputs: there are ${classes} classes`,
        { source: teacher.model },
      );
    }
    const { share = 0.7, temperature = 2 } = teacher;
    return new SoftLabels(classes, classWeights, { executor, share, temperature });
  }

  /** Labels of some inputs. */
  async of(x: Float32Array, labels: Uint8Array): Promise<Float32Array> {
    const { classes, classWeights } = this;
    const values = new Float32Array(labels.length * classes);
    labels.forEach((label, i) => values[i * classes + label] = 1);
    if (this.teacher) {
      const { executor, share, temperature } = this.teacher;
      const [said] = await executor.run(x);
      for (let first = 0; first < values.length; first += classes) {
        const row = said.subarray(first, first + classes).map((p) =>
          Math.max(p, 1e-9) ** (1 / temperature)
        );
        const total = row.reduce((sum, value) => sum + value, 0);
        row.forEach((value, c) =>
          values[first + c] = (1 - share) * values[first + c] + share * value / total
        );
      }
    }
    if (classWeights) {
      labels.forEach((label, i) => {
        for (let c = 0; c < classes; c++) values[i * classes + c] *= classWeights[label];
      });
    }
    return values;
  }

  /** Frees the teacher. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.teacher?.executor[Symbol.asyncDispose]();
  }
}
