import type { Operation, RecordGradient } from "../../plan/graph.ts";
import { elementParts, type Recorder } from "../../plan/recorder.ts";
import { Value } from "../../plan/value.ts";
import { greatestWeight } from "../../quantization/ranges.ts";
import type { LayerSettings } from "../../quantization/recipe.ts";
import { PART_CHANNELS } from "./fold_batch_normalization.ts";

/** Weights rounded to few bits and back, as `quantizeWeights` does it; the gradient passes straight through. */
export class QuantizedKernel implements Operation {
  inputs: Value[];
  output: Value;
  /** One for each channel, or for all: known once weights are rounded. */
  readonly steps: Value;

  /**
   * Makes the operation.
   *
   * @param channels Outputs of the layer: the fastest of the kernel's dimensions.
   */
  constructor(
    readonly name: string,
    kernel: Value,
    readonly channels: number,
    readonly settings: Pick<LayerSettings, "weightBits" | "perChannel" | "weightMethod">,
  ) {
    this.inputs = [kernel];
    this.output = new Value(`${name}/quantized`, kernel.shape, "model");
    this.steps = new Value(`${name}/steps`, [settings.perChannel ? channels : 1], "model");
  }

  record(recorder: Recorder): RecordGradient {
    const [kernel] = this.inputs;
    const { channels, settings: { weightBits, perChannel, weightMethod } } = this;
    const common = {
      weights: recorder.data(kernel),
      steps: recorder.data(this.steps),
      rows: kernel.size / channels,
      channels,
      greatest: greatestWeight(weightBits),
      per_channel: Number(perChannel),
    };
    recorder.call("prepare", "quantize_weights", {
      ...common,
      y: recorder.data(this.output),
      least_error: Number(weightMethod === "mse"),
    }, perChannel ? Math.ceil(channels / PART_CHANNELS) : 1);
    return () => {
      const dw = recorder.addGradient(kernel);
      if (!dw) return;
      recorder.call("gather", "quantize_weights_gradient", {
        ...common,
        dy: recorder.gradient(this.output),
        dw: dw.buffer,
        accumulate: dw.accumulate,
      }, elementParts(kernel.size));
    };
  }
}
