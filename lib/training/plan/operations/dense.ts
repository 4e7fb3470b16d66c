import type { Operation, RecordGradient } from "../graph.ts";
import type { Recorder } from "../recorder.ts";
import type { Value } from "../value.ts";
import { packParts } from "./conv_2d.ts";

/** Rows of a weights' gradient in one part of the call that makes it. */
const GRADIENT_ROWS = 32;

/** A product with a matrix [inputs, outputs], and a bias or none. */
export class Dense implements Operation {
  inputs: Value[];

  constructor(
    readonly name: string,
    x: Value,
    kernel: Value,
    bias: Value | undefined,
    public output: Value,
  ) {
    this.inputs = bias ? [x, kernel, bias] : [x, kernel];
  }

  record(recorder: Recorder): RecordGradient {
    const { memory } = recorder;
    const [x, kernel, bias] = this.inputs as [Value, Value, Value | undefined];
    const [rows, columns] = kernel.shape;
    const itemOffsets = (size: number) =>
      memory.table(
        `items of ${size}`,
        () => Array.from({ length: memory.batchSize }, (_, i) => i * size),
      );
    const packed = recorder.whole(rows * Math.ceil(columns / 8) * 8);
    recorder.call("prepare", "pack_panels", {
      weights: recorder.data(kernel),
      panels: packed,
      rows,
      columns,
    }, packParts(columns));
    recorder.call("forward", "dense", {
      x: recorder.data(x),
      weights: packed,
      bias: bias ? recorder.data(bias) : null,
      y: recorder.data(this.output),
      in: itemOffsets(rows),
      out: itemOffsets(columns),
      rows,
      columns,
      accumulate: 0,
    });
    return () => {
      const dy = recorder.keepGradient(this.output);
      const dw = recorder.addGradient(kernel);
      if (dw?.accumulate) throw new Error(`The matrix of '${this.name}' has two users`);
      if (dw) {
        recorder.call("gather", "dense_filter_gradient", {
          x: recorder.data(x),
          dy,
          dw: dw.buffer,
          in: itemOffsets(rows),
          rows,
          columns,
        }, Math.max(1, Math.ceil(rows / GRADIENT_ROWS)));
      }
      const db = bias && recorder.addGradient(bias);
      if (db) recorder.call("gather", "column_sums", { x: dy, sums: db.buffer, columns });
      const dx = recorder.addGradient(x);
      if (!dx) return;
      const transposed = recorder.whole(columns * Math.ceil(rows / 8) * 8);
      recorder.call("prepare", "pack_transposed", {
        weights: recorder.data(kernel),
        panels: transposed,
        inputs: rows,
        outputs: columns,
        offset: 0,
        kernel_width: 1,
        first_row: 0,
        first_column: 0,
        stride_rows: 1,
        stride_columns: 1,
        tap_rows: 1,
        tap_columns: 1,
      }, packParts(rows));
      recorder.call("backward", "dense", {
        x: dy,
        weights: transposed,
        bias: null,
        y: dx.buffer,
        in: itemOffsets(columns),
        out: itemOffsets(rows),
        rows: columns,
        columns: rows,
        accumulate: dx.accumulate,
      });
    };
  }
}
