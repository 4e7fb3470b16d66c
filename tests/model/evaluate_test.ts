import assert from "node:assert/strict";
import { ModelError } from "../../lib/model/errors.ts";
import { evaluate } from "../../lib/model/evaluate.ts";
import { Int8Executor } from "../../lib/model/int8/int8_executor.ts";
import { quantizeInput } from "../../lib/model/int8/quantize_input.ts";
import { readTflite } from "../../lib/model/tflite/read_tflite.ts";
import { writeTflite } from "../../lib/model/tflite/write_tflite.ts";
import { referenceTest, shared } from "../reference.ts";
import { readInt8, readRows } from "./reference_models.ts";
import { SeededRandom } from "./seeded_random.ts";
import { smallGraph } from "./small_graph.ts";

const SIZE = 8 * 6 * 3;

/** Items of every type, in stretches. */
function mixedItems(count: number) {
  const random = new SeededRandom(17);
  return Array.from({ length: count }, (_, id) => {
    const values = random.int8s(SIZE);
    const kind = Math.floor(id / 7) % 3;
    const input = kind === 0
      ? values
      : kind === 1
      ? new Uint8Array(values.buffer)
      : Float32Array.from(values, (v) => v * 0.021);
    return { id, input };
  });
}

Deno.test("evaluate() gives what the reference gives, in order, for any number of workers", async () => {
  const graph = smallGraph();
  const items = mixedItems(300);
  const executor = new Int8Executor(graph, { rounding: "single" });
  const expected = items.map(({ id, input }) => ({
    id,
    output: executor.run(quantizeInput(input, executor.input, "truncate")),
  }));
  for (const workers of [1, 2, 3]) {
    const options = { workers, rounding: "single", inputRounding: "truncate" } as const;
    const results = await Array.fromAsync(
      evaluate(graph, items, options),
      ({ item, output }) => ({ id: item.id, output }),
    );
    assert.deepEqual(results, expected, `${workers} workers`);
  }
});

Deno.test("evaluate() takes a file's bytes, folds, and does not change inputs", async () => {
  const items = mixedItems(3);
  const before = items.map(({ input }) => [...input]);
  const graph = smallGraph();
  const plain = await Array.fromAsync(evaluate(graph, items));
  const folded = await Array.fromAsync(evaluate(writeTflite(graph), items, { fold: true }));
  assert.deepEqual(folded, plain);
  assert.deepEqual(items.map(({ input }) => [...input]), before);
});

Deno.test("evaluate() takes items only as results are taken", async () => {
  let taken = 0;
  async function* endless() {
    const input = new Int8Array(SIZE);
    for (;; taken++) yield await Promise.resolve({ input });
  }
  for (const workers of [1, 2]) {
    taken = 0;
    for await (const { output } of evaluate(smallGraph(), endless(), { workers })) {
      assert.equal(output.length, 5);
      break;
    }
    assert(taken < 500, `${taken} items`);
  }
});

Deno.test("evaluate() ends the items' iterator when nobody wants more", async () => {
  let closed = false;
  async function* some() {
    try {
      for (let i = 0; i < 1000; i++) yield await Promise.resolve({ input: new Int8Array(SIZE) });
    } finally {
      closed = true;
    }
  }
  for await (const _ of evaluate(smallGraph(), some())) break;
  assert(closed);
});

Deno.test("evaluate() tells how many items are done", async () => {
  const progress: number[] = [];
  const onProgress = (done: number) => progress.push(done);
  const items = mixedItems(200).filter(({ input }) => input instanceof Int8Array);
  const results = await Array.fromAsync(evaluate(smallGraph(), items, { onProgress }));
  assert(progress.length > 0);
  assert.deepEqual(progress, [...new Set(progress)].sort((a, b) => a - b));
  assert.equal(progress.at(-1), results.length);
});

Deno.test("evaluate() of nothing gives nothing", async () => {
  assert.deepEqual(await Array.fromAsync(evaluate(smallGraph(), [], { workers: 2 })), []);
});

Deno.test("evaluate() ends when its signal says so", async () => {
  const reason = new Error("enough");
  const graph = smallGraph();
  for (const workers of [1, 2]) {
    const controller = new AbortController();
    let got = 0;
    const run = async () => {
      const { signal } = controller;
      for await (const _ of evaluate(graph, mixedItems(2000), { workers, signal })) {
        if (++got === 100) controller.abort(reason);
      }
    };
    await assert.rejects(run, reason);
    assert(got < 2000);
  }
  const signal = AbortSignal.abort(reason);
  await assert.rejects(() => evaluate(graph, mixedItems(1), { signal }).next(), reason);
});

Deno.test("evaluate() ends though an item never comes", async () => {
  const controller = new AbortController();
  const never: AsyncIterable<{ input: Int8Array }> = {
    [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }),
  };
  const { signal } = controller;
  const next = evaluate(smallGraph(), never, { signal }).next();
  controller.abort(new Error("enough"));
  await assert.rejects(next, /enough/);
});

Deno.test("evaluate() throws on a wrong size, a wrong model and a failing source", async () => {
  const graph = smallGraph();
  const items = [...mixedItems(2), { id: 2, input: new Int8Array(3) }];
  await assert.rejects(
    Array.fromAsync(evaluate(graph, items, { workers: 2 })),
    (error) =>
      error instanceof ModelError && /item 2 .* 3 values: expected 144/.test(error.message),
  );
  await assert.rejects(Array.fromAsync(evaluate(new Uint8Array(9), [])), ModelError);
  function* failing() {
    yield mixedItems(1)[0];
    throw new Error("disk is gone");
  }
  await assert.rejects(Array.fromAsync(evaluate(graph, failing())), /disk is gone/);
});

referenceTest("evaluate() gives what the NUCLEO-L4R5ZI printed, on two workers", async () => {
  const rows = readRows(shared("reference/kws01/outputs_nucleo_l4r5zi_v05.csv"));
  const items = rows.map(([file, ...rest]) => ({
    file,
    printed: rest.slice(13).map(Number),
    input: readInt8(shared(`reference/kws01/${file}`)),
  }));
  const graph = readTflite(Deno.readFileSync(shared("reference/models/kws_ref_model.tflite")));
  let count = 0;
  for await (const { item, output } of evaluate(graph, items, { workers: 2 })) {
    assert.deepEqual([...output], item.printed, item.file);
    count++;
  }
  assert.equal(count, 1000);
});
