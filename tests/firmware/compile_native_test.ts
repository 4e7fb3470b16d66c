/** The reference models, compiled to C, on the native port: what a board prints, through the runner. */
import assert from "node:assert/strict";
import { type Benchmark, benchmarks } from "../../lib/benchmarks.ts";
import { Int8Engine } from "../../lib/model/engine/int8_engine.ts";
import type { Rounding } from "../../lib/model/int8/requantize.ts";
import { runSession } from "../../lib/runner/run_session.ts";
import { Dut } from "../../lib/serial/dut.ts";
import { ProcessPort } from "../../lib/serial/process_port.ts";
import { boardModel } from "../../lib/serial/virtual/board_model.ts";
import { readSession } from "../../lib/sessions/read_session.ts";
import type { Score } from "../../lib/sessions/score_session.ts";
import { SeededRandom } from "../model/seeded_random.ts";
import { shared, sharedDir, testWith } from "../reference.ts";
import { compiled, referenceGraph, withModelFirmware } from "./compile_tools.ts";
import { gcc } from "./ports_tools.ts";

const needed = sharedDir
  ? gcc
  : { present: false, otherwise: "no reference data, set THIMBLE_REFERENCE" };

async function runAccuracy(
  file: string,
  benchmark: Benchmark,
  data: string,
  session: string,
): Promise<Score> {
  const connection = { port: new ProcessPort(file), name: "native", source: "emulated" } as const;
  const run = runSession({ connection, benchmark, mode: "accuracy", data, session });
  for (;;) {
    const step = await run.next();
    if (step.done) return step.value;
  }
}

for (const fold of [false, true]) {
  testWith(
    needed,
    `kws01 as C${fold ? ", folded" : ""}: all 1000 outputs are those of the NUCLEO-L4R5ZI`,
    async () => {
      const benchmark = benchmarks.kws01;
      const model = compiled(benchmark, await referenceGraph(benchmark), { fold });
      await withModelFirmware("native", model, async (file, dir) => {
        const data = shared("reference/kws01");
        const score = await runAccuracy(file, benchmark, data, `${dir}/session`);
        const text = await Deno.readTextFile(`${data}/outputs_nucleo_l4r5zi_v05.csv`);
        const [header, ...rows] = text.trim().split(/\r?\n/).map((line) => line.split(","));
        const first = header.indexOf("int8_0");
        const published = new Map(
          rows.map((row) => [row[0], row.slice(first, first + 12).map(Number)]),
        );
        const { inferences } = await readSession(`${dir}/session`);
        assert.equal(inferences.length, 1000);
        for (const { file, results } of inferences) {
          const outputs = results.map((p) => Math.round(p * 256) - 128);
          assert.deepEqual(outputs, published.get(file), file);
        }
        assert.equal(score.top1Percent!.toFixed(1), "90.1");
      });
    },
  );
}

testWith(needed, "ad01 as C: 196 windows of a real spectrogram, to the last decimal", async () => {
  const benchmark = benchmarks.ad01;
  const graph = await referenceGraph(benchmark);
  const name = "normal_id_01_00000000_hist_librosa.bin";
  const sound = await Deno.readFile(shared(`reference/ad01/${name}`));
  for (const inputRounding of ["round", "truncate"] as const) {
    await withModelFirmware(
      "native",
      compiled(benchmark, graph, { inputRounding }),
      async (file, dir) => {
        await Deno.mkdir(`${dir}/data`);
        await Deno.writeFile(`${dir}/data/${name}`, sound);
        await Deno.writeTextFile(`${dir}/data/y_labels.csv`, `${name},2,0,2560,512\n`);
        await runAccuracy(file, benchmark, `${dir}/data`, `${dir}/session`);
        const { inferences } = await readSession(`${dir}/session`);
        using engine = await Int8Engine.load(graph);
        const expected = boardModel(benchmark, engine, 1, inputRounding);
        assert.equal(inferences.length, 196);
        inferences.forEach(({ results }, i) => {
          const [error] = expected.results(sound.slice(512 * i, 512 * i + 2560));
          assert.deepEqual(results, [Number(error)], `window ${i}`);
        });
      },
    );
  }
});

const variants: { rounding: Rounding; fold: boolean }[] = [
  { rounding: "tflm", fold: false },
  { rounding: "single", fold: true },
];

for (const id of ["ic01", "vww01"] as const) {
  for (const { rounding, fold } of variants) {
    testWith(
      needed,
      `${id} as C (${rounding}${fold ? ", folded" : ""}) agrees with the engine`,
      async () => {
        const benchmark = benchmarks[id];
        const graph = await referenceGraph(benchmark);
        const model = compiled(benchmark, graph, { rounding, fold });
        using engine = await Int8Engine.load(graph, { rounding });
        const expected = boardModel(benchmark, engine, 1);
        await withModelFirmware("native", model, async (file) => {
          await using dut = await Dut.connect(new ProcessPort(file));
          assert.equal((await dut.profile()).model, id);
          const random = new SeededRandom(17);
          for (let i = 0; i < 8; i++) {
            const picture = new Uint8Array(random.int8s(benchmark.input.bytes).buffer);
            // From noise to shapes: noise alone has one answer.
            const dark = picture.map((value, k) => k % 1000 < 120 * i ? value >> 3 : value);
            await dut.load(dark);
            const { results } = await dut.infer({ iterations: 3 });
            assert.deepEqual(results, expected.results(dark).map(Number));
          }
        });
      },
    );
  }
}
