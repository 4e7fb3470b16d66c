import assert from "node:assert/strict";
import type { Output } from "./notebook.ts";
import { OutputCollector } from "./output_collector.ts";

function collect(messages: [type: string, content: Record<string, unknown>][]): Output[] {
  const collector = new OutputCollector();
  const outputs: Output[] = [];
  collector.register("request", outputs);
  for (const [type, content] of messages) {
    collector.collect({ type, parentId: "request", content });
  }
  return outputs;
}

const stream = (name: string, text: string): [string, Record<string, unknown>] => [
  "stream",
  { name, text },
];

Deno.test("OutputCollector joins neighbouring text of one stream", () => {
  const outputs = collect([stream("stdout", "a"), stream("stdout", "b"), stream("stderr", "c")]);
  assert.deepEqual(outputs, [
    { output_type: "stream", name: "stdout", text: "ab" },
    { output_type: "stream", name: "stderr", text: "c" },
  ]);
});

Deno.test("OutputCollector clears at once, or when the next output comes", () => {
  assert.deepEqual(collect([stream("stdout", "a"), ["clear_output", { wait: false }]]), []);
  const waiting = collect([stream("stdout", "a"), ["clear_output", { wait: true }]]);
  assert.equal(waiting.length, 1);
  const replaced = collect([
    stream("stdout", "a"),
    ["clear_output", { wait: true }],
    stream("stdout", "b"),
  ]);
  assert.deepEqual(replaced, [{ output_type: "stream", name: "stdout", text: "b" }]);
});

Deno.test("OutputCollector ignores messages of requests it does not know", () => {
  const collector = new OutputCollector();
  collector.collect({ type: "stream", parentId: "x", content: { name: "stdout", text: "a" } });
  collector.collect({
    type: "update_display_data",
    parentId: "x",
    content: { data: {}, transient: { display_id: "constructor" } },
  });
  assert.equal(collector.updates, 1);
});
