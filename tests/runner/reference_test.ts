/** The benchmark on real inputs and the real reference models. */
import assert from "node:assert/strict";
import { benchmarks } from "../../lib/benchmarks.ts";
import { openVirtualBoard } from "../../lib/runner/open_virtual_board.ts";
import { runSession } from "../../lib/runner/run_session.ts";
import type { Benchmark } from "../../lib/benchmarks.ts";
import type { Score } from "../../lib/sessions/score_session.ts";
import { readSession } from "../../lib/sessions/read_session.ts";
import { referenceTest, shared } from "../reference.ts";

async function accuracy(benchmark: Benchmark, data: string, session: string): Promise<Score> {
  const connection = await openVirtualBoard({
    benchmark,
    model: shared(`reference/models/${benchmark.model.file}`),
  });
  const { clock } = connection;
  const run = runSession({ connection, clock, benchmark, mode: "accuracy", data, session });
  for (;;) {
    const step = await run.next();
    if (step.done) return step.value;
  }
}

referenceTest(
  "kws01 accuracy: all 1000 outputs are those of the NUCLEO-L4R5ZI, top-1 as published",
  async () => {
    const session = await Deno.makeTempDir();
    const score = await accuracy(benchmarks.kws01, shared("reference/kws01"), session);
    const table = await Deno.readTextFile(shared("reference/kws01/outputs_nucleo_l4r5zi_v05.csv"));
    const [header, ...rows] = table.trim().split(/\r?\n/).map((line) => line.split(","));
    const first = header.indexOf("int8_0");
    const published = new Map(
      rows.map((row) => [row[0], row.slice(first, first + 12).map(Number)]),
    );
    const { inferences } = await readSession(session);
    assert.equal(inferences.length, 1000);
    for (const { file, results } of inferences) {
      assert.deepEqual(results.map((p) => Math.round(p * 256) - 128), published.get(file), file);
    }
    assert.equal(score.top1Percent!.toFixed(1), "90.1");
    assert.equal(score.aucEnergyRunner!.toFixed(2), "0.99");
    assert.equal(score.valid, true);
    await Deno.remove(session, { recursive: true });
  },
);

referenceTest(
  "ad01 accuracy: 196 windows of a real spectrogram, scored by their mean",
  async () => {
    const data = await Deno.makeTempDir();
    const name = "normal_id_01_00000000_hist_librosa.bin";
    await Deno.copyFile(shared(`reference/ad01/${name}`), `${data}/${name}`);
    await Deno.writeTextFile(`${data}/y_labels.csv`, `${name},2,0,2560,512\n`);
    const session = await Deno.makeTempDir();
    const score = await accuracy(benchmarks.ad01, data, session);
    const { inferences } = await readSession(session);
    assert.equal(inferences.length, 196);
    const mean = inferences.reduce((sum, { results }) => sum + results[0], 0) / 196;
    assert.equal(score.files![0].outputs[0], mean);
    // A normal sound: the autoencoder knows it. Published file scores of normal files lie around 10.
    assert.ok(mean > 5 && mean < 20, `${mean}`);
    await Deno.remove(data, { recursive: true });
    await Deno.remove(session, { recursive: true });
  },
);

for (const id of ["vww01", "ic01"] as const) {
  referenceTest(`${id} runs its reference model on a virtual board`, async () => {
    const benchmark = benchmarks[id];
    const data = await Deno.makeTempDir();
    const picture = Uint8Array.from({ length: benchmark.input.bytes }, (_, i) => (i * 7) % 256);
    await Deno.writeFile(`${data}/a.bin`, picture);
    await Deno.writeTextFile(`${data}/y_labels.csv`, `a.bin,${benchmark.classes.length},1\n`);
    const session = await Deno.makeTempDir();
    const score = await accuracy(benchmark, data, session);
    const sum = score.files![0].outputs.reduce((a, b) => a + b, 0);
    assert.ok(Math.abs(sum - 1) < 0.05, "outputs are probabilities");
    await Deno.remove(data, { recursive: true });
    await Deno.remove(session, { recursive: true });
  });
}
