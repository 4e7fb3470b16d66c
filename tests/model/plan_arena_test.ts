import assert from "node:assert/strict";
import { type ArenaRequest, planArena } from "../../lib/model/plan_arena.ts";
import { SeededRandom } from "./seeded_random.ts";

Deno.test("planArena() keeps apart what lives at the same time, aligned, for random lives", () => {
  const random = new SeededRandom(41);
  let optimal = 0;
  for (let round = 0; round < 300; round++) {
    const requests = Array.from({ length: random.integer(0, 30) }, (): ArenaRequest => {
      const firstUse = random.integer(0, 20);
      return {
        bytes: random.integer(1, 500),
        firstUse,
        lastUse: firstUse + random.integer(0, 5),
      };
    });
    const alignment = random.pick([1, 4, 16]);
    const { offsets, bytes, lowerBoundBytes } = planArena(requests, alignment);
    const occupied = new Map<string, number>();
    requests.forEach((request, i) => {
      assert.equal(offsets[i] % alignment, 0);
      assert(offsets[i] + request.bytes <= bytes);
      for (let step = request.firstUse; step <= request.lastUse; step++) {
        for (let at = offsets[i]; at < offsets[i] + request.bytes; at++) {
          const cell = `${step} ${at}`;
          assert(!occupied.has(cell), `${i} and ${occupied.get(cell)} meet at ${cell}`);
          occupied.set(cell, i);
        }
      }
    });
    assert(bytes >= lowerBoundBytes);
    if (alignment === 1 && bytes === lowerBoundBytes) optimal++;
  }
  assert(optimal > 20, `${optimal} plans as small as can be`);
});

Deno.test("planArena() of a chain takes the two largest neighbours", () => {
  const chain = [27648, 18432, 18432, 36864, 9216].map((bytes, i) => ({
    bytes,
    firstUse: Math.max(0, i - 1),
    lastUse: i,
  }));
  const { bytes, lowerBoundBytes } = planArena(chain);
  assert.equal(lowerBoundBytes, 18432 + 36864);
  assert.equal(bytes, lowerBoundBytes);
});

Deno.test("planArena() of nothing is empty", () => {
  assert.deepEqual(planArena([]), { offsets: [], bytes: 0, lowerBoundBytes: 0 });
});
