import assert from "node:assert/strict";
import { escapeHtml } from "../../lib/escape_html.ts";
import { scriptJson } from "../../lib/analysis/html_text.ts";

const alphabet = [
  "<",
  ">",
  "&",
  '"',
  "'",
  "/",
  "script",
  "!--",
  "\u2028",
  "\u2029",
  "é",
  "\\",
  "%",
];

function* hostileTexts(count: number): Generator<string> {
  let state = 20260101;
  const next = (limit: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % limit;
  };
  for (let i = 0; i < count; i++) {
    yield Array.from({ length: next(12) }, () => alphabet[next(alphabet.length)]).join("");
  }
}

Deno.test("escapeHtml() leaves nothing that opens a tag, an entity or a quote, and loses nothing", () => {
  const entities: Record<string, string> = {
    "&amp;": "&",
    "&lt;": "<",
    "&gt;": ">",
    "&quot;": '"',
    "&#39;": "'",
  };
  for (const text of hostileTexts(2000)) {
    const escaped = escapeHtml(text);
    assert.ok(!/[<>"']/.test(escaped));
    assert.equal(escaped.replace(/&[a-z0-9#]+;/g, (entity) => entities[entity]), text);
  }
});

Deno.test("scriptJson() cannot end its script and means the same", () => {
  for (const text of hostileTexts(2000)) {
    const literal = scriptJson({ text });
    assert.ok(!/<|\u2028|\u2029/.test(literal));
    assert.deepEqual(JSON.parse(literal), { text });
  }
});
