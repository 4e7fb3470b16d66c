import assert from "node:assert/strict";
import { Int8Engine } from "../../../lib/model/engine/int8_engine.ts";
import { ModelError } from "../../../lib/model/errors.ts";
import { elementCount, type Graph } from "../../../lib/model/graph.ts";
import { Int8Executor } from "../../../lib/model/int8/int8_executor.ts";
import { readTflite } from "../../../lib/model/tflite/read_tflite.ts";
import { writeTflite } from "../../../lib/model/tflite/write_tflite.ts";
import { SeededRandom } from "../seeded_random.ts";
import { smallGraph } from "../small_graph.ts";
import { randomKinds, randomOperator } from "./random_operators.ts";

/** What a model gives, or why it does not; other errors than of the model are faults. */
function attempt(run: () => Int8Array): Int8Array | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof ModelError) return undefined;
    throw error;
  }
}

/** Few enough multiplications that a reference in TypeScript is done soon. */
function isSmall(graph: Graph): boolean {
  return graph.tensors.every(({ shape }) => elementCount(shape) < 20_000);
}

Deno.test("Int8Engine runs what the reference runs of damaged models, and refuses the rest", async () => {
  const random = new SeededRandom(101);
  const originals = [
    writeTflite(smallGraph()),
    ...randomKinds.map((kind) => writeTflite(randomOperator(random, kind))),
  ];
  let ran = 0;
  let refused = 0;
  for (let i = 0; i < 12_000; i++) {
    const bytes = random.pick(originals).slice();
    for (let changes = random.integer(1, 4); changes > 0; changes--) {
      bytes[random.integer(0, bytes.length - 1)] = random.integer(0, 255);
    }
    let graph: Graph;
    try {
      graph = readTflite(bytes);
    } catch (error) {
      assert(error instanceof ModelError);
      continue;
    }
    if (!isSmall(graph)) continue;
    const input = random.int8s(elementCount(graph.tensors[graph.inputs[0]]?.shape ?? []));
    const expected = attempt(() => new Int8Executor(graph).run(input));
    let engine: Int8Engine | undefined;
    try {
      engine = await Int8Engine.load(graph, { maxMemoryBytes: 2 ** 26, fold: i % 2 === 0 });
    } catch (error) {
      assert(error instanceof ModelError, `${error}`);
    }
    if (!engine) {
      refused++;
      continue;
    }
    if (expected) {
      ran++;
      assert.deepEqual(engine.run(input), expected, `model ${i}`);
    } else attempt(() => engine.run(input));
  }
  assert(ran > 800 && refused > 10, `${ran} ran, ${refused} refused`);
});
