import assert from "node:assert/strict";
import { ModelError } from "../../../lib/model/errors.ts";
import { runFloat } from "../../../lib/model/float/float_executor.ts";
import { explainLoss } from "../../../lib/training/quantization/explain_loss.ts";
import { smallInputs, smallNet } from "./small_float.ts";

Deno.test("explainLoss() finds the layer that was made coarse", async () => {
  const graph = smallNet();
  const inputs = smallInputs(64);
  const outputs = await runFloat(graph, inputs);
  const labels = Array.from({ length: 64 }, (_, i) => {
    const values = outputs.subarray(3 * i, 3 * i + 3);
    return values.indexOf(Math.max(...values));
  });
  const steps: number[] = [];
  const { all, layers, floatTop1Percent } = await explainLoss(graph, inputs, {
    labels,
    layers: [{ match: { operator: 2 }, weightBits: 2 }],
    onProgress: (done, total) => steps.push(done / total),
  });
  assert.equal(floatTop1Percent, 100);
  const worst = layers.reduce((a, b) =>
    a.alone.error.signalToNoiseDb < b.alone.error.signalToNoiseDb ? a : b
  );
  assert.equal(worst.operator, 2);
  assert(worst.without.error.signalToNoiseDb > all.error.signalToNoiseDb + 6);
  assert(worst.without.top1Percent! >= all.top1Percent!);
  assert.equal(steps.at(-1), 1);
  assert.equal(steps.length, 2 * layers.length + 1);
});

Deno.test("explainLoss() wants a label for each input", async () => {
  await assert.rejects(
    explainLoss(smallNet(), smallInputs(4), { labels: [0, 1, 2] }),
    ModelError,
  );
});
