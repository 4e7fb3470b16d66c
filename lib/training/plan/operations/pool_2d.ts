import type { Operation, RecordGradient } from "../graph.ts";
import type { Recorder } from "../recorder.ts";
import type { Value } from "../value.ts";
import { windowArguments, windowOf, type WindowSettings } from "./window.ts";

/** The average or the maximum of each window, of what lies inside the image. */
export class Pool2D implements Operation {
  inputs: Value[];

  constructor(
    readonly name: string,
    readonly kind: "average" | "max",
    x: Value,
    public output: Value,
    readonly windowShape: readonly [number, number],
    readonly settings: WindowSettings,
  ) {
    this.inputs = [x];
  }

  record(recorder: Recorder): RecordGradient {
    const [value] = this.inputs;
    const window = windowArguments(windowOf(value.shape, this.windowShape, this.settings));
    const x = recorder.data(value);
    recorder.call("forward", `${this.kind}_pool`, { x, y: recorder.data(this.output), ...window });
    return () => {
      const dx = recorder.addGradient(value);
      if (!dx) return;
      const dy = recorder.gradient(this.output);
      const common = { dy, dx: dx.buffer, ...window, accumulate: dx.accumulate };
      if (this.kind === "average") recorder.call("backward", "average_pool_gradient", common);
      else recorder.call("backward", "max_pool_gradient", { x, ...common });
    };
  }
}

/** Zeros around images: [[above, below], [left, right]]. */
export class ZeroPadding2D implements Operation {
  inputs: Value[];

  constructor(
    readonly name: string,
    x: Value,
    public output: Value,
    readonly padding: readonly [readonly [number, number], readonly [number, number]],
  ) {
    this.inputs = [x];
  }

  record(recorder: Recorder): RecordGradient {
    const [x] = this.inputs;
    const [height, width, channels] = x.shape;
    const [[top], [left]] = this.padding;
    const [paddedHeight, paddedWidth] = this.output.shape;
    const image = {
      height,
      width,
      channels,
      top,
      left,
      padded_height: paddedHeight,
      padded_width: paddedWidth,
    };
    recorder.call("forward", "pad", {
      x: recorder.data(x),
      y: recorder.data(this.output),
      ...image,
    });
    return () => {
      const dx = recorder.addGradient(x);
      if (!dx) return;
      recorder.call("backward", "crop", {
        x: recorder.gradient(this.output),
        y: dx.buffer,
        ...image,
        accumulate: dx.accumulate,
      });
    };
  }
}
