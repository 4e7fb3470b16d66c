import assert from "node:assert/strict";
import { fingerprint } from "../../lib/model/fingerprint.ts";
import { Int8Executor } from "../../lib/model/int8/int8_executor.ts";
import { dequantize, quantizeInput } from "../../lib/model/int8/quantize_input.ts";
import { readTflite } from "../../lib/model/tflite/read_tflite.ts";
import { referenceTest, shared } from "../reference.ts";
import { readFloat32, readInt8, readRows } from "./reference_models.ts";
import { smallGraph } from "./small_graph.ts";

const kws = () => readTflite(Deno.readFileSync(shared("reference/models/kws_ref_model.tflite")));

/** Every fourth of the thousand published outputs. */
function samplesOf(table: string, columns: [number, number]) {
  return readRows(shared(`reference/kws01/${table}`)).filter((_, i) => i % 4 === 0).map((row) => ({
    input: readInt8(shared(`reference/kws01/${row[0]}`)),
    output: row.slice(...columns).map(Number),
  }));
}

referenceTest(
  "fingerprint() tells the NUCLEO-L4R5ZI's arithmetic from its printed decimals",
  () => {
    // Three decimals, cut off.
    const [best, other] = fingerprint(kws(), samplesOf("outputs_nucleo_l4r5zi_v05.csv", [2, 14]));
    assert.deepEqual(best, { rounding: "tflm", agreeing: 250, samples: 250, agreement: 1 });
    assert.equal(other.rounding, "single");
    assert(other.agreement > 0.5 && other.agreement < 0.75, `${other.agreement}`);
  },
);

referenceTest("fingerprint() tells ST's arithmetic from its printed decimals", () => {
  // Three decimals, rounded.
  const [best, other] = fingerprint(kws(), samplesOf("outputs_st_h7a3_v07.csv", [1, 13]));
  assert.equal(best.rounding, "single");
  assert(best.agreeing >= 249);
  assert(other.agreement > 0.5 && other.agreement < 0.75, `${other.agreement}`);
});

referenceTest("fingerprint() tells rounded from cut off inputs by anomaly scores", () => {
  const graph = readTflite(Deno.readFileSync(shared("reference/models/ad01_int8.tflite")));
  const slices = readFloat32(shared("reference/ad01/normal_id_01_00000000_hist_librosa.bin"));
  const score = (output: Float32Array, input: ArrayLike<number>) => [
    output.reduce((sum, y, i) => sum + (y - input[i]) ** 2, 0) / output.length,
  ];
  for (const inputRounding of ["round", "truncate"] as const) {
    for (const rounding of ["tflm", "single"] as const) {
      const device = new Int8Executor(graph, { rounding });
      const samples = Array.from({ length: 20 }, (_, i) => {
        const input = slices.slice(i * 640, (i + 1) * 640);
        const output = device.run(quantizeInput(input, device.input, inputRounding));
        const printed = score(dequantize(output, device.output), input)[0].toFixed(6);
        return { input, output: [Number(printed)] };
      });
      const [best, next] = fingerprint(graph, samples, { tolerance: 1e-6, printed: score });
      assert.deepEqual([best.rounding, best.inputRounding], [rounding, inputRounding]);
      assert.equal(best.agreement, 1);
      assert(next.agreement < 0.5);
    }
  }
});

Deno.test("fingerprint() compares int8 exactly", () => {
  const input = new Int8Array(144).fill(20);
  const output = new Int8Executor(smallGraph()).run(input);
  const other = output.slice();
  other[0]++;
  assert.equal(fingerprint(smallGraph(), [{ input, output }])[0].agreement, 1);
  assert.equal(fingerprint(smallGraph(), [{ input, output: other }])[0].agreement, 0);
});

Deno.test("fingerprint() throws without samples and on numbers that do not fit", () => {
  assert.throws(() => fingerprint(smallGraph(), []), /there is no sample/);
  const input = new Int8Array(144);
  assert.throws(
    () => fingerprint(smallGraph(), [{ input, output: [1, 2] }]),
    /2 numbers a sample: expected 5/,
  );
});
