import assert from "node:assert/strict";
import { type Buffer, PlanMemory } from "../../../lib/training/plan/plan_memory.ts";
import { Recorder } from "../../../lib/training/plan/recorder.ts";
import { Value, Weight } from "../../../lib/training/plan/value.ts";
import { WeightMemory } from "../../../lib/training/plan/weight_memory.ts";

const size = 100;

function recorder() {
  const memory = new PlanMemory(8, 2);
  const weight = new Weight("w", [size], new Float32Array(size), true);
  return {
    memory,
    weight,
    recorder: new Recorder(memory, new WeightMemory(memory, [weight]), true),
  };
}

/** Calls of each region of a program: see plan.c. */
function regionLengths(words: Int32Array): number[] {
  const lengths: number[] = [];
  for (let at = 0; at < words.length; at += words[at] + 3) {
    let calls = 0;
    for (let call = at + 3; call < at + 3 + words[at]; call += words[call + 1]) calls++;
    lengths.push(calls);
  }
  return lengths;
}

const copy = (to: Recorder, x: Buffer, y: Buffer) =>
  to.call("forward", "transfer", { x, y, size, accumulate: 0 });

Deno.test("calls on a shard's own items need no barrier between them", () => {
  const { recorder: to } = recorder();
  const [a, b, c] = [to.items(size), to.items(size), to.items(size)];
  copy(to, a, b);
  copy(to, b, c);
  copy(to, c, a);
  assert.deepEqual(regionLengths(to.finish().encode(0)), [3]);
});

Deno.test("calls that read what all shards wrote come behind a barrier", () => {
  const { recorder: to } = recorder();
  const [a, b] = [to.items(size), to.items(size)];
  const sums = to.whole(size);
  copy(to, a, b);
  to.call("gather", "column_sums", { x: b, sums, columns: size });
  to.call("gather", "column_sums", { x: b, sums: to.whole(size), columns: size });
  // Written after it was read.
  to.call("gather", "column_sums", { x: a, sums, columns: size });
  assert.deepEqual(regionLengths(to.finish().encode(0)), [1, 2, 1]);
});

Deno.test("memory that is used again with other parts comes behind a barrier", () => {
  const { recorder: to } = recorder();
  const chain = (first: Buffer, second: Buffer, length: number) =>
    to.call("forward", "transfer", { x: first, y: second, size: length, accumulate: 0 });
  const [a, b, c, d] = [to.items(size), to.items(size), to.items(size / 2), to.items(size / 2)];
  chain(a, b, size);
  chain(c, d, size / 2);
  const program = to.finish();
  const words = program.encode(0);
  // The second pair lies where the first lay: a shard may still be at work there.
  assert(program.arenaBytes < 3 * 8 * size * 4);
  assert.deepEqual(regionLengths(words), [1, 1]);
});

Deno.test("calls of shards must not all write the same", () => {
  const { recorder: to } = recorder();
  assert.throws(() => copy(to, to.items(size), to.whole(size)), /Each shard would write all/);
});

Deno.test("a gradient that values share is copied before one of them is added to", () => {
  const { recorder: to } = recorder();
  const [sum, a, b, idle] = ["sum", "a", "b", "idle"].map((name) => new Value(name, [size]));
  for (const value of [sum, a, b]) to.needGradient(value);
  assert.equal(to.addGradient(idle), undefined);
  const { buffer, accumulate } = to.addGradient(sum)!;
  assert.equal(accumulate, 0);
  assert.deepEqual(to.addGradient(sum), { buffer, accumulate: 1 });
  to.passGradient(buffer, sum, [a, b, idle]);
  assert.equal(to.gradient(a), buffer);
  assert.equal(to.gradient(b), buffer);
  const added = to.addGradient(a)!;
  assert.notEqual(added.buffer, buffer);
  assert.equal(added.accumulate, 1);
  // Now it is b's alone, until a call of a later phase is to read it.
  assert.equal(to.addGradient(b)!.buffer, buffer);
  to.keepGradient(b);
  assert.notEqual(to.addGradient(b)!.buffer, buffer);
});
