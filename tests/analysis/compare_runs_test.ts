import assert from "node:assert/strict";
import { compareRuns } from "../../lib/analysis/compare_runs.ts";
import { ThimbleError } from "../../lib/errors.ts";
import type { Score } from "../../lib/sessions/score.ts";
import { seededRandom } from "../../lib/seeded_random.ts";

const base = { benchmark: "kws01", runner: "thimble", source: "measured", valid: true } as const;

function performance(latencies: readonly number[]): Score {
  return {
    ...base,
    mode: "performance",
    findings: [],
    windows: latencies.map((ms) => ({
      file: "a.bin",
      iterations: 100,
      runtimeS: ms / 10,
      throughputInfS: 1000 / ms,
    })),
  };
}

function accuracy(right: readonly boolean[]): Score {
  return {
    ...base,
    mode: "accuracy",
    findings: [],
    top1Percent: 100 * right.filter(Boolean).length / right.length,
    files: right.map((is, i) => ({ file: `${i}.bin`, label: 0, outputs: is ? [1, 0] : [0, 1] })),
  };
}

Deno.test("compareRuns() agrees with Welch's test as tabulated", () => {
  // log latencies 0, 1, 2 and 1, 2, 3, 4: means 1 and 2.5, variances 1 and 5/3; t = 1.7321, 4.9597 degrees of freedom.
  const [latency] = compareRuns(
    performance([0, 1, 2].map(Math.exp)),
    performance([1, 2, 3, 4].map(Math.exp)),
  );
  assert.equal(latency.test, "Welch");
  assert(Math.abs(latency.change - Math.exp(1.5)) < 1e-12);
  assert(Math.abs(latency.pValue - 0.1444) < 5e-4, `${latency.pValue}`);
  assert(latency.interval.low < 1 && latency.interval.high > 1);
});

Deno.test("compareRuns() finds a difference in about 5 % of pairs that have none", () => {
  const random = seededRandom(21);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const run = () => performance(Array.from({ length: 5 }, () => 100 * Math.exp(0.01 * normal())));
  let found = 0;
  for (let i = 0; i < 1000; i++) if (compareRuns(run(), run())[0].pValue < 0.05) found++;
  assert(found > 20 && found < 75, `${found}`);
});

Deno.test("compareRuns() counts the files that only one run gets right", () => {
  const first = accuracy(Array.from({ length: 100 }, (_, i) => i < 80));
  const second = accuracy(Array.from({ length: 100 }, (_, i) => i < 90));
  const [top1] = compareRuns(first, second);
  assert.deepEqual([top1.first, top1.second, top1.change], [80, 90, 10]);
  // 10 of 10 to one side: 2 / 2^10
  assert(Math.abs(top1.pValue - 2 / 1024) < 1e-12);
  assert(top1.interval.low > 0 && top1.interval.high < 20);
  assert.equal(compareRuns(first, first)[0].pValue, 1);
});

Deno.test("compareRuns() has no p-value where nothing varies, and refuses what has nothing in common", () => {
  const [latency] = compareRuns(performance([100, 100]), performance([90, 90]));
  assert.equal(latency.change.toFixed(3), "0.900");
  assert(Number.isNaN(latency.pValue));
  const [single] = compareRuns(performance([100]), performance([90, 91]));
  assert(Number.isNaN(single.pValue));
  assert.throws(() => compareRuns(performance([1]), accuracy([true])), ThimbleError);
  const other = { ...performance([1]), benchmark: "ic01" };
  assert.throws(() => compareRuns(performance([1]), other), ThimbleError);
});

Deno.test("compareRuns() finds no significance between runs without spread, whatever rounding does", () => {
  const [latency] = compareRuns(
    performance(Array<number>(10).fill(10.1)),
    performance(Array<number>(10).fill(10.3)),
  );
  assert(Number.isNaN(latency.pValue), `p ${latency.pValue}`);
  assert(Number.isNaN(latency.interval.low));
});
