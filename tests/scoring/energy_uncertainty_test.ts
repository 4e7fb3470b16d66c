import assert from "node:assert/strict";
import { CumulativeEnergy } from "../../lib/scoring/cumulative_energy.ts";
import { energyDrift, idlePower } from "../../lib/scoring/energy_drift.ts";
import { energyUncertainty, resolutionOf } from "../../lib/scoring/energy_uncertainty.ts";
import { windowAlignment } from "../../lib/scoring/window_alignment.ts";
import { SeededRandom } from "../model/seeded_random.ts";

/** Standard normal, by Box and Muller. */
function normal(random: SeededRandom): number {
  return Math.sqrt(-2 * Math.log(1 - random.real())) * Math.cos(2 * Math.PI * random.real());
}

const near = (value: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(value - expected) <= tolerance, `${value}, not ${expected}`);

Deno.test("energyUncertainty() is the t-interval where only the windows scatter", () => {
  // Student's own example would do; five values with mean 10 and s = 1.5811 (exactly √2.5).
  const samplesUj = new Float32Array(10);
  const windows = [8, 9, 10, 11, 12].map((energyUj) => ({
    samplesUj,
    startSample: 0,
    samples: 10,
    energyUj: energyUj * 4,
    iterations: 4,
  }));
  const found = energyUncertainty(windows);
  near(found.deviationUj, Math.sqrt(2.5), 1e-12);
  near(found.parts.spreadUj, Math.sqrt(0.5), 1e-12);
  assert.equal(found.degreesOfFreedom, 4);
  near(found.interval.high - 10, 2.776445 * Math.sqrt(0.5), 1e-5);
  near(10 - found.interval.low, 2.776445 * Math.sqrt(0.5), 1e-5);
  assert.equal(found.medianUj, 10);
  assert.equal(found.spreadPercent, 40);
});

Deno.test("energyUncertainty() covers the true mean in 95 of 100 runs", () => {
  const random = new SeededRandom(3);
  const samplesUj = new Float32Array(10);
  let covered = 0;
  const runs = 4000;
  for (let i = 0; i < runs; i++) {
    const windows = [0, 1, 2, 3, 4].map(() => ({
      samplesUj,
      startSample: 0,
      samples: 10,
      energyUj: 100 + normal(random),
      iterations: 1,
    }));
    const { low, high } = energyUncertainty(windows).interval;
    if (low <= 100 && high >= 100) covered++;
  }
  near(covered / runs, 0.95, 0.012);
});

Deno.test("energyUncertainty() adds edges, resolution, lost samples and accuracy", () => {
  const samplesUj = new Float32Array(1000).fill(12);
  const window = { startSample: 100, samples: 500, energyUj: 6000, iterations: 10 };
  const constant = energyUncertainty([{ ...window, samplesUj }]);
  // Two edges, each E/√12 of the 12 µJ of a sample.
  near(constant.parts.edgesUj, 12 * Math.SQRT2 / Math.sqrt(12) / 10, 1e-9);
  assert.ok(Number.isNaN(constant.interval.low));
  // One step of 0.5 among samples that do not scatter: it is off the same way in all of them.
  const stepped = samplesUj.slice();
  stepped[300] = 12.5;
  near(
    energyUncertainty([{ ...window, samplesUj: stepped }]).parts.resolutionUj,
    0.5 / Math.sqrt(12) * 500 / 10,
    1e-6,
  );
  // Where they scatter more than that it averages out.
  const dithered = samplesUj.map((value, i) => value + (i % 3) * 0.5);
  near(
    energyUncertainty([{ ...window, samplesUj: dithered }]).parts.resolutionUj,
    0.5 / Math.sqrt(12) * Math.sqrt(500) / 10,
    1e-6,
  );
  dithered.fill(NaN, 200, 210);
  assert.ok(energyUncertainty([{ ...window, samplesUj: dithered }]).parts.lostUj > 0.3);
  const { parts, interval, meanUj } = energyUncertainty(
    [{ ...window, samplesUj }, { ...window, samplesUj }],
    { accuracyPercent: 2 },
  );
  near(parts.accuracyUj, 600 * 0.02 / Math.sqrt(3), 1e-9);
  near(interval.high - meanUj, 1.96 * Math.hypot(parts.accuracyUj, parts.edgesUj), 1e-2);
  assert.throws(() => energyUncertainty([]), RangeError);
});

Deno.test("resolutionOf() finds the step of a monitor with four digits", () => {
  const random = new SeededRandom(4);
  const samples = Float32Array.from(
    { length: 5000 },
    () => Number((40 + random.real()).toPrecision(4)),
  );
  near(resolutionOf(samples), 0.01, 1e-5);
  assert.equal(resolutionOf(new Float32Array(10).fill(3)), 0);
  assert.equal(resolutionOf(Float32Array.of(NaN, 1)), 0);
});

/** Power of 10 with noise, of 100 from `start` to `end`. */
function stepTrace(start: number, end: number, random: SeededRandom): Float32Array {
  return Float32Array.from(
    { length: 4000 },
    (_, i) => (i >= start && i < end ? 100 : 10) * (1 + 0.02 * normal(random)),
  );
}

Deno.test("windowAlignment() finds edges that slipped, by how much, and no others", () => {
  const random = new SeededRandom(5);
  for (const slip of [-150, -40, -10, 0, 10, 40, 150]) {
    const energy = new CumulativeEnergy(stepTrace(1000, 3000, random));
    const { start, end } = windowAlignment(energy, 1000 + slip, 2000);
    for (const edge of [start, end]) {
      assert.equal(edge.isDoubtful, slip !== 0, `slip ${slip}: ${JSON.stringify(edge)}`);
      near(edge.stepSamples!, -slip, 2);
      near(Math.abs(edge.stepUj!), 90, 3);
    }
  }
});

Deno.test("windowAlignment() says what one sample is worth", () => {
  const samples = new Float32Array(3000).fill(10).fill(100, 1000, 2000);
  const { start, end, slipPercent } = windowAlignment(new CumulativeEnergy(samples), 1000, 1000);
  assert.deepEqual([start.slipUj, end.slipUj], [100, 100]);
  near(slipPercent, 0.1, 1e-9);
});

Deno.test("windowAlignment() does not doubt steps from layer to layer, warm-ups or flat power", () => {
  const random = new SeededRandom(6);
  const noisy = (value: number) => value * (1 + 0.02 * normal(random));
  // Inferences of 300 samples, each with a hungrier last third, back to back; idle around.
  const layered = Float32Array.from(
    { length: 6000 },
    (_, i) => noisy(i >= 1000 && i < 4000 ? (i - 1000) % 300 > 200 ? 120 : 80 : 70),
  );
  const inside = windowAlignment(new CumulativeEnergy(layered), 1000, 3000);
  assert.ok(!inside.start.isDoubtful && !inside.end.isDoubtful, JSON.stringify(inside));
  const warmed = windowAlignment(new CumulativeEnergy(stepTrace(500, 3000, random)), 1000, 2000);
  assert.equal(warmed.start.stepSamples, undefined);
  const flat = new CumulativeEnergy(Float32Array.from({ length: 4000 }, () => noisy(50)));
  assert.equal(windowAlignment(flat, 1000, 2000).start.isDoubtful, false);
  // At the ends of the trace too.
  assert.equal(windowAlignment(flat, 0, 4000).end.isDoubtful, false);
});

function windowsOf(energies: number[], samplesUj = new Float32Array(1000).fill(1)) {
  const energy = new CumulativeEnergy(samplesUj);
  return energies.map((energyUj) => ({
    energy,
    startSample: 0,
    samples: 1000,
    energyUj,
    iterations: 1,
  }));
}

Deno.test("energyDrift() tells drift from scatter", () => {
  const drifting = energyDrift(windowsOf([100, 101.1, 1.02 * 100, 103, 104]));
  assert.ok(drifting.isDrifting);
  near(drifting.driftPercent, 3.9, 0.2);
  assert.ok(!energyDrift(windowsOf([100, 101, 99.5, 100.5, 100])).isDrifting);
  assert.ok(!energyDrift(windowsOf([100, 100, 100])).isDrifting);
  assert.ok(!energyDrift(windowsOf([100])).isDrifting);
  // By chance in no more than five of a hundred.
  const random = new SeededRandom(8);
  let found = 0;
  for (let i = 0; i < 2000; i++) {
    const energies = [0, 1, 2, 3, 4].map(() => 100 + normal(random));
    if (energyDrift(windowsOf(energies)).isDrifting) found++;
  }
  near(found / 2000, 0.05, 0.015);
});

Deno.test("energyDrift() sees a first window that is off, and power that settles within windows", () => {
  const warm = energyDrift(windowsOf([110, 100, 100.1, 99.9, 100]));
  assert.ok(warm.isWarmingUp);
  near(warm.firstWindowPercent, 10, 0.01);
  assert.ok(!energyDrift(windowsOf([100.1, 100, 100.1, 99.9, 100])).isWarmingUp);
  const settling = new Float32Array(1000).fill(1).fill(1.2, 0, 100);
  near(energyDrift(windowsOf([1000, 1000], settling)).withinWindowPercent, 20, 1e-4);
});

Deno.test("idlePower() is that of the quiet time outside of windows", () => {
  const samples = new Float32Array(10_000).fill(50);
  samples.fill(100, 2000, 4000).fill(5, 5000, 6000);
  const energy = new CumulativeEnergy(samples);
  assert.equal(idlePower(energy, [{ startSample: 2000, samples: 2000 }], 1000), 5000);
  // What is quiet in a window does not count.
  near(idlePower(energy, [{ startSample: 2000, samples: 5000 }], 1000), 50_000, 1e-6);
  assert.ok(Number.isNaN(idlePower(energy, [{ startSample: 0, samples: 10_000 }], 1000)));
});
