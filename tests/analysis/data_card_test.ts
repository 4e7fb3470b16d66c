/** Data set cards as they are read: text, page, notebook. */
import assert from "node:assert/strict";
import { DataCard, describe, jupyterDisplay, syntheticSets } from "../../mod.ts";
import { example, pictureOf, pictureSet } from "../training/cards/planted_set.ts";

const hostile = `<img src=x onerror="alert('1')">&\u001b[31m\u202e`;

Deno.test("describe() shows hostile names as text: nothing runs, nothing turns", async () => {
  const card = await describe(pictureSet({
    train: [example(hostile, 0, pictureOf(1)), example(`${hostile}2`, 1, pictureOf(1))],
    test: [example(hostile, 1, pictureOf(1))],
  }, {
    name: hostile,
    classes: [hostile, `</style><script>alert(2)</script>`],
    provenance: {
      synthetic: false,
      licence: hostile,
      sources: [{ name: hostile, url: `javascript:alert(3)`, sha256: hostile }],
      settings: { [hostile]: hostile },
      notes: [hostile],
    },
  }));
  for (const html of [card.toPage(), card.toHtml()]) {
    assert(!html.includes("<img src=x"));
    assert(!html.includes("<script"));
    assert(!/href=/.test(html));
    assert(!html.includes("\u001b") && !html.includes("\u202e"));
    assert(html.includes("&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;"));
    // One style of its own, which nothing has closed before its end.
    assert.equal(html.split("</style>").length, html.split("<style>").length);
  }
  assert(!String(card).includes("\u001b") && !String(card).includes("\u202e"));
});

Deno.test("describe() says what is wrong before all else", async () => {
  const card = await describe(pictureSet({
    train: [example("a", 0, pictureOf(1))],
    test: [example("b", 1, pictureOf(1)), example("c", 1, pictureOf(2))],
  }));
  const text = String(card);
  for (
    const line of [
      "! 1 group of the same examples in more than one split",
      "! 1 group of the same examples under different classes",
      "! No example of 'person' in train, 'non-person' in test",
      "The same: train 'a' (non-person), test 'b' (person)",
    ]
  ) {
    assert(text.includes(line), `${line}\n${text}`);
  }
  assert(!text.includes("Synthetic"));
});

for (const name of Object.keys(syntheticSets) as (keyof typeof syntheticSets)[]) {
  Deno.test(`describe() makes one page of synthetic ${name} that needs nothing else`, async () => {
    const sizes = name === "ad" ? { train: 6, test: 12 } : { train: 30, test: 60 };
    const card = await describe(syntheticSets[name]({ ...sizes, validation: 2, calibration: 2 }));
    const page = card.toPage();
    assert(page.length < 2_000_000, `${page.length}`);
    assert(!/(src|href)="(?!data:)/.test(page));
    assert.match(page, /default-src 'none'/);
    assert.match(page, /Synthetic: what is measured on it says nothing/);
    assert.equal(page.includes("<audio "), card.report.media === "audio");
    const shown = new Set(card.report.samples.map(({ label }) => label));
    assert.equal(shown.size, card.report.classes.length);
    assert.match(String(card), /! Synthetic/);
  });
}

Deno.test("describe() keeps a page small, however many and long the names and classes are", async () => {
  const long = "x".repeat(100_000);
  const classes = Array.from({ length: 3000 }, (_, k) => `${long}${k}`);
  const card = await describe(pictureSet({
    test: classes.map((_, k) => example(`${long}${k}`, k, pictureOf(1))),
  }, { classes, name: long }));
  assert(card.toPage().length < 2_000_000);
  assert.match(String(card), /and 2,900 more classes/);
});

Deno.test("DataCard is shown in a notebook, printed, and turned into JSON", async () => {
  const card = await describe(pictureSet({ train: [example("a", 0, pictureOf(1))] }));
  const bundle = card[jupyterDisplay]();
  assert.equal(bundle["text/html"], card.toHtml());
  assert.equal(bundle["text/plain"], String(card));
  assert.equal(Deno.inspect(card), String(card));
  const again = new DataCard(JSON.parse(JSON.stringify(card)));
  assert.equal(again.toPage(), card.toPage());
});
