import type { Operation, RecordGradient } from "../../plan/graph.ts";
import type { BatchNormalizationSettings } from "../../plan/operations/batch_normalization.ts";
import type { Recorder } from "../../plan/recorder.ts";
import { Value, type Weight } from "../../plan/value.ts";

/** Channels that one part of a call works on: see fold.c. */
export const PART_CHANNELS = 16;

/** Where to put a gradient, as calls take it. */
function gradientOf(recorder: Recorder, value: Value | undefined) {
  const to = value && recorder.addGradient(value);
  return { buffer: to?.buffer ?? null, accumulate: to?.accumulate ?? 0 };
}

/** Weights times gamma / √(variance + epsilon), a channel after the other: batch normalization by its moving averages. */
export class FoldedKernel implements Operation {
  inputs: Value[];
  output: Value;

  constructor(
    readonly name: string,
    kernel: Value,
    readonly settings: BatchNormalizationSettings,
  ) {
    const { gamma } = settings;
    this.inputs = gamma ? [kernel, gamma] : [kernel];
    this.output = new Value(`${name}/folded`, kernel.shape, "model");
  }

  record(recorder: Recorder): RecordGradient {
    const { gamma, movingVariance, epsilon } = this.settings;
    const [kernel] = this.inputs;
    const channels = movingVariance.size;
    const parts = Math.ceil(channels / PART_CHANNELS);
    const common = {
      weights: recorder.data(kernel),
      gamma: gamma ? recorder.data(gamma) : null,
      variance: recorder.data(movingVariance),
      rows: kernel.size / channels,
      channels,
      epsilon,
    };
    recorder.call("prepare", "fold_weights", { ...common, y: recorder.data(this.output) }, parts);
    return () => {
      const dw = gradientOf(recorder, kernel);
      const dgamma = gradientOf(recorder, gamma);
      recorder.call("gather", "fold_weights_gradient", {
        ...common,
        dy: recorder.gradient(this.output),
        dw: dw.buffer,
        dgamma: dgamma.buffer,
        accumulate: dw.accumulate,
        accumulate_gamma: dgamma.accumulate,
      }, parts);
    };
  }
}

/** What a normalized layer adds: beta + (bias − mean) · gamma / √(variance + epsilon). */
export class FoldedBias implements Operation {
  inputs: Value[];
  output: Value;

  constructor(
    readonly name: string,
    readonly bias: Value | undefined,
    readonly settings: BatchNormalizationSettings,
  ) {
    const { gamma, beta, movingMean } = settings;
    this.inputs = [bias, gamma, beta].filter((value) => value !== undefined);
    this.output = new Value(`${name}/folded_bias`, [movingMean.size], "model");
  }

  record(recorder: Recorder): RecordGradient {
    const { gamma, beta, movingMean, movingVariance, epsilon } = this.settings;
    const dataOf = (value: Value | Weight | undefined) => value ? recorder.data(value) : null;
    const common = {
      bias: dataOf(this.bias),
      gamma: dataOf(gamma),
      mean: recorder.data(movingMean),
      variance: recorder.data(movingVariance),
      channels: movingMean.size,
      epsilon,
    };
    recorder.call("prepare", "fold_bias", {
      ...common,
      beta: dataOf(beta),
      y: recorder.data(this.output),
    });
    return () => {
      const dbias = gradientOf(recorder, this.bias);
      const dbeta = gradientOf(recorder, beta);
      const dgamma = gradientOf(recorder, gamma);
      recorder.call("gather", "fold_bias_gradient", {
        ...common,
        dy: recorder.gradient(this.output),
        dbias: dbias.buffer,
        dbeta: dbeta.buffer,
        dgamma: dgamma.buffer,
        accumulate: dbias.accumulate,
        accumulate_beta: dbeta.accumulate,
        accumulate_gamma: dgamma.accumulate,
      });
    };
  }
}
