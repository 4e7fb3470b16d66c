import assert from "node:assert/strict";
import {
  buildEngine,
  committedBuilds,
  type EngineBuild,
} from "../../firmware/engine/build_wasm.ts";
import { compiler } from "../model/engine/engine_paths.ts";
import { testWith } from "../reference.ts";

for (const [build, file] of Object.entries(committedBuilds)) {
  const name = file.pathname.split("/").at(-1)!;
  testWith(compiler, `${name} is what its sources give, to the byte`, async () => {
    const committed = await Deno.readFile(file);
    const built = await buildEngine(build as EngineBuild);
    const same = built.length === committed.length && built.every((b, i) => b === committed[i]);
    assert(same, `${name} differs from its sources: run 'deno task build:wasm'`);
  });
}
