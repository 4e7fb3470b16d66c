import assert from "node:assert/strict";
import { inspect } from "node:util";
import { table } from "../../lib/analysis/table.ts";

const rows = [
  { board: "A", "latency (ms)": 12.3456, files: 1000 },
  { board: "Board B", "latency (ms)": 8, note: "short" },
];

Deno.test("Table as text aligns numbers to the right", () => {
  assert.equal(
    String(table(rows, { caption: "Two boards" })),
    [
      "Two boards",
      "board    latency (ms)  files  note",
      "A               12.35  1,000  –",
      "Board B             8      –  short",
    ].join("\n"),
  );
  assert.equal(inspect(table(rows)), String(table(rows)));
});

Deno.test("Table shows the columns asked for, in their order", () => {
  assert.equal(
    String(table(rows, { columns: ["files", "board"] })),
    "files  board\n1,000  A\n    –  Board B",
  );
});

Deno.test("Table prints the names given for its columns", () => {
  assert.equal(
    String(table(rows, { columns: { board: "device", files: "inputs" } })),
    "device   inputs\nA         1,000\nBoard B       –",
  );
});

Deno.test("Table as HTML has exact values to sort by and escapes all text", () => {
  const html = table([{ "<i>": "<b>&", n: 1234.56789 }], { caption: "<u>" }).toHtml();
  assert.ok(html.includes('data-value="1234.56789">1,235</td>'));
  assert.ok(html.includes("&lt;i&gt;</button>") && html.includes("&lt;b&gt;&amp;</td>"));
  assert.ok(!/<[ibu]>/.test(html));
});

Deno.test("Table is the same HTML each time", () => {
  assert.equal(table(rows).toHtml(), table(rows).toHtml());
  assert.notEqual(table(rows).toHtml(), table(rows.slice(1)).toHtml());
});

Deno.test("Table shows the first thousand rows and says so", () => {
  const many = Array.from({ length: 1500 }, (_, i) => ({ i }));
  const html = table(many).toHtml();
  assert.equal(html.match(/<tr>/g)?.length, 1001);
  assert.ok(html.includes("The first 1000 of 1500 rows"));
});

Deno.test("Table does not look up a prototype", () => {
  const odd = JSON.parse('[{"__proto__": 1, "constructor": 2}, {"a": 3}]');
  assert.equal(
    String(table(odd)),
    ["__proto__  constructor  a", "        1            2  –", "        –            –  3"].join(
      "\n",
    ),
  );
});

Deno.test("Table of nothing is empty", () => {
  assert.equal(String(table([])), "");
  assert.ok(table([]).toHtml().startsWith("<table"));
});
