import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { delay, VirtualClock } from "../lib/clock.ts";

const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};

Deno.test("VirtualClock stands still while it is held, however often, and goes on then", async () => {
  const clock = new VirtualClock();
  let over = false;
  const first = clock.hold();
  const second = clock.hold();
  delay(clock, 1000).then(() => over = true);
  await turns(20);
  assert.equal(clock.now(), 0);
  first();
  first(); // counts once
  await turns(20);
  assert.equal(over, false);
  second();
  await turns(20);
  assert.equal(over, true);
  assert.equal(clock.now(), 1000);
});
