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

const panels = (columns: number) => Math.ceil(columns / 8) * 8;

/** Panels that one part of a call packs. */
export const packParts = (columns: number) => Math.max(1, Math.ceil(columns / 32));

/** Pixels of a strip: so many that it stays in the cache, see products.c. */
const stripOf = (pixels: number, channels: number) =>
  Math.max(48, Math.min(pixels, Math.floor(4096 / channels)));

/** A convolution of images [height, width, inputs] with a kernel [height, width, inputs, outputs], and a bias or none. */
export class Conv2D implements Operation {
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
    const [kernelHeight, kernelWidth, channels, columns] = kernel.shape;
    const window = windowOf(x.shape, kernel.shape, this.settings);
    const rows = kernelHeight * kernelWidth * channels;
    const { image, phases, table } = forwardTable(memory, window, columns, false);
    recorder.scratch(paddedFloats(image));
    const packed = recorder.whole(rows * panels(columns));
    recorder.call("prepare", "pack_panels", {
      weights: recorder.data(kernel),
      panels: packed,
      rows,
      columns,
    }, packParts(columns));
    recorder.call("forward", "convolve", {
      x: recorder.data(x),
      weights: packed,
      bias: bias ? recorder.data(bias) : null,
      y: recorder.data(this.output),
      table,
      phases,
      x_item: x.size,
      y_item: this.output.size,
      ...image,
      columns,
      accumulate: 0,
    });
    return () => {
      const dy = recorder.gradient(this.output);
      const forKernel = recorder.needsGradient(kernel);
      const forBias = bias !== undefined && recorder.needsGradient(bias);
      if (forKernel || forBias) {
        const dw = recorder.shards(kernel.size);
        const db = forBias ? recorder.shards(columns) : null;
        recorder.call("backward", "convolve_filter_gradient", {
          x: recorder.data(x),
          dy,
          dw,
          db,
          table,
          weights: kernel.size,
          x_item: x.size,
          dy_item: this.output.size,
          ...image,
          columns,
          strip: stripOf(window.outHeight * window.outWidth, Math.max(channels, columns)),
        });
        if (forKernel) recorder.gatherGradient(kernel, dw);
        if (db) recorder.gatherGradient(bias!, db);
      }
      const dx = recorder.addGradient(x);
      if (!dx) return;
      const back = gradientTable(memory, window, columns, {
        depthwise: false,
        skipEmpty: dx.accumulate === 1,
        weightsOf: (taps) => taps * columns * panels(channels),
      });
      recorder.scratch(paddedFloats(back.image));
      const transposed = recorder.whole(Math.max(1, back.weights));
      for (const phase of back.kernels) {
        recorder.call("prepare", "pack_transposed", {
          weights: recorder.data(kernel),
          panels: transposed,
          inputs: channels,
          outputs: columns,
          offset: phase.offset,
          kernel_width: kernelWidth,
          first_row: phase.firstRow,
          first_column: phase.firstColumn,
          stride_rows: window.strideRows,
          stride_columns: window.strideColumns,
          tap_rows: phase.tapRows,
          tap_columns: phase.tapColumns,
        }, packParts(channels));
      }
      recorder.call("backward", "convolve", {
        x: dy,
        weights: transposed,
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
