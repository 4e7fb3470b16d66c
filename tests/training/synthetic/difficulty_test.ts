/**
 * Synthetic data are worth training on: a linear model fails on them. That the reference architectures do not is shown
 * where they are trained.
 */
import assert from "node:assert/strict";
import {
  adLogMel,
  adWindows,
  type Example,
  kwsMfcc,
  rocAuc,
  syntheticAd,
  syntheticIc,
  syntheticKws,
  syntheticVww,
} from "../../../mod.ts";
import { type Labelled, linearAccuracy } from "./linear_model.ts";
import { principalComponents, reconstructionError } from "./principal_components.ts";

async function rowsOf(
  examples: readonly Example[],
  rowOf: (values: ArrayLike<number>) => ArrayLike<number>,
): Promise<Labelled> {
  const rows: ArrayLike<number>[] = [];
  for (const example of examples) rows.push(rowOf((await example.read()).values));
  const inputs = new Float32Array(rows.length * rows[0].length);
  rows.forEach((row, i) => inputs.set(Float32Array.from(row), i * row.length));
  return { inputs, labels: Uint8Array.from(examples, ({ label }) => label) };
}

Deno.test("a linear model hears half of the synthetic keywords, not nine of ten", async () => {
  const { splits } = syntheticKws({ train: 1800, validation: 0, test: 480, calibration: 0 });
  const row = (values: ArrayLike<number>) => kwsMfcc(values as Float32Array);
  const accuracy = linearAccuracy(
    await rowsOf(splits.train, row),
    await rowsOf(splits.test, row),
    12,
    { epochs: 15, rate: 0.02 },
  );
  assert(accuracy > 0.45 && accuracy < 0.75, `${accuracy}`);
});

Deno.test("a linear model sees next to nothing in the synthetic shapes", async () => {
  const { splits } = syntheticIc({ train: 1500, validation: 0, test: 500, calibration: 0 });
  const accuracy = linearAccuracy(
    await rowsOf(splits.train, (values) => values),
    await rowsOf(splits.test, (values) => values),
    10,
    { epochs: 4, rate: 0.002 },
  );
  assert(accuracy < 0.3, `${accuracy}`);
});

Deno.test("a linear model does not find the synthetic people", async () => {
  const { splits } = syntheticVww({ train: 1000, validation: 0, test: 500, calibration: 0 });
  const row = (values: ArrayLike<number>) => thumbnail(values, 96, 4);
  const accuracy = linearAccuracy(
    await rowsOf(splits.train, row),
    await rowsOf(splits.test, row),
    2,
    { epochs: 6, rate: 0.002 },
  );
  assert(accuracy < 0.62, `${accuracy}`);
});

/** Means over squares of `step` × `step` pixels. */
function thumbnail(values: ArrayLike<number>, size: number, step: number): Float32Array {
  const small = size / step;
  const out = new Float32Array(small * small * 3);
  for (let i = 0; i < values.length; i++) {
    const [row, column] = [Math.floor(i / 3 / size), Math.floor(i / 3) % size];
    const at = Math.floor(row / step) * small + Math.floor(column / step);
    out[3 * at + i % 3] += values[i] / (step * step);
  }
  return out;
}

Deno.test("principal components find some of the synthetic faults, not most", async () => {
  const { splits } = syntheticAd({ train: 32, validation: 0, test: 48, calibration: 0 });
  const logMels = async (examples: readonly Example[]) => {
    const list: Float32Array[] = [];
    for (const example of examples) {
      list.push(adLogMel((await example.read()).values as Float32Array));
    }
    return list;
  };
  const windows = (logMel: Float32Array, step: number) => {
    const all = adWindows(logMel);
    return Array.from(
      { length: Math.floor(196 / step) },
      (_, k) => all.subarray(k * step * 640, (k * step + 1) * 640),
    );
  };
  const healthy = await logMels(splits.train);
  const components = principalComponents(healthy.flatMap((logMel) => windows(logMel, 8)), 8);
  const scores = (await logMels(splits.test)).map((logMel) => {
    const rows = windows(logMel, 4);
    return rows.reduce((sum, row) => sum + reconstructionError(components, row), 0) / rows.length;
  });
  const auc = rocAuc(scores, splits.test.map(({ label }) => label === 1));
  assert(auc > 0.55 && auc < 0.85, `${auc}`);
});
