import type { Operation, RecordGradient } from "../../plan/graph.ts";
import { type Limits, unlimited } from "../../plan/operations/limits.ts";
import type { Recorder } from "../../plan/recorder.ts";
import { Value, type Weight } from "../../plan/value.ts";

/** How {@linkcode QuantizedItems} gets on with its range. */
export interface QuantizedItemsSettings {
  /**
   * The share of the range that stays in a step, the rest is the batch's; 1: once found, it stays (or is learned).
   * Undefined: it is given, or another's.
   */
  momentum?: number;
  /** Of an activation before it. */
  limits?: Limits;
  /** Whether values are averages of rounded ones: halves are many then, and go away from a stored 0, as int8 has it. */
  averages?: boolean;
}

/** Less than any average of some hundred values is from a half, more than its error in float32. */
const TIE = 1e-3;

/**
 * Activations rounded to int8 and back; the gradient passes straight through where they are not cut off. A range that is
 * trained has the gradient of its ends, and of the step between them.
 */
export class QuantizedItems implements Operation {
  inputs: Value[];
  output: Value;

  /**
   * Makes the operation.
   *
   * @param range Least and greatest value; both 0 until it is found.
   */
  constructor(
    readonly name: string,
    x: Value,
    readonly range: Weight,
    readonly settings: QuantizedItemsSettings,
  ) {
    this.inputs = [x, range];
    this.output = new Value(`${name}/quantized`, x.shape);
  }

  record(recorder: Recorder): RecordGradient {
    const [x] = this.inputs;
    const { momentum, limits = unlimited, averages = false } = this.settings;
    const range = recorder.data(this.range);
    const common = { x: recorder.data(x), range, size: x.size, ...limits };
    const seen = recorder.training && momentum !== undefined ? recorder.shards(2) : null;
    recorder.call("forward", "quantize_items", {
      ...common,
      y: recorder.data(this.output),
      seen,
      tie: averages ? TIE : 0,
    });
    if (seen && momentum !== undefined) {
      recorder.call("update", "observe_range", {
        seen,
        finite: recorder.memory.finite,
        range,
        momentum,
      });
    }
    return () => {
      const dx = recorder.addGradient(x);
      const drange = recorder.needsGradient(this.range) ? recorder.shards(2) : null;
      if (!dx && !drange) return;
      recorder.call("backward", "quantize_items_gradient", {
        ...common,
        dy: recorder.gradient(this.output),
        dx: dx?.buffer ?? null,
        drange,
        accumulate: dx?.accumulate ?? 0,
      });
      if (drange) recorder.gatherGradient(this.range, drange);
    };
  }
}
