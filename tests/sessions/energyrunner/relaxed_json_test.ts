import assert from "node:assert/strict";
import { parseEnergyRunnerScript } from "../../../lib/sessions/energyrunner/energyrunner_script.ts";
import { parseRelaxedJson } from "../../../lib/sessions/energyrunner/relaxed_json.ts";
import { mutate } from "../mutate.ts";

Deno.test("parseRelaxedJson() reads JSON as JSON.parse does", () => {
  const values = ["", "a\"'\\\n\t\u0007✓", 0, -1.5e-3, true, false, null, [], [[1], ["x"]]];
  assert.deepEqual(parseRelaxedJson(JSON.stringify(values)), values);
});

Deno.test("parseRelaxedJson() reads what only JavaScript knows", () => {
  const text = `// a list
  [ { cmd: 'it\\'s "so"', "ack": /a\\/b[/\\]]+ m-ready/i, $x_1: undefined, /* b */ ms: +10, }, ]`;
  assert.deepEqual(parseRelaxedJson(text), [
    new Map<string, unknown>([
      ["cmd", 'it\'s "so"'],
      ["ack", "a\\/b[/\\]]+ m-ready"],
      ["$x_1", null],
      ["ms", 10],
    ]),
  ]);
  assert.equal(
    parseRelaxedJson(String.raw`'\x41\u00e9\
b'`),
    "Aéb",
  );
});

Deno.test("parseRelaxedJson() names the place of what it cannot read", () => {
  const bad = [
    "",
    "[",
    "[1 2]",
    "{a 1}",
    "{a: }",
    "'abc",
    "[/a\n/]",
    "nope",
    "1 2",
    "'\\u12'",
    "//",
  ];
  for (const text of bad) {
    assert.throws(() => parseRelaxedJson(text), /^SyntaxError: Cannot read line \d+ as /, text);
  }
  assert.throws(() => parseRelaxedJson("[\n\n{a: 'b'\n c}]"), /line 4/);
  assert.throws(() => parseRelaxedJson("[".repeat(100_000)), /too deep/);
});

Deno.test("parseRelaxedJson() cannot reach a prototype", () => {
  const value = parseRelaxedJson("{__proto__: {polluted: 1}, constructor: 2}") as Map<
    string,
    unknown
  >;
  assert.deepEqual([...value.keys()], ["__proto__", "constructor"]);
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
});

Deno.test("parseEnergyRunnerScript() leaves out what is no command", () => {
  const commands = parseEnergyRunnerScript("[1, {ms: 1}, {cmd: 2}, {cmd: 'x', ms: 'y', ack: 3}]");
  assert.deepEqual(commands, [{ command: "x" }]);
  assert.throws(() => parseEnergyRunnerScript("{}"), SyntaxError);
});

Deno.test("parseRelaxedJson() survives damaged scripts: a value or a SyntaxError", () => {
  const script = `[
    { cmd: 'dut profile' },
    { cmd: 'bload dut "C:\\\\data\\\\kws01\\\\a.bin"', ms: 7840 },
    { cmd: 'dut infer 100 1', ms: -1, ack: /dut.?: m-ready/ },
    { cmd: 'echo tail 1000', ack: /echo-message\\[tail\\]/ },
  ]`;
  const bytes = new TextEncoder().encode(script);
  let read = 0;
  for (let seed = 0; seed < 2000; seed++) {
    try {
      parseRelaxedJson(new TextDecoder().decode(mutate(bytes, seed)));
      read++;
    } catch (error) {
      assert.ok(error instanceof SyntaxError, String(error));
    }
  }
  assert.ok(read > 50 && read < 1950, `${read} were read`);
});
