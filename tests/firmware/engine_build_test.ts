import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import {
  buildEngine,
  committedBuilds,
  type EngineBuild,
} from "../../firmware/engine/build_wasm.ts";
import { compiler } from "../model/engine/engine_paths.ts";
import { testWith } from "../reference.ts";
import { cppcheck } from "./ports_tools.ts";

for (const [build, file] of Object.entries(committedBuilds)) {
  const name = file.pathname.split("/").at(-1)!;
  testWith(compiler, `${name} is what its sources give, to the byte`, async () => {
    const committed = await Deno.readFile(file);
    const built = await buildEngine(build as EngineBuild);
    const same = built.length === committed.length && built.every((b, i) => b === committed[i]);
    assert(same, `${name} differs from its sources: run 'deno task build:wasm'`);
  });
}

testWith(cppcheck, "cppcheck has nothing to say about the kernels of boards", async () => {
  const engine = new URL("../../firmware/engine/", import.meta.url).pathname;
  for (const hardware of [[], ["-D__ARM_FEATURE_DSP=1"]]) {
    const { stdout, stderr } = await promisify(execFile)("cppcheck", [
      ...["--std=c11", "--enable=warning,style,performance,portability", "--quiet"],
      ...["--error-exitcode=1", "-D__ARM_ARCH=7", ...hardware, "-I", engine, engine],
    ]);
    assert.equal(stdout + stderr, "");
  }
});
