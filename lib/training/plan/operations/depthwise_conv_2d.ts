import type { Operation, RecordGradient } from "../graph.ts";
import type { Recorder } from "../recorder.ts";
import type { Value } from "../value.ts";
import {
  forwardTable,
  gradientTable,
  paddedFloats,
  windowOf,
  type WindowSettings,
} from "./window.ts";

/** A convolution of each channel with its own kernel: [height, width, channels, 1], and a bias or none. */
export class DepthwiseConv2D implements Operation {
  inputs: Value[];

  constructor(
    readonly name: string,
    x: Value,
    kernel: Value,
    bias: Value | undefined,
    public output: Value,
    readonly settings: WindowSettings,
  ) {
    this.inputs = bias ? [x, kernel, bias] : [x, kernel];
  }

  record(recorder: Recorder): RecordGradient {
    const { memory } = recorder;
    const [x, kernel, bias] = this.inputs as [Value, Value, Value | undefined];
    const [, kernelWidth, channels] = kernel.shape;
    const window = windowOf(x.shape, kernel.shape, this.settings);
    const { image, phases, table } = forwardTable(memory, window, channels, true);
    recorder.scratch(paddedFloats(image));
    recorder.call("forward", "depthwise", {
      x: recorder.data(x),
      weights: recorder.data(kernel),
      bias: bias ? recorder.data(bias) : null,
      y: recorder.data(this.output),
      table,
      phases,
      x_item: x.size,
      y_item: this.output.size,
      ...image,
      columns: channels,
      accumulate: 0,
    });
    return () => {
      const dy = recorder.gradient(this.output);
      const forKernel = recorder.needsGradient(kernel);
      const forBias = bias !== undefined && recorder.needsGradient(bias);
      if (forKernel || forBias) {
        const dw = recorder.shards(kernel.size);
        const db = forBias ? recorder.shards(channels) : null;
        recorder.call("backward", "depthwise_filter_gradient", {
          x: recorder.data(x),
          dy,
          dw,
          db,
          table,
          weights: kernel.size,
          x_item: x.size,
          dy_item: this.output.size,
          ...image,
          columns: channels,
          strip: 0,
        });
        if (forKernel) recorder.gatherGradient(kernel, dw);
        if (db) recorder.gatherGradient(bias!, db);
      }
      const dx = recorder.addGradient(x);
      if (!dx) return;
      const back = gradientTable(memory, window, channels, {
        depthwise: true,
        skipEmpty: dx.accumulate === 1,
        weightsOf: (taps) => taps * channels,
      });
      recorder.scratch(paddedFloats(back.image));
      const flipped = recorder.whole(Math.max(1, back.weights));
      for (const phase of back.kernels) {
        recorder.call("prepare", "flip_depthwise", {
          weights: recorder.data(kernel),
          flipped,
          channels,
          offset: phase.offset,
          kernel_width: kernelWidth,
          first_row: phase.firstRow,
          first_column: phase.firstColumn,
          stride_rows: window.strideRows,
          stride_columns: window.strideColumns,
          tap_rows: phase.tapRows,
          tap_columns: phase.tapColumns,
        });
      }
      recorder.call("backward", "depthwise", {
        x: dy,
        weights: flipped,
        bias: null,
        y: dx.buffer,
        table: back.table,
        phases: back.phases,
        x_item: this.output.size,
        y_item: x.size,
        ...back.image,
        columns: channels,
        accumulate: dx.accumulate,
      });
    };
  }
}
