import { argMax } from "./top1.ts";

/**
 * How often files of each class (row) were taken for each class (column).
 *
 * @param outputs One row of class outputs a file.
 * @param labels Class index of each row.
 * @returns `classCount` rows of `classCount` counts.
 *
 * @example
 * ```ts
 * import { confusionMatrix } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const matrix = confusionMatrix([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]], [0, 1, 1], 2);
 * assert.deepEqual(matrix, [[1, 0], [1, 1]]);
 * ```
 */
export function confusionMatrix(
  outputs: readonly ArrayLike<number>[],
  labels: readonly number[],
  classCount: number,
): number[][] {
  const matrix = Array.from({ length: classCount }, () => new Array<number>(classCount).fill(0));
  for (let i = 0; i < outputs.length; i++) matrix[labels[i]][argMax(outputs[i])]++;
  return matrix;
}
