import assert from "node:assert/strict";
import { integrateEnergy } from "../../lib/scoring/energy.ts";

Deno.test("integrateEnergy() accumulates time, as EnergyRunner does", () => {
  const samples = new Float32Array(100_000).fill(1);
  // Added up, 0.001 is a little more than itself in the end: the sample at 88.888 s is not yet there.
  let t = 0;
  for (let i = 0; i < 88_888; i++) t += 0.001;
  assert.notEqual(t, 88.888);
  const { samples: count } = integrateEnergy(samples, 1000, 0, 88.888);
  assert.equal(count, t < 88.888 ? 88_889 : 88_888);
  // Whatever is between two edges belongs to one window.
  const edges = [0, 0.018, 2.875, 20.93, 22.897, 40.953];
  const parts = edges.slice(1).map((end, i) =>
    integrateEnergy(samples, 1000, edges[i], end).samples
  );
  const whole = integrateEnergy(samples, 1000, 0, 40.953).samples;
  assert.equal(parts.reduce((sum, part) => sum + part, 0), whole);
});

Deno.test("integrateEnergy() ends with the samples", () => {
  assert.deepEqual(integrateEnergy([1, 2, 3], 1000, 0.001, 9), { samples: 2, energy: 5 });
  assert.deepEqual(integrateEnergy([], 1000, 0, 1), { samples: 0, energy: 0 });
  assert.deepEqual(integrateEnergy([1, 2, 3], 1000, 5, 1), { samples: 0, energy: 0 });
});
