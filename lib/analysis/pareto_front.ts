/**
 * What is not beaten.
 *
 * @module
 */

/** What counts, and how sure it is. */
export interface ParetoOptions<Row> {
  /** Figures of which less is better. */
  minimize?: readonly (keyof Row)[];
  /** Figures of which more is better. */
  maximize?: readonly (keyof Row)[];
  /**
   * The interval that a figure lies in. A row is beaten only where even its best end is no better than another's worst
   * end. Without it figures are exact.
   */
  interval?: (row: Row, key: keyof Row) => readonly [low: number, high: number];
}

/**
 * The rows that no other row beats: another beats a row where it is at least as good in every figure and better in one.
 * Equal rows do not beat each other: ties all stay. Any number of figures; rows that lack one are left out.
 *
 * @returns The front, in the order of `rows`.
 * @throws {RangeError} No figure is named.
 *
 * @example
 * ```ts
 * import { paretoFront } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const rows = [
 *   { name: "slow and exact", latencyMs: 90, top1Percent: 91 },
 *   { name: "fast", latencyMs: 40, top1Percent: 90 },
 *   { name: "beaten", latencyMs: 95, top1Percent: 90.5 },
 * ];
 * const front = paretoFront(rows, { minimize: ["latencyMs"], maximize: ["top1Percent"] });
 * assert.deepEqual(front.map(({ name }) => name), ["slow and exact", "fast"]);
 * ```
 */
export function paretoFront<Row extends object>(
  rows: readonly Row[],
  options: ParetoOptions<Row>,
): Row[] {
  const { minimize = [], maximize = [], interval } = options;
  const keys = [...minimize, ...maximize];
  if (keys.length === 0) throw new RangeError("Cannot find a front without a figure to go by");
  // Of each figure the best and the worst that it may be, turned so that less is better.
  const points = rows.flatMap((row) => {
    const ends = keys.map((key, i) => {
      const value = Number(row[key] ?? NaN);
      const [low, high] = interval?.(row, key) ?? [value, value];
      return i < minimize.length ? { best: low, worst: high } : { best: -high, worst: -low };
    });
    const known = keys.every((key) => typeof row[key] === "number") &&
      ends.every(({ best, worst }) => Number.isFinite(best) && Number.isFinite(worst));
    return known ? [{ row, ends }] : [];
  });
  return points
    .filter(({ ends }) => !points.some((other) => beats(other.ends, ends)))
    .map(({ row }) => row);
}

interface Ends {
  best: number;
  worst: number;
}

function beats(a: readonly Ends[], b: readonly Ends[]): boolean {
  let better = false;
  for (let i = 0; i < a.length; i++) {
    if (a[i].worst > b[i].best) return false;
    if (a[i].worst < b[i].best) better = true;
  }
  return better;
}
