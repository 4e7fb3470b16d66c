import assert from "node:assert/strict";
import { Script } from "node:vm";
import { figureBundle } from "../../lib/analysis/figure_display.ts";
import { Figure } from "../../lib/analysis/figure.ts";
import { jupyterDisplay } from "../../lib/analysis/notebook_channel.ts";

const figure = new Figure({
  data: [{ type: "bar", y: [1, 2], text: ["</script><script>alert(1)//", "\u2028"] }],
  layout: { title: { text: "Bars" } },
  summary: "Two bars <b>",
});

Deno.test("figureBundle() gives the specification, HTML and text", () => {
  const bundle = figureBundle(figure);
  assert.deepEqual(Object.keys(bundle), [
    "application/vnd.plotly.v1+json",
    "text/html",
    "text/plain",
  ]);
  const spec = bundle["application/vnd.plotly.v1+json"] as Record<string, unknown>;
  assert.deepEqual(Object.keys(spec), ["data", "layout", "config"]);
  assert.deepEqual(spec.data, figure.data);
  assert.equal(bundle["text/plain"], "Two bars <b>");
});

Deno.test("figureBundle() holds no Plotly and is the same each time", () => {
  const html = figureBundle(figure)["text/html"] as string;
  assert.ok(html.length < 3000);
  assert.equal(figureBundle(figure)["text/html"], html);
});

Deno.test("figureBundle() escapes text in HTML and in its script", () => {
  const html = figureBundle(figure)["text/html"] as string;
  assert.ok(html.includes("<pre>Two bars &lt;b&gt;</pre>"));
  assert.equal(html.match(/<script>/g)?.length, 1);
  assert.equal(html.match(/<\/script>/g)?.length, 1);
  assert.ok(!html.includes("\u2028"));
});

interface FakeNode {
  title: string;
  isEmptied: boolean;
  replaceChildren(): void;
}

async function runScriptOf(html: string, window: Record<string, unknown>): Promise<FakeNode> {
  const [, script] = html.match(/<script>([^]*)<\/script>/)!;
  const node: FakeNode = {
    title: "",
    isEmptied: false,
    replaceChildren() {
      this.isEmptied = true;
    },
  };
  new Script(`((window, document) => {${script}})`).runInThisContext()(window, {
    querySelectorAll: () => [node],
  });
  await new Promise((resolve) => setTimeout(resolve));
  return node;
}

Deno.test("figureBundle() draws where the page has Plotly", async () => {
  const drawn: unknown[] = [];
  const Plotly = { newPlot: (...args: unknown[]) => drawn.push(args) };
  const node = await runScriptOf(figureBundle(figure)["text/html"] as string, { Plotly });
  assert.ok(node.isEmptied);
  assert.deepEqual(drawn, [[node, figure.data, figure.layout, {
    responsive: true,
    displaylogo: false,
    doubleClick: "reset",
  }]]);
});

Deno.test("figureBundle() waits for Plotly where it is on its way", async () => {
  const window: Record<string, unknown> = {};
  let isDrawn = false;
  window.thimblePlotly = Promise.resolve().then(() => {
    window.Plotly = { newPlot: () => isDrawn = true };
  });
  await runScriptOf(figureBundle(figure)["text/html"] as string, window);
  assert.ok(isDrawn);
});

Deno.test("figureBundle() keeps its summary, and says what to do, where the page has no Plotly", async () => {
  const node = await runScriptOf(figureBundle(figure)["text/html"] as string, {});
  assert.ok(!node.isEmptied);
  assert.match(node.title, /await loadPlotly\(\)/);
});

Deno.test("Figure displays itself outside a notebook too", async () => {
  assert.deepEqual(await figure[jupyterDisplay](), figureBundle(figure));
});
