import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { hasCompiler } from "../../../firmware/engine/build_wasm.ts";
import { buildKernels } from "../../../lib/training/kernels/build_kernels.ts";
import { callsHeader } from "../../../lib/training/kernels/calls.ts";
import { testWith } from "../../reference.ts";

const folder = new URL("../../../lib/training/kernels/", import.meta.url);

Deno.test("calls.h is what calls.ts says", async () => {
  assert.equal(await readFile(new URL("calls.h", folder), "utf8"), callsHeader());
});

testWith(
  { present: await hasCompiler(), otherwise: "no clang-14" },
  "buildKernels() makes the committed module, byte by byte",
  async () => {
    const built = await buildKernels();
    const committed = new Uint8Array(await readFile(new URL("kernels.wasm", folder)));
    assert(
      built.length === committed.length && built.every((byte, i) => byte === committed[i]),
      "run 'deno task build:training' and commit what it writes",
    );
  },
);
