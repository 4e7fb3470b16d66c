import assert from "node:assert/strict";
import { minimumIterations, minimumWindowUs } from "../../lib/benchmarks.ts";
import { planWindow } from "../../lib/runner/performance.ts";

Deno.test("planWindow() plans ten seconds and ten inferences at every speed, and not much more", () => {
  for (let us = 0.5; us < 1e8; us *= 1.37) {
    const { iterations, warmups } = planWindow(us);
    assert.ok(iterations * us >= 1.02 * minimumWindowUs || iterations >= minimumIterations);
    assert.ok(iterations * us >= minimumWindowUs);
    assert.ok(iterations >= minimumIterations);
    assert.ok(iterations * us <= 1.15 * minimumWindowUs || iterations === minimumIterations);
    assert.ok(warmups >= 1 && warmups <= 10);
  }
});
