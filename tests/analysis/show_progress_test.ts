import assert from "node:assert/strict";
import { showProgress } from "../../lib/analysis/show_progress.ts";
import { RecordingChannel } from "./recording_channel.ts";

Deno.test("showProgress() moves a bar by progress events and returns what the run returns", async () => {
  async function* run() {
    yield { type: "start" };
    yield { type: "progress", done: 0, total: 2, unit: "windows" };
    await Promise.resolve();
    yield { type: "progress", done: 2, total: 2, unit: "windows" };
    return "score";
  }
  const channel = new RecordingChannel();
  assert.equal(await showProgress(run(), { channel }), "score");
  assert.equal(
    channel.sent.at(-1)!.content.data["text/plain"],
    `[${"#".repeat(24)}] 2 of 2 windows`,
  );
});

Deno.test("showProgress() leaves the bar where the run failed", async () => {
  async function* run() {
    yield { type: "progress", done: 1, total: 2, unit: "windows" };
    await Promise.resolve();
    throw new Error("Unplugged");
  }
  const channel = new RecordingChannel();
  await assert.rejects(showProgress(run(), { channel }), /Unplugged/);
  assert.match(channel.sent.at(-1)!.content.data["text/plain"], /1 of 2 windows$/);
});
