import assert from "node:assert/strict";
import { ProgressBar } from "../../lib/analysis/progress_bar.ts";
import type { Clock } from "../../lib/clock.ts";
import { RecordingChannel } from "./recording_channel.ts";

class HandClock implements Clock {
  ms = 0;
  now(): number {
    return this.ms;
  }
  schedule(): () => void {
    throw new Error("A progress bar does not wait");
  }
}

function setUp() {
  const channel = new RecordingChannel();
  const clock = new HandClock();
  const bar = new ProgressBar({ label: "Accuracy <1>", channel, clock });
  return { channel, clock, bar };
}

Deno.test("ProgressBar displays once, then updates that display in place", () => {
  const { channel, clock, bar } = setUp();
  for (let done = 0; done <= 3; done++, clock.ms += 1000) bar.update({ done, total: 3 });
  bar[Symbol.dispose]();
  assert.deepEqual(channel.sent.map((message) => message.type), [
    "display_data",
    "update_display_data",
    "update_display_data",
    "update_display_data",
    "update_display_data",
  ]);
  assert.equal(new Set(channel.sent.map((m) => m.content.transient.display_id)).size, 1);
});

Deno.test("ProgressBar tells count, remaining time and detail while it runs", () => {
  const { channel, clock, bar } = setUp();
  bar.update({ done: 0, total: 1000, unit: "files" });
  clock.ms = 30_000;
  bar.update({ done: 250, total: 1000, unit: "files", text: "go_7.bin", remainingMs: 89_001 });
  assert.equal(
    channel.sent[1].content.data["text/plain"],
    "Accuracy <1> [######------------------] 250 of 1,000 files · 1 min 30 s left · go_7.bin",
  );
});

Deno.test("ProgressBar sends at most ten pictures a second, and always the last", () => {
  const { channel, clock, bar } = setUp();
  for (let done = 1; done <= 1000; done++, clock.ms += 1) {
    bar.update({ done, total: 1000, unit: "files" });
  }
  assert.equal(channel.sent.length, 10);
  bar[Symbol.dispose]();
  assert.match(channel.sent.at(-1)!.content.data["text/plain"], /1,000 of 1,000 files$/);
});

Deno.test("ProgressBar ends with a picture that is the same in every run", () => {
  const last = [1, 777].map((stepMs) => {
    const { channel, clock, bar } = setUp();
    for (let done = 0; done <= 5; done++, clock.ms += stepMs) {
      bar.update({ done, total: 5, text: `at ${clock.ms}`, remainingMs: clock.ms });
    }
    bar[Symbol.dispose]();
    return channel.sent.at(-1)!.content.data;
  });
  assert.deepEqual(last[0], last[1]);
});

Deno.test("ProgressBar stops moving once disposed", () => {
  const { channel, clock, bar } = setUp();
  bar.update({ done: 1, total: 2 });
  bar[Symbol.dispose]();
  const count = channel.sent.length;
  clock.ms = 5000;
  bar.update({ done: 2, total: 2 });
  bar[Symbol.dispose]();
  assert.equal(channel.sent.length, count);
});

Deno.test("ProgressBar escapes its texts and stays within 0 and 1", () => {
  const { channel, clock, bar } = setUp();
  bar.update({ done: 9, total: 3, text: "<img src=x>" });
  clock.ms = 1000;
  bar.update({ done: 0, total: 0 });
  const [over, empty] = channel.sent.map((message) => message.content.data["text/html"]);
  assert.ok(over.includes('value="1"') && empty.includes('value="0"'));
  assert.ok(!over.includes("<img") && over.includes("Accuracy &lt;1&gt;"));
});

Deno.test("ProgressBar survives a page that cannot be reached", async () => {
  const channel = { broadcast: () => Promise.reject(new Error("gone")) };
  using bar = new ProgressBar({ label: "x", channel });
  bar.update({ done: 1, total: 2 });
  await Promise.resolve();
});

Deno.test("ProgressBar shows nothing where no work was done", () => {
  const { channel, bar } = setUp();
  bar[Symbol.dispose]();
  assert.equal(channel.sent.length, 0);
});

Deno.test("ProgressBar does nothing outside a notebook", () => {
  using bar = new ProgressBar({ label: "x" });
  bar.update({ done: 1, total: 2 });
});
