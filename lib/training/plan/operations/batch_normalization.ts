import type { Operation, RecordGradient } from "../graph.ts";
import type { Recorder } from "../recorder.ts";
import type { Value, Weight } from "../value.ts";
import { isLimited, type Limits, unlimited } from "./limits.ts";

/** Weights and settings of a {@linkcode BatchNormalization}. */
export interface BatchNormalizationSettings {
  gamma?: Weight;
  beta?: Weight;
  movingMean: Weight;
  movingVariance: Weight;
  epsilon: number;
  momentum: number;
  /** Whether the moving averages are used in training too, and stay: a frozen layer. */
  frozen: boolean;
  /** Whether the moving variance is that of a sample, as Keras has it for images. */
  sample: boolean;
}

/** Batch normalization over the last axis, and an activation that cuts values off. */
export class BatchNormalization implements Operation {
  inputs: Value[];
  /** Of an activation behind it. */
  limits: Limits = unlimited;

  constructor(
    readonly name: string,
    x: Value,
    public output: Value,
    readonly settings: BatchNormalizationSettings,
  ) {
    const { gamma, beta } = settings;
    this.inputs = [x, ...gamma ? [gamma] : [], ...beta ? [beta] : []];
  }

  record(recorder: Recorder): RecordGradient {
    return recorder.training && !this.settings.frozen
      ? this.#recordTraining(recorder)
      : this.#recordFixed(recorder);
  }

  #recordTraining(recorder: Recorder): RecordGradient {
    const { gamma, beta, movingMean, movingVariance, epsilon, momentum } = this.settings;
    const [x] = this.inputs;
    const channels = x.shape.at(-1)!;
    const common = { pixels: x.size / channels, channels };
    const sums = recorder.shards(2 * channels);
    const saved = recorder.shards(4 * channels);
    const shift = recorder.data(movingMean);
    const y = recorder.data(this.output);
    recorder.call("forward", "batch_norm_sums", { x: recorder.data(x), shift, sums, ...common });
    recorder.call("forward", "batch_norm", {
      x: recorder.data(x),
      y,
      sums,
      shift,
      gamma: gamma ? recorder.data(gamma) : null,
      beta: beta ? recorder.data(beta) : null,
      saved,
      ...common,
      epsilon,
      ...this.limits,
    });
    recorder.call("update", "batch_norm_moving", {
      sums,
      finite: recorder.memory.finite,
      mean: shift,
      variance: recorder.data(movingVariance),
      ...common,
      momentum,
      sample: Number(this.settings.sample),
    });
    return () => {
      const dy = recorder.gradient(this.output);
      const gradientSums = recorder.shards(2 * channels);
      const mask = isLimited(this.limits) ? y : null;
      recorder.call("backward", "batch_norm_gradient_sums", {
        x: recorder.data(x),
        y: mask,
        dy,
        saved,
        sums: gradientSums,
        ...common,
        ...this.limits,
      });
      const dgamma = gamma && recorder.addGradient(gamma);
      const dbeta = beta && recorder.addGradient(beta);
      if (dgamma || dbeta) {
        recorder.call("gather", "batch_norm_parameters", {
          sums: gradientSums,
          saved,
          dgamma: dgamma?.buffer ?? null,
          dbeta: dbeta?.buffer ?? null,
          channels,
        });
      }
      const dx = recorder.addGradient(x);
      if (!dx) return;
      recorder.scratch(3 * channels + 16);
      recorder.call("backward", "batch_norm_gradient", {
        x: recorder.data(x),
        y: mask,
        dy,
        dx: dx.buffer,
        saved,
        sums: gradientSums,
        ...common,
        ...this.limits,
        accumulate: dx.accumulate,
      });
    };
  }

  #recordFixed(recorder: Recorder): RecordGradient {
    const { gamma, beta, movingMean, movingVariance, epsilon } = this.settings;
    const [x] = this.inputs;
    const channels = x.shape.at(-1)!;
    const fixed = {
      gamma: gamma ? recorder.data(gamma) : null,
      beta: beta ? recorder.data(beta) : null,
      mean: recorder.data(movingMean),
      variance: recorder.data(movingVariance),
      pixels: x.size / channels,
      channels,
      epsilon,
      ...this.limits,
    };
    recorder.scratch(2 * channels + 16);
    const y = recorder.data(this.output);
    recorder.call("forward", "batch_norm_fixed", { x: recorder.data(x), y, ...fixed });
    return () => {
      const dx = recorder.addGradient(x);
      if (!dx) return;
      recorder.call("backward", "batch_norm_fixed_gradient", {
        y: isLimited(this.limits) ? y : null,
        dy: recorder.gradient(this.output),
        dx: dx.buffer,
        ...fixed,
        accumulate: dx.accumulate,
      });
    };
  }
}
