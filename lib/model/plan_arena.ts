/**
 * Memory for values that are not all needed at once.
 *
 * @module
 */

/** A value that needs memory from one step to another. */
export interface ArenaRequest {
  /** Its size. */
  bytes: number;
  /** The step that writes it. */
  firstUse: number;
  /** The last step that reads it: `firstUse` or later. */
  lastUse: number;
}

/** Where everything lies. */
export interface ArenaPlan {
  /** Of each request, in bytes from the arena's start. */
  offsets: number[];
  /** The arena's size: the peak of memory in use. */
  bytes: number;
  /** What is in use at the busiest step: no plan can be smaller. */
  lowerBoundBytes: number;
}

/**
 * Plans an arena: values are taken in an order and each is put at the lowest place that is free for as long as it
 * lives. Two orders are tried, the largest value first and the values of the busiest step first, and the smaller arena
 * is given (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020: greedy by size, as
 * TFLite Micro plans, and greedy by breadth).
 *
 * @param alignment Every offset is a multiple of it.
 * @throws {Error} Two values that live at the same time overlap: the plan is checked before it is given back.
 *
 * @example
 * ```ts
 * import { planArena } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const plan = planArena([
 *   { bytes: 100, firstUse: 0, lastUse: 1 },
 *   { bytes: 300, firstUse: 1, lastUse: 2 },
 *   { bytes: 100, firstUse: 2, lastUse: 3 },
 * ], 16);
 * assert.deepEqual(plan.offsets, [304, 0, 304]);
 * assert.equal(plan.bytes, 404);
 * ```
 */
export function planArena(requests: readonly ArenaRequest[], alignment = 16): ArenaPlan {
  const breadths = stepBytes(requests);
  const breadthOf = ({ firstUse, lastUse }: ArenaRequest) => {
    let most = 0;
    for (let step = firstUse; step <= lastUse; step++) most = Math.max(most, breadths.get(step)!);
    return most;
  };
  const busiest = requests.map(breadthOf);
  const bySize = (a: number, b: number) => requests[b].bytes - requests[a].bytes || a - b;
  const life = (i: number) => requests[i].lastUse - requests[i].firstUse;
  // Of one step, what lives long comes first: the others have more places to go.
  const byBreadth = (a: number, b: number) =>
    busiest[b] - busiest[a] || life(b) - life(a) || bySize(a, b);
  const plans = [bySize, byBreadth].map((compare) => {
    const offsets = place(requests, requests.map((_, i) => i).sort(compare), alignment);
    const bytes = requests.reduce((most, { bytes }, i) => Math.max(most, offsets[i] + bytes), 0);
    return { offsets, bytes };
  });
  const { offsets, bytes } = plans[1].bytes < plans[0].bytes ? plans[1] : plans[0];
  checkApart(requests, offsets);
  return { offsets, bytes, lowerBoundBytes: Math.max(0, ...breadths.values()) };
}

function meet(a: ArenaRequest, b: ArenaRequest): boolean {
  return a.firstUse <= b.lastUse && b.firstUse <= a.lastUse;
}

function place(
  requests: readonly ArenaRequest[],
  order: readonly number[],
  alignment: number,
): number[] {
  const offsets = new Array<number>(requests.length).fill(0);
  const placed: number[] = [];
  for (const i of order) {
    const neighbours = placed.filter((other) => meet(requests[i], requests[other]))
      .sort((a, b) => offsets[a] - offsets[b]);
    let offset = 0;
    for (const other of neighbours) {
      if (offset + requests[i].bytes <= offsets[other]) break;
      const end = offsets[other] + requests[other].bytes;
      offset = Math.max(offset, Math.ceil(end / alignment) * alignment);
    }
    offsets[i] = offset;
    placed.push(i);
  }
  return offsets;
}

/** What is in use at each step, in bytes. */
function stepBytes(requests: readonly ArenaRequest[]): Map<number, number> {
  const sums = new Map<number, number>();
  for (const { bytes, firstUse, lastUse } of requests) {
    for (let step = firstUse; step <= lastUse; step++) {
      sums.set(step, (sums.get(step) ?? 0) + bytes);
    }
  }
  return sums;
}

function checkApart(requests: readonly ArenaRequest[], offsets: readonly number[]): void {
  for (let a = 0; a < requests.length; a++) {
    for (let b = 0; b < a; b++) {
      const apart = offsets[a] + requests[a].bytes <= offsets[b] ||
        offsets[b] + requests[b].bytes <= offsets[a];
      if (!apart && meet(requests[a], requests[b])) {
        throw new Error(`Values ${b} and ${a} of the arena overlap`);
      }
    }
  }
}
