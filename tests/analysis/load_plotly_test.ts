import assert from "node:assert/strict";
import { Script } from "node:vm";
import { loadPlotly } from "../../lib/analysis/load_plotly.ts";
import { plotlyScript } from "../../lib/analysis/plotly_script.ts";
import { RecordingChannel } from "./recording_channel.ts";

async function sentByLoad() {
  const channel = new RecordingChannel();
  await loadPlotly(channel);
  return channel.sent;
}

function runScript(html: string, window: Record<string, unknown>, document: unknown) {
  const [, script] = /^<script>([^]*)<\/script>$/.exec(html)!;
  new Script(`((window, document) => {${script}})`).runInThisContext()(window, document);
}

Deno.test("loadPlotly() sends pieces that every socket and server takes, then nothing in their place", async () => {
  const sent = await sentByLoad();
  assert.ok(sent.length > 5);
  assert.deepEqual(
    sent.map(({ type }) => type),
    sent.map((_, i) => i === 0 ? "display_data" : "update_display_data"),
  );
  assert.equal(new Set(sent.map(({ content }) => content.transient.display_id)).size, 1);
  const sizes = sent.map(({ content }) => content.data["text/html"].length);
  assert.ok(sizes.every((size) => size < 150_000));
  assert.ok(sizes.reduce((a, b) => a + b) < 2_500_000);
  assert.deepEqual(sent.at(-1)!.content.data, { "text/html": "", "text/plain": "" });
});

Deno.test("loadPlotly() puts Plotly into the page, whatever order the pieces run in", async () => {
  const pieces = (await sentByLoad()).slice(0, -1);
  for (const order of [pieces, pieces.toReversed(), [...pieces.slice(0, 3), ...pieces]]) {
    const window: Record<string, unknown> = {};
    const appended: { textContent?: string }[] = [];
    const document = {
      createElement: () => ({}),
      head: { append: (script: { textContent?: string }) => appended.push(script) },
    };
    for (const { content } of order) runScript(content.data["text/html"], window, document);
    await window.thimblePlotly;
    assert.equal(appended.length, 1);
    assert.ok(appended[0].textContent === await plotlyScript());
  }
});

Deno.test("loadPlotly() leaves a page alone that has Plotly", async () => {
  const [first] = await sentByLoad();
  const window: Record<string, unknown> = { Plotly: {} };
  runScript(first.content.data["text/html"], window, {});
  assert.deepEqual(Object.keys(window), ["Plotly"]);
});

Deno.test("loadPlotly() does nothing outside a notebook", async () => {
  await loadPlotly(undefined);
});
