import type { Operation } from "./graph.ts";
import type { Recorder } from "./recorder.ts";

/** Records operations in their order, then `loss`, then in training their gradients in reverse. */
export function recordOperations(
  recorder: Recorder,
  operations: readonly Operation[],
  loss: () => void,
): void {
  for (const { inputs, output } of operations) {
    if (inputs.some((input) => recorder.needsGradient(input))) recorder.needGradient(output);
  }
  const gradients = operations.map((operation) => operation.record(recorder));
  loss();
  if (!recorder.training) return;
  for (const [index, { output }] of [...operations.entries()].reverse()) {
    if (!recorder.hasGradient(output)) continue;
    gradients[index]?.();
    recorder.releaseGradient(output);
  }
}
