import assert from "node:assert/strict";
import { CumulativeEnergy } from "../../lib/scoring/cumulative_energy.ts";
import { SeededRandom } from "../model/seeded_random.ts";

/** The sum without any rounding: float32 values are whole multiples of 2^-149. */
function exactSum(samples: Float32Array): number {
  let sum = 0n;
  const scale = 2 ** 60;
  for (const sample of samples) {
    const scaled = sample * scale;
    assert.ok(Number.isInteger(scaled));
    sum += BigInt(scaled);
  }
  return Number(sum) / scale;
}

Deno.test("CumulativeEnergy gives any stretch of float32 samples to the last digit of a double", () => {
  const random = new SeededRandom(1);
  // Multiples of 2^-20 up to 64: their sum is exact in BigInt, and not at all in float32.
  const samples = Float32Array.from(
    { length: 20_000 },
    () => Math.floor(random.real() * 2 ** 24) / 2 ** 18,
  );
  const energy = new CumulativeEnergy(samples);
  for (let i = 0; i < 500; i++) {
    const a = Math.floor(random.real() * samples.length);
    const b = i < 50 ? a + Math.floor(random.real() * 600) : Math.floor(random.real() * 20_001);
    const [start, end] = [Math.min(a, b), Math.min(20_000, Math.max(a, b))];
    const found = energy.between(start, end);
    assert.equal(found.energy, exactSum(samples.subarray(start, end)), `${start} to ${end}`);
    assert.equal(found.samples, end - start);
  }
});

Deno.test("CumulativeEnergy loses nothing behind a sum that dwarfs the window", () => {
  // 2^40 µJ come first: alone in double precision they leave 2^-12 of what follows.
  const samples = new Float64Array(2000).fill(0.1, 1000);
  samples[0] = 2 ** 40;
  const window = new CumulativeEnergy(samples).between(1100, 1900);
  assert.ok(Math.abs(window.energy - 80) < 1e-10, `${window.energy}`);
});

Deno.test("CumulativeEnergy counts missing samples, wherever they are, and puts the mean in their place", () => {
  const random = new SeededRandom(2);
  const samples = Float32Array.from({ length: 5000 }, () => 1 + random.real());
  const lost = new Set<number>();
  for (let i = 0; i < 300; i++) lost.add(Math.floor(random.real() * 5000));
  for (const index of lost) {
    samples[index] = index % 3 === 0 ? NaN : index % 3 === 1 ? Infinity : -Infinity;
  }
  const energy = new CumulativeEnergy(samples);
  for (const [start, end] of [[0, 5000], [1, 700], [255, 257], [512, 1024], [4999, 5000]]) {
    let measured = 0;
    let missing = 0;
    for (let i = start; i < end; i++) {
      if (lost.has(i)) missing++;
      else measured += samples[i];
    }
    const found = energy.between(start, end);
    assert.equal(found.missing, missing);
    assert.ok(Math.abs(found.measured - measured) < 1e-9);
    if (missing < end - start) {
      assert.ok(Math.abs(found.energy - measured * (end - start) / (end - start - missing)) < 1e-9);
    }
  }
});

Deno.test("CumulativeEnergy keeps to the trace, and says where nothing is left", () => {
  const energy = new CumulativeEnergy(Float32Array.of(1, NaN, 2));
  assert.equal(energy.between(-5, 99).measured, 3);
  assert.deepEqual(energy.between(3, 1), { samples: 0, missing: 0, measured: 0, energy: 0 });
  assert.ok(Number.isNaN(energy.between(1, 2).energy));
  assert.equal(new CumulativeEnergy(new Float32Array(0)).between(0, 5).samples, 0);
});
