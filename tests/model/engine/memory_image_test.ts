import assert from "node:assert/strict";
import { lowerGraph } from "../../../lib/model/engine/lower_graph.ts";
import {
  activationArena,
  CALL_BYTES,
  memoryImage,
} from "../../../lib/model/engine/memory_image.ts";
import type { Plan } from "../../../lib/model/engine/plan.ts";
import { testWith } from "../../reference.ts";
import { randomGraph } from "../onnx/graph_maker.ts";
import { SeededRandom } from "../seeded_random.ts";
import { smallGraph } from "../small_graph.ts";
import { compiledPaths, compiler, type EnginePath, hostPaths } from "./engine_paths.ts";
import { randomKinds, randomOperator } from "./random_operators.ts";

const SLACK = 16;

/** A plan's memory, all that it does not name filled with noise. */
function noisyMemory({ module }: EnginePath, plan: Plan, seed: number) {
  const { exports } = new WebAssembly.Instance(module);
  const memory = exports.memory as WebAssembly.Memory;
  const run = exports.engine_run as (calls: number, count: number) => void;
  const base = 65536;
  const image = memoryImage(plan, base);
  memory.grow(Math.ceil((base + image.size) / 65536));
  const bytes = new Uint8Array(memory.buffer);
  const noise = new SeededRandom(seed);
  for (let i = base; i < bytes.length; i++) bytes[i] = noise.integer(0, 255);
  bytes.set(image.bytes, base);
  return { bytes, run, base, image };
}

/** Runs call by call: each writes its output, its scratch with the slack, and nothing else. */
function checkWrites(path: EnginePath, plan: Plan, what: string): Uint8Array {
  const { bytes, run, base, image } = noisyMemory(path, plan, 1);
  const words = new Int32Array(bytes.buffer);
  plan.calls.forEach(({ kernel, output, scratchBytes }, i) => {
    const at = image.calls + i * CALL_BYTES;
    const [outputAt, scratchAt] = [words[at / 4 + 4], words[at / 4 + 5]];
    const before = bytes.slice(base);
    run(at, 1);
    for (let place = base; place < bytes.length; place++) {
      if (bytes[place] === before[place - base]) continue;
      const inOutput = place >= outputAt && place < outputAt + plan.slots[output].bytes;
      const inScratch = place >= scratchAt && place < scratchAt + scratchBytes;
      assert(inOutput || inScratch, `${what}: '${kernel}' on ${path.name} writes at ${place}`);
    }
  });
  const { bytes: size } = plan.slots[plan.output.slot];
  return bytes.slice(image.output, image.output + size);
}

function checkMemory(path: EnginePath, random: SeededRandom, count: number): void {
  for (let i = 0; i < count; i++) {
    for (const kind of randomKinds) {
      const graph = randomOperator(random, kind);
      checkWrites(path, lowerGraph(graph, { target: path.target }), `${kind} ${i}`);
    }
  }
}

Deno.test("kernels on SIMD write only where they may", () => {
  for (const path of hostPaths) checkMemory(path, new SeededRandom(51), 6);
});

testWith(compiler, "kernels on every other path write only where they may", async () => {
  for (const path of await compiledPaths()) checkMemory(path, new SeededRandom(52), 1);
});

Deno.test("what lies around tensors does not change results", () => {
  const random = new SeededRandom(53);
  for (const path of Array.from({ length: 8 }, () => hostPaths).flat()) {
    for (const kind of randomKinds) {
      const plan = lowerGraph(randomOperator(random, kind), { target: path.target });
      const input = random.int8s(plan.slots[plan.input.slot].bytes);
      const outputs = [1, 2].map((seed) => {
        const { bytes, run, image } = noisyMemory(path, plan, seed);
        new Int8Array(bytes.buffer).set(input, image.input);
        run(image.calls, plan.calls.length);
        const { bytes: size } = plan.slots[plan.output.slot];
        return bytes.slice(image.output, image.output + size);
      });
      assert.deepEqual(outputs[0], outputs[1], `${kind} on ${path.name}`);
    }
  }
});

Deno.test("activationArena() keeps apart what is needed at the same time", () => {
  const random = new SeededRandom(54);
  for (let i = 0; i < 100; i++) {
    const plan = lowerGraph(i === 0 ? smallGraph() : randomGraph(random, true));
    const arena = activationArena(plan);
    const lives = new Map<number, [number, number]>();
    const use = (slot: number, at: number) => {
      if (plan.slots[slot].data) return;
      const [first] = lives.get(slot) ?? [at];
      lives.set(slot, [first, at]);
    };
    use(plan.input.slot, 0);
    plan.calls.forEach((call, at) => [...call.inputs, call.output].forEach((s) => use(s, at)));
    use(plan.output.slot, plan.calls.length);
    const ranges = [
      ...[...lives].map(([slot, life]) => ({
        life,
        from: arena.slots[slot]!,
        bytes: plan.slots[slot].bytes + SLACK,
      })),
      ...plan.calls.flatMap(({ scratchBytes: bytes }, at) =>
        bytes ? [{ life: [at, at], from: arena.scratch[at]!, bytes }] : []
      ),
    ];
    for (const a of ranges) {
      assert(a.from >= 0 && a.from % 16 === 0 && a.from + a.bytes <= arena.bytes);
      for (const b of ranges) {
        const meet = a !== b && a.life[0] <= b.life[1] && b.life[0] <= a.life[1];
        assert(!meet || a.from + a.bytes <= b.from || b.from + b.bytes <= a.from);
      }
    }
  }
});

testWith(compiler, "the engine itself takes less than the page before its programs", async () => {
  for (const { module } of [...hostPaths, ...await compiledPaths()]) {
    const { exports } = new WebAssembly.Instance(module);
    assert.equal((exports.memory as WebAssembly.Memory).buffer.byteLength, 65536);
  }
});

Deno.test("memoryImage() lays a plan out for any base", () => {
  const plan = lowerGraph(smallGraph());
  const low = memoryImage(plan, 1024);
  const high = memoryImage(plan, 0x2100_0000);
  assert.equal(low.size, high.size);
  const distance = 0x2100_0000 - 1024;
  assert.deepEqual(
    [high.calls - low.calls, high.input - low.input, high.output - low.output],
    [distance, distance, distance],
  );
});
