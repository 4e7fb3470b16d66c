import type { Operation, RecordGradient } from "../../plan/graph.ts";
import type { Recorder } from "../../plan/recorder.ts";
import { Value, type Weight } from "../../plan/value.ts";

/** A bias rounded to a whole number of input steps times weight steps; the gradient passes straight through. */
export class QuantizedBias implements Operation {
  inputs: Value[];
  output: Value;

  /**
   * Makes the operation.
   *
   * @param range Of the layer's input.
   * @param steps Of its weights.
   */
  constructor(
    readonly name: string,
    bias: Value,
    readonly range: Weight,
    readonly steps: Value,
  ) {
    this.inputs = [bias];
    this.output = new Value(`${name}/quantized_bias`, bias.shape, "model");
  }

  record(recorder: Recorder): RecordGradient {
    const [bias] = this.inputs;
    recorder.call("prepare", "quantize_bias", {
      bias: recorder.data(bias),
      range: recorder.data(this.range),
      steps: recorder.data(this.steps),
      y: recorder.data(this.output),
      channels: bias.size,
      per_channel: Number(this.steps.size > 1),
    });
    return () => {
      const to = recorder.addGradient(bias);
      if (!to) return;
      // A sum whose only part is the penalty's gradient, 2 · l2 · weights.
      recorder.call("gather", "reduce", {
        partials: null,
        weights: recorder.gradient(this.output),
        gradient: to.buffer,
        count: bias.size,
        l2: 0.5,
        accumulate: to.accumulate,
      });
    };
  }
}
