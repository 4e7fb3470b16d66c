import assert from "node:assert/strict";
import { leastBusy, OwnThread } from "../../lib/threads/thread.ts";
import { untilAborted } from "../../lib/threads/until_aborted.ts";

Deno.test("OwnThread lets the program have its turn before each answer", async () => {
  using thread = new OwnThread((value: number) => {
    if (value < 0) throw new RangeError("Below nothing");
    return 2 * value;
  });
  let turns = 0;
  setTimeout(() => turns++, 0);
  const answer = thread.ask(21);
  assert.equal(thread.busy, 1);
  assert.equal(await answer, 42);
  await assert.rejects(thread.ask(-1), RangeError);
  assert.equal(thread.busy, 0);
  while (turns === 0) await thread.ask(1);
});

Deno.test("leastBusy() is the first with the fewest questions", () => {
  const threads = [2, 1, 3, 1].map((busy, place) => ({ busy, place }));
  assert.equal(leastBusy(threads).place, 1);
});

Deno.test("untilAborted() gives what comes first", async () => {
  const reason = new Error("enough");
  const { signal } = new AbortController();
  assert.equal(await untilAborted(Promise.resolve(3)), 3);
  assert.equal(await untilAborted(Promise.resolve(3), signal), 3);
  await assert.rejects(untilAborted(Promise.reject(new RangeError()), signal), RangeError);
  await assert.rejects(untilAborted(Promise.resolve(3), AbortSignal.abort(reason)), reason);
  const controller = new AbortController();
  const late = Promise.withResolvers<never>();
  const waiting = untilAborted(late.promise, controller.signal);
  controller.abort(reason);
  await assert.rejects(waiting, reason);
  late.reject(new Error("nobody hears of this"));
  await late.promise.catch(() => {});
});
