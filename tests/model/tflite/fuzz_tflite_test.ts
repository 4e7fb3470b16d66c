/**
 * Damaged model files: whatever is done to the bytes, a {@linkcode ModelError} comes out or a graph that an executor
 * can be made from or refuses by one.
 */
import assert from "node:assert/strict";
import { basename } from "node:path";
import { ModelError } from "../../../lib/model/errors.ts";
import { Int8Executor } from "../../../lib/model/int8/int8_executor.ts";
import { readTflite } from "../../../lib/model/tflite/read_tflite.ts";
import { writeTflite } from "../../../lib/model/tflite/write_tflite.ts";
import { referenceTest } from "../../reference.ts";
import { modelFiles } from "../reference_models.ts";
import { SeededRandom } from "../seeded_random.ts";
import { smallGraph } from "../small_graph.ts";

/** Whether the bytes were refused. Any other error than a ModelError is thrown on. */
function isRefused(bytes: Uint8Array): boolean {
  try {
    const graph = readTflite(bytes);
    new Int8Executor(graph, { maxActivationBytes: 4e6 });
    return false;
  } catch (error) {
    if (error instanceof ModelError) return true;
    throw error;
  }
}

const hostileNumbers = (at: number, size: number) => [
  0,
  1,
  4,
  0x7fffffff,
  0x80000000,
  0xffffffff,
  0xfffffffc,
  size - at,
  size - at - 1,
  2 ** 32 - at,
];

function attack(original: Uint8Array, rounds: number, seed: number): Record<string, number> {
  const random = new SeededRandom(seed);
  const refused = { truncations: 0, bits: 0, offsets: 0, noise: 0 };
  for (let i = 0; i < rounds; i++) {
    const length = random.integer(0, original.length - 1);
    if (isRefused(original.slice(0, length))) refused.truncations++;

    const flipped = original.slice();
    for (let n = random.integer(1, 4); n > 0; n--) {
      flipped[random.integer(0, flipped.length - 1)] ^= 1 << random.integer(0, 7);
    }
    if (isRefused(flipped)) refused.bits++;

    const moved = original.slice();
    const view = new DataView(moved.buffer);
    for (let n = random.integer(1, 3); n > 0; n--) {
      const at = 4 * random.integer(0, (moved.length >> 2) - 1);
      view.setUint32(at, random.pick(hostileNumbers(at, moved.length)), true);
    }
    if (isRefused(moved)) refused.offsets++;

    const noisy = original.slice();
    const from = random.integer(8, noisy.length - 1);
    const to = Math.min(noisy.length, from + random.integer(1, 64));
    for (let at = from; at < to; at++) noisy[at] = random.integer(0, 255);
    if (isRefused(noisy)) refused.noise++;
  }
  return refused;
}

Deno.test("readTflite() survives thousands of damaged small files", () => {
  const rounds = 3000;
  const refused = attack(writeTflite(smallGraph()), rounds, 31);
  assert(refused.truncations > rounds * 0.9);
  assert(refused.bits > 100);
  assert(refused.offsets > rounds * 0.3);
  assert(refused.noise > rounds * 0.3);
});

Deno.test("readTflite() survives every offset of a small file replaced", () => {
  const original = writeTflite(smallGraph());
  const damaged = original.slice();
  const view = new DataView(damaged.buffer);
  let refused = 0;
  for (let at = 0; at + 4 <= original.length; at += 4) {
    const before = view.getUint32(at, true);
    for (const number of hostileNumbers(at, original.length)) {
      view.setUint32(at, number, true);
      if (isRefused(damaged)) refused++;
    }
    view.setUint32(at, before, true);
  }
  assert(refused > original.length / 4);
  assert.deepEqual(damaged, original);
});

Deno.test("readTflite() survives noise behind a sound beginning", () => {
  const random = new SeededRandom(33);
  for (let i = 0; i < 2000; i++) {
    const bytes = Uint8Array.from(
      { length: random.integer(8, 400) },
      () => random.integer(0, 255) & random.integer(0, 255),
    );
    bytes.set([0x10, 0, 0, 0, 0x54, 0x46, 0x4c, 0x33]);
    assert(isRefused(bytes));
  }
});

referenceTest("readTflite() survives damaged official models", () => {
  for (const path of modelFiles()) {
    const original = Deno.readFileSync(path);
    // The tables of the large models are a small part of them: damage mostly hits weights there.
    const rounds = original.length > 200_000 ? 60 : 150;
    const refused = attack(original, rounds, 34);
    assert(refused.truncations > rounds * 0.9, `${basename(path)} ${JSON.stringify(refused)}`);
  }
});
