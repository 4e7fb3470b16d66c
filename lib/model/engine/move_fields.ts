import { rowMajorSteps } from "../int8/affine_indices.ts";
import type { Fields } from "./plan.ts";

export { rowMajorSteps };

/** ENGINE_MOVE_AXES. */
const AXES = 8;

/** Elements to be moved: along each axis so many, so far apart in the input and in the output. */
export interface Move {
  counts: readonly number[];
  inputSteps: readonly number[];
  outputSteps: readonly number[];
  /** Place of the first element in the input; 0 by default. */
  from?: number;
  /** Place of the first element in the output; 0 by default. */
  to?: number;
}

/** struct engine_move_params. Axes that can be walked as one become one. */
export function moveFields({ counts, inputSteps, outputSteps, from = 0, to = 0 }: Move): Fields {
  const axes: { count: number; input: number; output: number }[] = [];
  counts.forEach((count, axis) => {
    const [input, output] = [inputSteps[axis], outputSteps[axis]];
    const outer = axes.at(-1);
    if (count === 1) return;
    if (outer && outer.input === count * input && outer.output === count * output) {
      axes[axes.length - 1] = { count: outer.count * count, input, output };
    } else {
      axes.push({ count, input, output });
    }
  });
  while (axes.length < AXES) axes.unshift({ count: 1, input: 0, output: 0 });
  return {
    from,
    to,
    counts: axes.map(({ count }) => count),
    inputSteps: axes.map(({ input }) => input),
    outputSteps: axes.map(({ output }) => output),
  };
}
