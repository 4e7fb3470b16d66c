import type { TrainingGraph } from "./graph.ts";
import { BatchNormalization } from "./operations/batch_normalization.ts";
import { Add, Clamp } from "./operations/elementwise.ts";
import { isLimited } from "./operations/limits.ts";
import type { Value } from "./value.ts";

/** Lets batch normalizations and additions cut values off by themselves, where nothing else reads them before that. */
export function fuseLimits(graph: TrainingGraph): TrainingGraph {
  const readers = new Map<Value, number>([[graph.output, 1]]);
  for (const { inputs } of graph.operations) {
    for (const input of inputs) readers.set(input, (readers.get(input) ?? 0) + 1);
  }
  const makers = new Map(graph.operations.map((operation) => [operation.output, operation]));
  const operations = graph.operations.filter((operation) => {
    if (!(operation instanceof Clamp)) return true;
    const [x] = operation.inputs;
    const maker = makers.get(x);
    const fits = (maker instanceof BatchNormalization || maker instanceof Add) &&
      readers.get(x) === 1 && !isLimited(maker.limits);
    if (!fits) return true;
    maker.limits = operation.limits;
    maker.output = operation.output;
    return false;
  });
  return { ...graph, operations };
}
