import type { TrainingGraph } from "./graph.ts";
import { Softmax } from "./operations/elementwise.ts";
import { type Buffer, partOf } from "./plan_memory.ts";
import type { Recorder } from "./recorder.ts";
import type { Loss } from "./training_plan.ts";
import type { Value, Weight } from "./value.ts";

/** Where the results of a step lie. */
export interface LossMemory {
  labels: Buffer;
  /** Three doubles: loss, right answers, penalty. */
  totals: Buffer;
}

/** Floats of a double, twice: results of a shard. */
const SHARD_FLOATS = 4;

/** The value that the loss is made of: a final softmax belongs to the cross-entropy. */
export function lossInput(graph: TrainingGraph, loss: Loss): Value {
  const last = graph.operations.find(({ output }) => output === graph.output);
  return loss === "categoricalCrossentropy" && last instanceof Softmax
    ? last.inputs[0]
    : graph.output;
}

/** Records the loss, its gradient, and what L2 penalties add to both. */
export function recordLoss(
  recorder: Recorder,
  graph: TrainingGraph,
  loss: Loss,
  memory: LossMemory,
) {
  const x = lossInput(graph, loss);
  const losses = recorder.shards(SHARD_FLOATS);
  const dx = recorder.training ? recorder.addGradient(x)?.buffer ?? null : null;
  const common = { x: recorder.data(x), labels: memory.labels, dx, losses };
  if (loss === "meanSquaredError") {
    recorder.call("forward", "squared_error", { ...common, size: x.size });
  } else {
    recorder.call("forward", "cross_entropy", { ...common, columns: x.shape.at(-1)! });
  }
  const penalized = graph.weights.filter(({ l2 }) => l2 !== 0);
  const penalties = recorder.memory.allocate(Math.max(1, penalized.length) * 2);
  penalized.forEach((weight, i) => {
    const { l2, size } = weight;
    recorder.call("prepare", "penalty", {
      weights: recorder.data(weight),
      result: partOf(penalties, i * 2, 2),
      count: size,
      l2,
    });
  });
  recorder.call("gather", "total_loss", {
    losses,
    penalties,
    penalties_count: penalized.length,
    totals: memory.totals,
    finite: recorder.memory.finite,
  });
}

/** Records the penalties' gradients, behind all others. */
export function recordPenalties(
  recorder: Recorder,
  weights: readonly Weight[],
  parts: (count: number) => number,
) {
  for (const weight of weights) {
    if (weight.l2 === 0 || !weight.trainable) continue;
    const { buffer, accumulate } = recorder.addGradient(weight)!;
    recorder.call("gather", "reduce", {
      partials: null,
      weights: recorder.data(weight),
      gradient: buffer,
      count: weight.size,
      l2: weight.l2,
      accumulate,
    }, parts(weight.size));
  }
}
