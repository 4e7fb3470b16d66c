import assert from "node:assert/strict";
import { VirtualClock } from "../../lib/clock.ts";
import { delay } from "../../lib/clock.ts";
import { IoEdges } from "../../lib/runner/io_edges.ts";
import type { IoManager } from "../../lib/serial/io_manager.ts";
import { SeededRandom } from "../model/seeded_random.ts";

Deno.test("IoEdges puts edges on the host's clock, though the IO manager's drifts and wraps", async () => {
  const clock = new VirtualClock();
  const random = new SeededRandom(1);
  // Half a percent fast, and about to wrap.
  const ioUs = () => Math.round(clock.now() * 1005 + 2 ** 32 - 3e6) % 2 ** 32;
  let isEnabled = false;
  const ioManager = {
    enableTimestamps: () => Promise.resolve(void (isEnabled = true)),
    async timestamp() {
      await delay(clock, 1 + 4 * random.real());
      const timeUs = ioUs();
      await delay(clock, 1 + 4 * random.real());
      return timeUs;
    },
  } as unknown as IoManager;
  const edges = new IoEdges(clock);
  await edges.enable(ioManager);
  assert.ok(isEnabled);
  edges.add(1);
  await edges.begin();
  const trueMs: number[] = [];
  for (const waitMs of [500, 10_000, 700]) {
    await delay(clock, waitMs);
    trueMs.push(clock.now());
    edges.add(ioUs());
  }
  const foundMs = await edges.end();
  assert.equal(foundMs.length, 3);
  foundMs.forEach((ms, i) => assert.ok(Math.abs(ms - trueMs[i]) < 2, `${ms} for ${trueMs[i]}`));
  // The next stretch begins without them.
  await edges.begin();
  assert.deepEqual(await edges.end(), []);
});
