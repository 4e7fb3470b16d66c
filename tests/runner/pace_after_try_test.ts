import assert from "node:assert/strict";
import { paceAfterTry } from "../../lib/runner/pace_after_try.ts";

Deno.test("paceAfterTry() plans by the fastest that was seen, and longer, after a window that was too short", () => {
  assert.deepEqual(paceAfterTry(100, 6e6, 100_000), { oneUs: 60, reserve: 1.5 });
  assert.deepEqual(paceAfterTry(50, 6e6, 100_000), { oneUs: 50, reserve: 1.5 });
});

Deno.test("paceAfterTry() does not believe what only a damaged time can say", () => {
  assert.deepEqual(paceAfterTry(100, 1.02e6, 100_000), { oneUs: 100, reserve: 1 });
  assert.deepEqual(paceAfterTry(100, 0, 100_000), { oneUs: 100, reserve: 1 });
  assert.deepEqual(paceAfterTry(100, 30e6, 100_000), { oneUs: 100, reserve: 1 });
});
