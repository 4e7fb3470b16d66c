import assert from "node:assert/strict";
import { deviationsDocument } from "../../lib/submission/deviations.ts";

Deno.test("deviationsDocument() tells accuracy beside the target, and what was done in another way", () => {
  const text = deviationsDocument("board-1", { "Quantization Method": "int4", "SoC Name": "x" }, [
    { benchmark: "kws01", text: "Pruned to a half", accuracy: "top-1 88.0 %" },
    { benchmark: "sww01", text: "Another model\n", accuracy: "40 true positives" },
  ]);
  assert.equal(
    text,
    `# Deviations from the closed division: board-1

The evaluation inputs, pre-processing and post-processing are those of the closed division, but for what is told here.

* Quantization Method: int4

## Keyword spotting (kws01)

* Accuracy: top-1 88.0 %; the closed division asks for top-1 90 %

Pruned to a half

## Streaming wakeword (sww01)

* Accuracy: 40 true positives; the closed division asks for at most 8 errors of each kind

Another model
`,
  );
});
