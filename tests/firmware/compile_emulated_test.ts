/**
 * The reference models, compiled to C, on emulated boards with a Cortex-M4F: kernels of the DSP extension, its own floating
 * point, 96 kB of memory on one of them.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Benchmark, benchmarks } from "../../lib/benchmarks.ts";
import { Int8Engine } from "../../lib/model/engine/int8_engine.ts";
import { type BoardModel } from "../../lib/serial/virtual/virtual_board.ts";
import { boardModel } from "../../lib/serial/virtual/board_model.ts";
import { SeededRandom } from "../model/seeded_random.ts";
import { shared, sharedDir, testWith } from "../reference.ts";
import {
  compiled,
  counted,
  emulatedPort,
  referenceGraph,
  withModelFirmware,
} from "./compile_tools.ts";
import { type Emulator, l475, qemu } from "./ports_tools.ts";
import { LoadingBoard } from "./loading_board.ts";

const memoryOf = {
  "mps2-an386": { flash: 4 * 2 ** 20, ram: 4 * 2 ** 20 },
  "b-l475e-iot01a": { flash: 2 ** 20, ram: 96 * 1024 },
};
const ramStart = 0x2000_0000;

/** Everything in RAM lies between its ends, stack and all, and there is nothing that would take more later. */
async function checkMemory(file: string, { machine }: Emulator): Promise<void> {
  const { stdout } = await promisify(execFile)("arm-none-eabi-nm", ["-P", file]);
  const symbols = new Map(
    stdout.trim().split("\n").map((line) => {
      const [name, kind, value] = line.split(" ");
      return [name, { kind, value: parseInt(value, 16) }];
    }),
  );
  const at = (name: string) => symbols.get(name)!.value;
  assert.equal(at("stack_start"), ramStart);
  assert.ok(at("stack_end") >= ramStart + 4096);
  assert.ok(at("data_start") >= at("stack_end"));
  assert.ok(at("bss_end") <= ramStart + memoryOf[machine].ram);
  for (const [name, { kind, value }] of symbols) {
    if (!/^[bd]$/i.test(kind)) continue;
    assert.ok(value >= ramStart && value <= at("bss_end"), name);
  }
  for (const heap of ["malloc", "_malloc_r", "calloc", "realloc", "sbrk", "_sbrk", "_sbrk_r"]) {
    assert.ok(!symbols.has(heap), `no ${heap}: there is no heap`);
  }
  const size = (await promisify(execFile)("arm-none-eabi-size", [file])).stdout;
  const [text, data, bss] = size.trim().split("\n")[1].trim().split(/\s+/).map(Number);
  assert.ok(text + data <= memoryOf[machine].flash);
  assert.ok(at("bss_end") - ramStart >= data + bss, "all of it is between the ends");
}

/** A model's firmware on an emulated board. In the end its stack had room to spare. */
async function withBoard(
  emulator: Emulator,
  benchmark: Benchmark,
  use: (board: LoadingBoard, expected: BoardModel) => Promise<void>,
): Promise<void> {
  const graph = await referenceGraph(benchmark);
  using engine = await Int8Engine.load(graph);
  const run = async (file: string) => {
    await checkMemory(file, emulator);
    await using board = await LoadingBoard.connect(emulatedPort(file, counted, emulator));
    await use(board, boardModel(benchmark, engine, 1));
    const { used, reserved } = await board.stack();
    assert.ok(used > 100 && used + 2048 < reserved, `${used} of ${reserved} bytes of stack`);
  };
  const { port, board } = emulator;
  await withModelFirmware(port, compiled(benchmark, graph), run, { board });
}

for (const emulator of [qemu, l475]) {
  const { machine } = emulator;
  const needed = sharedDir
    ? emulator
    : { present: false, otherwise: "no reference data, set THIMBLE_REFERENCE" };

  testWith(needed, `kws01 on ${machine}: 100 outputs of the NUCLEO-L4R5ZI`, async () => {
    const data = shared("reference/kws01");
    const text = await Deno.readTextFile(`${data}/outputs_nucleo_l4r5zi_v05.csv`);
    const [header, ...rows] = text.trim().split(/\r?\n/).map((line) => line.split(","));
    const first = header.indexOf("int8_0");
    const sample = rows.filter((_, i) => i % 10 === 3);
    assert.equal(sample.length, 100);
    await withBoard(emulator, benchmarks.kws01, async (board) => {
      assert.ok((await board.ask("profile")).includes("m-model-[kws01]"));
      for (const row of sample) {
        await board.load(await Deno.readFile(`${data}/${row[0]}`));
        const { results } = await board.infer(1, 0);
        const outputs = results.map((p) => Math.round(Number(p) * 256) - 128);
        assert.deepEqual(outputs, row.slice(first, first + 12).map(Number), row[0]);
      }
    });
  });

  // Bytes take their time on the STM32's line: a part is enough there.
  const windows = emulator === qemu ? 196 : 30;
  testWith(needed, `ad01 on ${machine}: ${windows} windows of a real spectrogram`, async () => {
    const name = "reference/ad01/normal_id_01_00000000_hist_librosa.bin";
    const sound = (await Deno.readFile(shared(name))).subarray(0, 2048 + 512 * windows);
    await withBoard(emulator, benchmarks.ad01, async (board, expected) => {
      for (let at = 0; at + 2560 <= sound.length; at += 512) {
        await board.load(sound.subarray(at, at + 2560), at > 0 ? 2048 : 0);
        const { results } = await board.infer(1, 0);
        assert.deepEqual(results, expected.results(sound.slice(at, at + 2560)), `window ${at}`);
      }
    });
  });

  for (const id of ["ic01", "vww01"] as const) {
    testWith(needed, `${id} on ${machine} fits, and agrees with the engine`, async () => {
      await withBoard(emulator, benchmarks[id], async (board, expected) => {
        const random = new SeededRandom(23);
        const answers = new Set<string>();
        for (let i = 0; i < 4; i++) {
          const noise = new Uint8Array(random.int8s(benchmarks[id].input.bytes).buffer);
          // From noise to shapes: noise alone has one answer.
          const picture = noise.map((value, k) => k % 1000 < 240 * i ? value >> 3 : value);
          await board.load(picture);
          const { results } = await board.infer(2, 1);
          assert.deepEqual(results, expected.results(picture));
          answers.add(results.join());
        }
        assert.ok(answers.size > 1, "inputs make a difference");
      });
    });
  }

  testWith(needed, `performance runs on ${machine} agree to a tick of the clock`, async () => {
    await withBoard(emulator, benchmarks.kws01, async (board) => {
      await board.load(new Uint8Array(490).map((_, i) => 7 * i));
      const durations: number[] = [];
      for (let i = 0; i < 5; i++) durations.push((await board.infer(20, 2)).durationUs);
      const [least, most] = [Math.min(...durations), Math.max(...durations)];
      assert.ok(least > 20 * 10_000, "some million instructions each");
      assert.ok(most - least <= 1, durations.join(", "));
    });
  });
}
