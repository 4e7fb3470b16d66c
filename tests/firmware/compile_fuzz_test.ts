/** libFuzzer on compiled models: any input, kernels and core with ASan and UBSan. */
import assert from "node:assert/strict";
import { type Benchmark, type BenchmarkId, benchmarks } from "../../lib/benchmarks.ts";
import type { CompiledModel } from "../../lib/model/compile/compile_model.ts";
import { sharedDir, testWith } from "../reference.ts";
import { compiled, referenceGraph, withModelFirmware } from "./compile_tools.ts";
import { fuzz, fuzzer, fuzzLimit } from "./fuzz_tools.ts";

const needed = sharedDir
  ? fuzzer
  : { present: false, otherwise: "no reference data, set THIMBLE_REFERENCE" };
const options = ["-max_len=4096", "-timeout=20"];

// So many inputs take some seconds.
const runs: [BenchmarkId, number][] = [["kws01", 60], ["ad01", 500], ["ic01", 20], ["vww01", 20]];

for (const [id, count] of runs) {
  testWith(needed, `${id} as C survives a fuzzer`, async () => {
    const benchmark = benchmarks[id];
    const model = compiled(benchmark, await referenceGraph(benchmark));
    await withModelFirmware("fuzz-model", model, async (file, dir) => {
      const limits = [...options, fuzzLimit(count, 1 / runs.length)];
      const { code, log, inputs } = await fuzz(file, dir, limits);
      assert.equal(code, 0, log.slice(-3000));
      assert.ok(inputs > 0, log.slice(-3000));
    });
  });
}

/** The model with one thing wrong. */
async function damaged(benchmark: Benchmark, from: RegExp, to: string): Promise<CompiledModel> {
  const model = compiled(benchmark, await referenceGraph(benchmark));
  const text = model.files["model.c"];
  assert.equal(text.split(from).length, 2, `${from} is in model.c once`);
  return { ...model, files: { ...model.files, "model.c": text.replace(from, to) } };
}

const faults = [
  {
    what: "an arena that is too small",
    from: /arena\[(?=\d+ \+ ENGINE_SLACK\])/,
    to: "arena[-4000 + ",
  },
  { what: "an input that is read too far", from: /\.height = 49,/, to: ".height = 4900," },
  { what: "an operator that is left out", from: /operator_\d+\(\);\s+(?=return 0;)/, to: "" },
];

for (const { what, from, to } of faults) {
  testWith(needed, `the fuzzer finds ${what}`, async () => {
    const model = await damaged(benchmarks.kws01, from, to);
    await withModelFirmware("fuzz-model", model, async (file, dir) => {
      const { code, log } = await fuzz(file, dir, [...options, "-runs=100"]);
      assert.notEqual(code, 0, "nothing was found");
      assert.match(log, /runtime error: index|AddressSanitizer|deadly signal/);
    });
  });
}
