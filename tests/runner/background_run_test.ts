import assert from "node:assert/strict";
import { InputError, ThimbleError } from "../../lib/errors.ts";
import { attachRun, type BackgroundRunOptions, startRun } from "../../lib/runner/background_run.ts";
import { inFolder } from "../cli/thimble.ts";

const accuracy = (folder: string, more: string[] = []): BackgroundRunOptions => ({
  benchmark: "kws01",
  mode: "accuracy",
  port: "virtual",
  session: `${folder}/session`,
  more,
});

Deno.test("startRun() runs by itself, and whoever attaches sees all of it", async () => {
  await inFolder(async (folder) => {
    const run = await startRun(accuracy(folder, ["--limit", "5"]));
    await assert.rejects(startRun(accuracy(folder)), InputError);
    const kinds: string[] = [];
    const events = run.events({ pollMs: 20 });
    let step = await events.next();
    for (; !step.done; step = await events.next()) kinds.push(step.value.type);
    assert.equal(step.value.inputs, 5);
    assert.equal(kinds.filter((kind) => kind === "inference").length, 5);
    assert.equal(kinds.filter((kind) => kind === "progress").length, 5);
    const again = (await attachRun(`${folder}/session`)).events({ pollMs: 20 });
    let count = 0;
    for await (const { type } of again) if (type === "inference") count++;
    assert.equal(count, 5);
    assert.equal(await run.isRunning(), false);
    await run.stop();
  });
});

Deno.test("BackgroundRun stop() ends the run in order, and it goes on where it ended", async () => {
  await inFolder(async (folder) => {
    // Performance on a simulated board takes its time on the virtual clock: many windows are many records.
    const run = await startRun(accuracy(folder));
    for await (const { type } of run.events({ pollMs: 5 })) if (type === "inference") break;
    await run.stop();
    const attached = await attachRun(`${folder}/session`);
    assert.equal(await attached.isRunning(), false);
    const resumed = await startRun(accuracy(folder));
    const events = resumed.events({ pollMs: 20 });
    let step = await events.next();
    while (!step.done) step = await events.next();
    assert((step.value.inputs ?? 0) > 5);
  });
});

Deno.test("BackgroundRun events() names what a run that cannot begin printed", async () => {
  await inFolder(async (folder) => {
    const run = await startRun({ ...accuracy(folder), benchmark: "nonsense" });
    const events = run.events({ pollMs: 20 });
    await assert.rejects(
      async () => {
        for await (const _ of events);
      },
      (error) => {
        assert(error instanceof ThimbleError);
        assert.match(error.hint ?? "", /nonsense|Name one of/);
        return true;
      },
    );
    await assert.rejects(attachRun(`${folder}/elsewhere`), InputError);
  });
});

Deno.test("startRun() lets one of two who start at once through", async () => {
  await inFolder(async (folder) => {
    const options: BackgroundRunOptions = {
      benchmark: "kws01",
      mode: "accuracy",
      port: "virtual",
      session: `${folder}/session`,
      more: ["--limit", "3"],
    };
    await Deno.writeTextFile(`${folder}/session.run.json`, "not JSON");
    const both = await Promise.allSettled([startRun(options), startRun(options)]);
    const started = both.filter((one) => one.status === "fulfilled");
    assert.equal(started.length, 1);
    const refused = both.find((one) => one.status === "rejected")!;
    assert(refused.reason instanceof InputError);
    await started[0].value.stop();
  });
});

Deno.test("attachRun() does not take another program, whose number was the run's, for the run", async () => {
  await inFolder(async (folder) => {
    const session = `${folder}/session`;
    await Deno.mkdir(session);
    await Deno.writeTextFile(`${session}/events.jsonl`, "");
    await using stranger = new Deno.Command("sleep", { args: ["60"] }).spawn();
    await Deno.writeTextFile(`${session}.run.json`, JSON.stringify({ pid: stranger.pid }));
    const run = await attachRun(session);
    assert.equal(run.pid, undefined);
    await assert.rejects(run.stop(), ThimbleError);
  });
});
