/** The reference models, compiled to C, on an emulated Cortex-M4F: kernels of the DSP extension, its own floating point. */
import assert from "node:assert/strict";
import { benchmarks } from "../../lib/benchmarks.ts";
import { Int8Engine } from "../../lib/model/engine/int8_engine.ts";
import { Dut } from "../../lib/serial/dut.ts";
import { boardModel } from "../../lib/serial/virtual/board_model.ts";
import { SeededRandom } from "../model/seeded_random.ts";
import { shared, sharedDir, testWith } from "../reference.ts";
import { compiled, emulatedPort, referenceGraph, withModelFirmware } from "./compile_tools.ts";
import { qemu } from "./ports_tools.ts";

const needed = sharedDir
  ? qemu
  : { present: false, otherwise: "no reference data, set THIMBLE_REFERENCE" };

testWith(
  needed,
  "kws01 as C on an emulated Cortex-M4F: 20 outputs of the NUCLEO-L4R5ZI",
  async () => {
    const benchmark = benchmarks.kws01;
    const data = shared("reference/kws01");
    const text = await Deno.readTextFile(`${data}/outputs_nucleo_l4r5zi_v05.csv`);
    const [header, ...rows] = text.trim().split(/\r?\n/).map((line) => line.split(","));
    const first = header.indexOf("int8_0");
    const model = compiled(benchmark, await referenceGraph(benchmark));
    await withModelFirmware("mps2-an386", model, async (file) => {
      await using dut = await Dut.connect(emulatedPort(file));
      assert.equal((await dut.profile()).model, "kws01");
      for (const row of rows.slice(0, 20)) {
        await dut.load(await Deno.readFile(`${data}/${row[0]}`));
        const { results } = await dut.infer({ iterations: 1 });
        const outputs = results.map((p) => Math.round(p * 256) - 128);
        assert.deepEqual(outputs, row.slice(first, first + 12).map(Number), row[0]);
      }
    });
  },
);

for (const id of ["ad01", "ic01", "vww01"] as const) {
  testWith(needed, `${id} as C on an emulated Cortex-M4F agrees with the engine`, async () => {
    const benchmark = benchmarks[id];
    const graph = await referenceGraph(benchmark);
    using engine = await Int8Engine.load(graph);
    const expected = boardModel(benchmark, engine, 1);
    await withModelFirmware("mps2-an386", compiled(benchmark, graph), async (file) => {
      await using dut = await Dut.connect(emulatedPort(file));
      const random = new SeededRandom(23);
      const sound = shared("reference/ad01/normal_id_01_00000000_hist_librosa.bin");
      const inputs = id === "ad01"
        ? [0, 90, 180].map((frame) => Deno.readFileSync(sound).slice(512 * frame).slice(0, 2560))
        : [new Uint8Array(random.int8s(benchmark.input.bytes).buffer)];
      for (const input of inputs) {
        await dut.load(input);
        const { results } = await dut.infer({ iterations: 2 });
        assert.deepEqual(results, expected.results(input).map(Number));
      }
    });
  });
}
