import assert from "node:assert/strict";
import { buildEngine } from "../../../firmware/engine/build_wasm.ts";
import {
  hostEngine,
  relaxedEngine,
  relaxedEngineOf,
  simdEngine,
} from "../../../lib/model/engine/host_engine.ts";
import { testWith } from "../../reference.ts";
import { compiler } from "./engine_paths.ts";

Deno.test("hostEngine() is relaxed SIMD where that is exact, SIMD elsewhere", async () => {
  assert.deepEqual(await hostEngine(), await relaxedEngine() ?? simdEngine);
});

testWith(compiler, "relaxedEngineOf() finds out how a machine takes activations", async () => {
  for (const [build, moved] of [["relaxed-unsigned", 128], ["relaxed-signed", 0]] as const) {
    const engine = relaxedEngineOf(new WebAssembly.Module(await buildEngine(build)));
    assert.deepEqual(engine?.target, { layout: "relaxed", moved });
  }
});

testWith(compiler, "relaxedEngineOf() refuses a dot product that saturates", async () => {
  const module = new WebAssembly.Module(await buildEngine("relaxed-inexact"));
  assert.equal(relaxedEngineOf(module), undefined);
});
