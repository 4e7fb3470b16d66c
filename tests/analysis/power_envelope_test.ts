import assert from "node:assert/strict";
import { powerEnvelope, viewLine } from "../../lib/analysis/power_envelope.ts";
import { SeededRandom } from "../model/seeded_random.ts";

const finite = (values: ArrayLike<number | null>) =>
  Array.from(values).filter((value): value is number => value !== null && Number.isFinite(value));

Deno.test("no view of an envelope hides a spike: smallest and largest of every stretch are there", () => {
  const random = new SeededRandom(1);
  for (let round = 0; round < 300; round++) {
    const length = random.integer(1, 5000);
    const rate = random.pick([1, 100, 1000, 48_828.125]);
    const samples = Float32Array.from({ length }, () => 10 + random.real());
    for (let i = 0; i < 5; i++) samples[random.integer(0, length - 1)] = random.real() * 1000;
    for (let i = random.integer(0, 3); i > 0; i--) {
      const at = random.integer(0, length - 1);
      samples.fill(random.pick([NaN, Infinity]), at, at + random.integer(1, 300));
    }
    const envelope = powerEnvelope(samples, rate, random.integer(2, 3000));
    const { low, high, bucketS, gaps } = envelope;
    const size = Math.round(bucketS * rate);
    const points = random.integer(2, 500);
    const offsetS = random.pick([0, 12.5]);
    let [from, to] = [0, length / rate];
    if (round % 3 > 0) {
      from = random.real() * length / rate;
      to = from + random.real() * (length / rate - from);
    }
    const line = viewLine(low, high, bucketS, offsetS, offsetS + from, offsetS + to, points);
    const alone = line.y.filter((y, i) => y !== null && y === line.y[i + 1]).length;
    assert.ok(line.x.length <= points + alone + 4, `${line.x.length} of ${points}`);
    assert.equal(line.x.length, line.y.length);
    assert.ok(line.x.every((x, i) => i === 0 || x >= line.x[i - 1]), "time goes on");
    // All samples of the buckets that are in view.
    const inView = finite(samples.subarray(
      Math.ceil(from / bucketS) * size,
      Math.floor(to / bucketS) * size,
    )).map((uj) => uj * rate / 1000);
    const shown = finite(line.y);
    if (inView.length === 0) continue;
    const most = (values: number[]) => values.reduce((a, b) => Math.max(a, b));
    const least = (values: number[]) => values.reduce((a, b) => Math.min(a, b));
    // Six digits are kept.
    assert.ok(most(shown) >= most(inView) * (1 - 1e-5), `${most(shown)} ${most(inView)}`);
    assert.ok(least(shown) <= least(inView) * (1 + 1e-5), `${least(shown)} ${least(inView)}`);
    // Nothing is made up.
    assert.ok(most(shown) <= most(finite(samples)) * rate / 1000 * (1 + 1e-5));
    const lost = samples.some((sample) => !Number.isFinite(sample));
    assert.equal(gaps.length > 0, lost);
  }
});

Deno.test("viewLine() shows a sample that stands alone among a million that are lost", () => {
  const samples = new Float32Array(1_000_000).fill(NaN);
  samples[123_456] = 500;
  const { low, high, bucketS } = powerEnvelope(samples, 1000, 60_000);
  for (const [fromS, toS] of [[0, 1000], [123.3, 123.6]]) {
    const { x, y } = viewLine(low, high, bucketS, 0, fromS, toS, 4000);
    const shown = x.filter((_, i) => y[i] === 500);
    assert.equal(shown.length, 2);
    assert.ok(shown[0] < shown[1] && shown[0] < 123.5 && shown[1] > 123.4, `${shown}`);
  }
});

Deno.test("viewLine() shows each sample where there are few, at its time", () => {
  const { low, high, bucketS } = powerEnvelope(Float32Array.of(1, 2, NaN, 4), 1000, 100);
  assert.deepEqual(viewLine(low, high, bucketS, 10, 10, 11, 100), {
    // The last one stands alone: a line through it has the width of its sample.
    x: [10.0005, 10.0015, 10.0025, 10.003, 10.004],
    y: [1, 2, null, 4, 4],
  });
  assert.deepEqual(viewLine(low, high, bucketS, 10, 20, 30, 100), { x: [], y: [] });
});

Deno.test("viewLine() stands alone: its text works elsewhere", () => {
  const elsewhere = new Function(`return ${viewLine}`)() as typeof viewLine;
  const envelope = powerEnvelope(Float32Array.from({ length: 999 }, (_, i) => i % 7), 1000, 100);
  const { low, high, bucketS } = envelope;
  assert.deepEqual(
    elsewhere(low, high, bucketS, 0, 0.1, 0.9, 50),
    viewLine(low, high, bucketS, 0, 0.1, 0.9, 50),
  );
});
