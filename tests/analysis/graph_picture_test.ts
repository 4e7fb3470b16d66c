import assert from "node:assert/strict";
import { graphPicture } from "../../lib/analysis/graph_picture.ts";
import { jupyterDisplay } from "../../lib/analysis/notebook_channel.ts";
import { loadModel } from "../../lib/model/load_model.ts";
import { demoModel } from "../../lib/runner/demo_data.ts";

Deno.test("graphPicture() is a picture in a notebook, and words elsewhere", async () => {
  const bundle = graphPicture(await loadModel(demoModel()))[jupyterDisplay]();
  assert.match(String(bundle["image/svg+xml"]), /^<svg [\s\S]*CONV_2D[\s\S]*<\/svg>\s*$/);
  assert.match(String(bundle["text/plain"]), /^5 operators/);
});
