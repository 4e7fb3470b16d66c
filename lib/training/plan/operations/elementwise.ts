import type { Operation, RecordGradient } from "../graph.ts";
import type { Recorder } from "../recorder.ts";
import type { Value } from "../value.ts";
import { isLimited, type Limits, unlimited } from "./limits.ts";

/** Cuts values to limits: relu, relu6. */
export class Clamp implements Operation {
  inputs: Value[];

  constructor(
    readonly name: string,
    x: Value,
    public output: Value,
    readonly limits: Limits,
  ) {
    this.inputs = [x];
  }

  record(recorder: Recorder): RecordGradient {
    const [x] = this.inputs;
    const y = recorder.data(this.output);
    const { size } = x;
    recorder.call("forward", "clamp", { x: recorder.data(x), y, size, ...this.limits });
    return () => {
      const dx = recorder.addGradient(x);
      if (!dx) return;
      recorder.call("backward", "clamp_gradient", {
        y,
        dy: recorder.gradient(this.output),
        dx: dx.buffer,
        size,
        ...this.limits,
        accumulate: dx.accumulate,
      });
    };
  }
}

/** The sum of two values of one shape, and an activation that cuts values off. */
export class Add implements Operation {
  inputs: Value[];
  /** Of an activation behind it. */
  limits: Limits = unlimited;

  constructor(readonly name: string, a: Value, b: Value, public output: Value) {
    this.inputs = [a, b];
  }

  record(recorder: Recorder): RecordGradient {
    const [a, b] = this.inputs;
    const y = recorder.data(this.output);
    const { size } = this.output;
    recorder.call("forward", "add_clamped", {
      a: recorder.data(a),
      b: recorder.data(b),
      y,
      size,
      ...this.limits,
    });
    return () => {
      let dy = recorder.gradient(this.output);
      if (isLimited(this.limits)) {
        const dx = recorder.changedGradient(this.output);
        recorder.call("backward", "clamp_gradient", {
          y,
          dy,
          dx,
          size,
          ...this.limits,
          accumulate: 0,
        });
        dy = dx;
      }
      recorder.passGradient(dy, this.output, this.inputs);
    };
  }
}

/** The same elements in another shape. */
export class Reshape implements Operation {
  inputs: Value[];

  constructor(readonly name: string, x: Value, public output: Value) {
    this.inputs = [x];
  }

  record(recorder: Recorder): RecordGradient {
    recorder.place(this.output, recorder.data(this.inputs[0]));
    return () => recorder.passGradient(recorder.gradient(this.output), this.output, this.inputs);
  }
}

/** Sets a share of the values to zero in training, others in each step, and scales the rest. */
export class Dropout implements Operation {
  inputs: Value[];

  /**
   * Makes the operation.
   *
   * @param salt Sets it apart from others of the same graph.
   */
  constructor(
    readonly name: string,
    x: Value,
    public output: Value,
    readonly rate: number,
    readonly salt: number,
  ) {
    this.inputs = [x];
  }

  record(recorder: Recorder): RecordGradient | void {
    const [x] = this.inputs;
    if (!recorder.training || this.rate === 0) {
      recorder.place(this.output, recorder.data(x));
      return () => recorder.passGradient(recorder.gradient(this.output), this.output, this.inputs);
    }
    const common = { size: x.size, rate: this.rate, salt: this.salt };
    recorder.call("forward", "dropout", {
      x: recorder.data(x),
      y: recorder.data(this.output),
      ...common,
      accumulate: 0,
    });
    return () => {
      const dx = recorder.addGradient(x);
      if (!dx) return;
      recorder.call("backward", "dropout", {
        x: recorder.gradient(this.output),
        y: dx.buffer,
        ...common,
        accumulate: dx.accumulate,
      });
    };
  }
}

/** 1 / (1 + e⁻ˣ). */
export class Sigmoid implements Operation {
  inputs: Value[];

  constructor(readonly name: string, x: Value, public output: Value) {
    this.inputs = [x];
  }

  record(recorder: Recorder): RecordGradient {
    const [x] = this.inputs;
    const y = recorder.data(this.output);
    recorder.call("forward", "sigmoid", { x: recorder.data(x), y, size: x.size });
    return () => {
      const dx = recorder.addGradient(x);
      if (!dx) return;
      recorder.call("backward", "sigmoid_gradient", {
        y,
        dy: recorder.gradient(this.output),
        dx: dx.buffer,
        size: x.size,
        accumulate: dx.accumulate,
      });
    };
  }
}

/** Softmax over the last axis. */
export class Softmax implements Operation {
  inputs: Value[];

  constructor(readonly name: string, x: Value, public output: Value) {
    this.inputs = [x];
  }

  record(recorder: Recorder): RecordGradient {
    const [x] = this.inputs;
    const y = recorder.data(this.output);
    const common = { size: x.size, columns: x.shape.at(-1)! };
    recorder.call("forward", "softmax", { x: recorder.data(x), y, ...common });
    return () => {
      const dx = recorder.addGradient(x);
      if (!dx) return;
      recorder.call("backward", "softmax_gradient", {
        y,
        dy: recorder.gradient(this.output),
        dx: dx.buffer,
        ...common,
        accumulate: dx.accumulate,
      });
    };
  }
}
