import assert from "node:assert/strict";
import { InputError, ThimbleError } from "../../lib/errors.ts";
import { WorkerThread } from "../../lib/threads/worker_thread.ts";
import { PlaceError } from "./place_error.ts";
import type { Order } from "./trial_worker.ts";

type Answer = Uint8Array | number;

function trialThread(offset = 0, module = "./trial_worker.ts") {
  return new WorkerThread<{ offset: number }, Order, Answer>(
    import.meta.resolve(module),
    { offset },
    { purpose: "try", errors: [PlaceError] },
  );
}

const sum = (...values: number[]): Order => ({ kind: "sum", values: Uint8Array.from(values) });

Deno.test("WorkerThread answers in order, however long an answer takes", async () => {
  using thread = trialThread(100);
  const answered: Answer[] = [];
  const asked = [sum(1, 2), { kind: "wait", ms: 5 } as const, sum(3)].map((order) =>
    thread.ask(order).then((answer) => answered.push(answer))
  );
  assert.equal(thread.busy, 3);
  await Promise.all(asked);
  assert.equal(thread.busy, 0);
  assert.deepEqual(answered, [Uint8Array.of(103), 5, Uint8Array.of(103)]);
});

Deno.test("WorkerThread gives away what is named", async () => {
  using thread = trialThread();
  const values = Uint8Array.of(4, 5);
  const answer = thread.ask({ kind: "sum", values }, [values.buffer]);
  assert.equal(values.length, 0);
  assert.deepEqual(await answer, Uint8Array.of(9));
});

Deno.test("WorkerThread throws errors of their class, and goes on", async () => {
  using thread = trialThread();
  await assert.rejects(thread.ask({ kind: "throw", error: "place" }), (error) => {
    assert(error instanceof PlaceError);
    assert.deepEqual([error.message, error.hint, error.place], ["Cannot go there", "Go home", 7]);
    assert.match(error.stack!, /trial_worker\.ts/);
    return true;
  });
  await assert.rejects(thread.ask({ kind: "throw", error: "input" }), (error) => {
    assert(error instanceof InputError && error.cause instanceof PlaceError);
    return error.source === "x" && error.cause.message === "It is far";
  });
  await assert.rejects(
    thread.ask({ kind: "throw", error: "range" }),
    (error) => error instanceof RangeError && error.message === "Too much",
  );
  await assert.rejects(
    thread.ask({ kind: "throw", error: "other" }),
    { name: "OtherError", message: "Odd", code: 3 },
  );
  await assert.rejects(thread.ask({ kind: "throw", error: "word" }), /no error at all/);
  await assert.rejects(thread.ask({ kind: "function" }), /could not be cloned/);
  assert.deepEqual(await thread.ask(sum(1)), Uint8Array.of(1));
});

Deno.test("WorkerThread does not wait for a worker that would end itself", async () => {
  using thread = trialThread();
  for (const kind of ["close", "exit", "process exit"] as const) {
    await assert.rejects(thread.ask({ kind }), /Cannot end a worker from within/);
  }
  assert.deepEqual(await thread.ask(sum(1)), Uint8Array.of(1));
});

Deno.test("WorkerThread lets all fail that waits for a worker that failed", async () => {
  using thread = trialThread();
  const all = await Promise.allSettled([thread.ask({ kind: "crash" }), thread.ask(sum(1))]);
  for (const each of all) {
    assert(each.status === "rejected" && each.reason instanceof ThimbleError);
    assert.match(each.reason.message, /^Cannot try as a worker failed: '.*Down it goes/);
  }
  assert(thread.hasEnded);
  await assert.rejects(thread.ask(sum(1)), /Down it goes/);
});

Deno.test("WorkerThread fails where its module is not there, or its job is no good", async () => {
  using none = trialThread(0, "./no_worker.ts");
  await assert.rejects(none.ask(sum(1)), /^ThimbleError: Cannot try as a worker failed: '/);
  using thread = trialThread(-1);
  for (let i = 0; i < 2; i++) {
    await assert.rejects(
      thread.ask(sum(1)),
      (error) => error instanceof PlaceError && error.place === -1,
    );
  }
});

Deno.test("WorkerThread lets all fail that waits when it is ended", async () => {
  const thread = trialThread();
  const answer = thread.ask({ kind: "wait", ms: 1e8 });
  thread[Symbol.dispose]();
  await assert.rejects(answer, /Cannot wait for a worker that was ended/);
  await assert.rejects(thread.ask(sum(1)), ThimbleError);
  assert.equal(thread.busy, 0);
});
