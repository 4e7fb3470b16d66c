import type * as Tf from "@tensorflow/tfjs";
import { InputError } from "../../errors.ts";
import { loadTf } from "../load_tf.ts";
import { itemCount, labelValues } from "./batch_values.ts";
import { DivergedError, TrainingError } from "./errors.ts";
import { roleOf } from "./lower_layers.ts";
import { copyNamed } from "./named_tensors.ts";
import {
  checkedRate,
  type Optimizer,
  optimizerOf,
  optimizerSlots,
  stepFactors,
} from "./optimizer.ts";
import type {
  InputValues,
  LabelValues,
  LossResult,
  NamedTensor,
  NamedTensors,
  OptimizerState,
  StepOptions,
  StepResult,
  TrainingPlan,
  TrainingPlanOptions,
} from "./training_plan.ts";
import { writeToModel } from "./write_to_model.ts";

/** A weight of the model, and what the optimiser keeps for it. */
interface TrainedWeight {
  name: string;
  shape: readonly number[];
  variable: Tf.Variable;
  trainable: boolean;
  slots: Float32Array[];
}

/**
 * A plan whose gradients tfjs makes, for layers that the kernels do not know; it is what the kernels are checked
 * against, too. It trains the model itself.
 */
export class TfjsPlan implements TrainingPlan {
  readonly executor = "tfjs";
  readonly #tf: typeof Tf;
  readonly #model: Tf.LayersModel;
  readonly #options: TrainingPlanOptions;
  readonly #optimizer: Optimizer;
  readonly #weights: TrainedWeight[];
  readonly #fromLogits: boolean;
  #step = 0;
  #seed: number;

  private constructor(tf: typeof Tf, model: Tf.LayersModel, options: TrainingPlanOptions) {
    if (model.inputs.length !== 1 || model.outputs.length !== 1) {
      throw new TrainingError(
        `Cannot train a model of ${model.inputs.length} inputs and ${model.outputs.length} outputs`,
      );
    }
    this.#tf = tf;
    this.#model = model;
    this.#options = options;
    this.#optimizer = optimizerOf(options.optimizer ?? { type: "adam" });
    this.#seed = options.seed ?? 0;
    const last = model.outputs[0].sourceLayer;
    this.#fromLogits = last.getClassName() !== "Softmax" &&
      last.getConfig().activation !== "softmax";
    this.#weights = model.layers.flatMap((layer) => {
      const trained = new Set(layer.trainable ? layer.trainableWeights : []);
      return layer.weights.map((weight) => {
        const variable = (weight as unknown as { val: Tf.Variable }).val;
        const trainable = trained.has(weight);
        const slots = trainable ? optimizerSlots[this.#optimizer.type] : [];
        return {
          name: `${layer.name}/${roleOf(weight.name)}`,
          shape: variable.shape,
          variable,
          trainable,
          slots: slots.map(() => new Float32Array(variable.size)),
        };
      });
    });
  }

  /** Loads tfjs. */
  static async build(model: Tf.LayersModel, options: TrainingPlanOptions): Promise<TfjsPlan> {
    return new TfjsPlan(await loadTf(), model, options);
  }

  get stepCount(): number {
    return this.#step;
  }

  // deno-lint-ignore require-await
  async step(x: InputValues, y: LabelValues, options: StepOptions = {}): Promise<StepResult> {
    const before = this.weights();
    const { result, gradients } = this.#gradients(x, y);
    const step = this.#step + 1;
    if (!Number.isFinite(result.loss)) {
      this.setWeights(before);
      throw new DivergedError(step, result.loss);
    }
    const { learningRate = 1e-3 } = this.#options;
    const rate = checkedRate(
      options.learningRate ??
        (typeof learningRate === "number" ? learningRate : learningRate(step)),
    );
    const factors = stepFactors(this.#optimizer, rate, step);
    for (const weight of this.#weights.filter(({ trainable }) => trainable)) {
      const values = weight.variable.dataSync<"float32">().slice();
      this.#update(values, gradients.get(weight.name)!.values, weight.slots, factors);
      this.#assign(weight, values);
    }
    this.#step = step;
    return { step, ...result };
  }

  // deno-lint-ignore require-await
  async gradients(x: InputValues, y: LabelValues) {
    const before = this.weights();
    try {
      return this.#gradients(x, y);
    } finally {
      this.setWeights(before);
    }
  }

  // deno-lint-ignore require-await
  async evaluate(x: InputValues, y: LabelValues): Promise<LossResult> {
    const input = this.#inputSize();
    const { batchSize } = this.#options;
    const items = itemCount(x, input);
    const labels = this.#labels(y, items);
    const output = labels.length / items;
    let loss = 0, correct = 0, penalty = 0;
    for (let first = 0; first < items; first += batchSize) {
      const end = Math.min(first + batchSize, items);
      this.#tf.tidy(() => {
        const outputs = this.#apply(x.subarray(first * input, end * input), false);
        const result = this.#loss(outputs, labels.subarray(first * output, end * output));
        const [sum, right, penalties] = result.map((tensor) => tensor.dataSync()[0]);
        loss += (sum - penalties) * (end - first);
        correct += right;
        penalty = penalties;
      });
    }
    return this.#result(loss / items + penalty, penalty, correct / items);
  }

  // deno-lint-ignore require-await
  async predict(x: InputValues): Promise<Float32Array> {
    const input = this.#inputSize();
    const { batchSize } = this.#options;
    const items = itemCount(x, input);
    const batches: Float32Array[] = [];
    for (let first = 0; first < items; first += batchSize) {
      const batch = x.subarray(first * input, Math.min(first + batchSize, items) * input);
      batches.push(this.#tf.tidy(() => this.#apply(batch, false).dataSync<"float32">().slice()));
    }
    const outputs = new Float32Array(batches.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const batch of batches) {
      outputs.set(batch, at);
      at += batch.length;
    }
    return outputs;
  }

  weights(): NamedTensors {
    return new Map(this.#weights.map(({ name, shape, variable }) => [name, {
      shape,
      values: variable.dataSync<"float32">().slice(),
    }]));
  }

  setWeights(weights: ReadonlyMap<string, NamedTensor>): void {
    const known = new Map(this.#weights.map((weight) => [weight.name, weight]));
    for (const [name, tensor] of weights) {
      const weight = known.get(name);
      const values = new Float32Array(weight?.variable.size ?? 0);
      copyNamed(name, tensor, weight && { shape: weight.shape, values });
      this.#assign(weight!, values);
    }
  }

  optimizerState(): OptimizerState {
    const slots = this.#slots().map(({ name, shape, values }) =>
      [name, { shape, values: values.slice() }] as const
    );
    return { step: this.#step, seed: this.#seed, slots: new Map(slots) };
  }

  setOptimizerState({ step, seed, slots }: OptimizerState): void {
    const known = new Map(this.#slots().map((slot) => [slot.name, slot]));
    for (const [name, tensor] of slots) copyNamed(name, tensor, known.get(name));
    this.#step = step;
    this.#seed = seed;
  }

  async copyTo(model: Tf.LayersModel): Promise<void> {
    if (model !== this.#model) await writeToModel(model, this.weights());
  }

  [Symbol.dispose](): void {}

  #slots() {
    return this.#weights.flatMap(({ name, shape, slots }) =>
      slots.map((values, i) => ({
        name: `${name}/${optimizerSlots[this.#optimizer.type][i]}`,
        shape,
        values,
      }))
    );
  }

  #inputSize(): number {
    return this.#sizeOf(this.#model.inputs[0]);
  }

  #sizeOf({ shape, name }: Tf.SymbolicTensor): number {
    return shape.slice(1).reduce<number>((product, length) => {
      if (length === null) {
        throw new InputError(`Cannot train as '${name}' has a length that is not fixed`, {
          source: name,
        });
      }
      return product * length;
    }, 1);
  }

  #labels(y: LabelValues, items: number): Float32Array {
    return labelValues(y, items, this.#sizeOf(this.#model.outputs[0]), this.#options.loss);
  }

  #apply(x: InputValues, training: boolean): Tf.Tensor {
    const shape = this.#model.inputs[0].shape.slice(1) as number[];
    const inputs = this.#tf.tensor(Float32Array.from(x), [x.length / this.#inputSize(), ...shape]);
    return this.#model.apply(inputs, { training }) as Tf.Tensor;
  }

  /** Loss with penalties, right answers, penalties. */
  #loss(outputs: Tf.Tensor, y: Float32Array): [Tf.Scalar, Tf.Scalar, Tf.Scalar] {
    const tf = this.#tf;
    const labels = tf.tensor(y, outputs.shape);
    let penalty = tf.scalar(0);
    for (const one of this.#model.calculateLosses()) penalty = penalty.add(one);
    if (this.#options.loss === "meanSquaredError") {
      const loss = tf.mean(tf.squaredDifference(labels, outputs)).asScalar();
      return [loss.add(penalty), tf.scalar(0), penalty];
    }
    const logarithms = this.#fromLogits
      ? tf.logSoftmax(outputs)
      : tf.log(tf.clipByValue(outputs, 1e-37, 1));
    const loss = tf.neg(tf.sum(tf.mul(labels, logarithms))).div(outputs.shape[0]).asScalar();
    const right = tf.sum(tf.equal(tf.argMax(outputs, -1), tf.argMax(labels, -1))).asScalar();
    return [loss.add(penalty), right, penalty];
  }

  #gradients(x: InputValues, y: LabelValues): { result: LossResult; gradients: NamedTensors } {
    const items = itemCount(x, this.#inputSize());
    const labels = this.#labels(y, items);
    const trained = this.#weights.filter(({ trainable }) => trainable);
    this.#tf.engine().startScope();
    try {
      let right = 0, penalty = 0;
      const { value, grads } = this.#tf.variableGrads(() => {
        const [loss, correct, penalties] = this.#loss(this.#apply(x, true), labels);
        right = correct.dataSync()[0];
        penalty = penalties.dataSync()[0];
        return loss;
      }, trained.map(({ variable }) => variable));
      return {
        result: this.#result(value.dataSync()[0], penalty, right / items),
        gradients: new Map(trained.map(({ name, shape, variable }) => [name, {
          shape,
          values: grads[variable.name].dataSync<"float32">().slice(),
        }])),
      };
    } finally {
      this.#tf.engine().endScope();
    }
  }

  #result(loss: number, penalty: number, accuracy: number): LossResult {
    const classes = this.#options.loss === "categoricalCrossentropy";
    return { loss, penalty, ...classes ? { accuracy } : {} };
  }

  /** A step of the optimiser, as optimizer.c makes it. */
  #update(
    weights: Float32Array,
    gradient: Float32Array,
    slots: Float32Array[],
    { rate, decay }: { rate: number; decay: number },
  ): void {
    const optimizer = this.#optimizer;
    weights.forEach((weight, i) => {
      const kept = weight * (1 - decay);
      if (optimizer.type === "adam") {
        const { beta1, beta2, epsilon } = optimizer;
        const [m, v] = slots;
        m[i] = m[i] * beta1 + gradient[i] * (1 - beta1);
        v[i] = v[i] * beta2 + gradient[i] ** 2 * (1 - beta2);
        weights[i] = kept - rate * m[i] / (Math.sqrt(v[i]) + epsilon);
      } else {
        const { momentum, nesterov } = optimizer;
        const [velocity] = slots;
        velocity[i] = momentum * velocity[i] - rate * gradient[i];
        weights[i] = kept + (nesterov ? momentum * velocity[i] - rate * gradient[i] : velocity[i]);
      }
    });
  }

  /** Always a new tensor: backends of tfjs keep what they made of one. */
  #assign({ variable, shape }: TrainedWeight, values: Float32Array): void {
    const tensor = this.#tf.tensor(values, [...shape]);
    variable.assign(tensor);
    tensor.dispose();
  }
}
