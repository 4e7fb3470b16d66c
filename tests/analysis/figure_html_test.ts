import assert from "node:assert/strict";
import { figureHtml } from "../../lib/analysis/figure_html.ts";
import { Figure } from "../../lib/analysis/figure.ts";

const figure = new Figure({ data: [{ type: "bar", y: [1] }], layout: {}, summary: "One bar" });

Deno.test("figureHtml() holds Plotly once for several figures and loads nothing", async () => {
  const html = await figureHtml([figure, figure], "Two figures");
  assert.equal(html.match(/plotly\.js v\d/g)?.length, 1);
  assert.equal(html.match(/<div data-thimble-figure/g)?.length, 2);
  assert.ok(!/<(script|link|img)[^>]+(src|href)=/i.test(html));
});

Deno.test("figureHtml() escapes the title", async () => {
  const html = await figureHtml([], "</title><script>alert(1)</script>");
  assert.ok(html.includes("<title>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;</title>"));
});
