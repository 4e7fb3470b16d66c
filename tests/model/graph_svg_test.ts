import assert from "node:assert/strict";
import { graphSvg } from "../../lib/model/graph_svg.ts";
import { smallGraph } from "./small_graph.ts";

Deno.test("graphSvg() has a box for each operator, the input and the output", () => {
  const svg = graphSvg(smallGraph());
  assert.equal(svg.match(/<g><title>/g)!.length, 9);
  for (const text of ["CONV_2D 3×3 + relu", "1×8×6×4 · 5.18k MACs · 112 parameters", "SOFTMAX"]) {
    assert(svg.includes(`>${text}<`), text);
  }
});

Deno.test("graphSvg() draws every value, those that skip a box beside the boxes", () => {
  const lines = graphSvg(smallGraph()).match(/<path d="M\d+ \d+[VH][^"]*"\/>/g)!;
  const straight = lines.filter((line) => /"M\d+ \d+V\d+"/.test(line));
  assert.equal(straight.length, 8);
  assert.equal(lines.length, 9, "the sum's second input comes from two boxes above");
});

Deno.test("graphSvg() escapes names and drops what XML cannot hold", () => {
  const graph = smallGraph();
  const name = `</title><script>alert("x")</script>&'\u0001`;
  const tensors = graph.tensors.map((tensor) => ({ ...tensor, name }));
  const svg = graphSvg({ ...graph, tensors });
  assert(!svg.includes("<script"));
  assert(!svg.includes("\u0001"));
  assert(svg.includes("&lt;/title&gt;&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;"));
});

Deno.test("graphSvg() uses colours that text can be read on", () => {
  // WCAG 2.1: contrast of at least 4.5 between text and box, 3 between edge and page.
  const channel = (value: number) =>
    value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const luminance = (hex: string) => {
    const [r, g, b] = [1, 3, 5].map((at) => channel(parseInt(hex.slice(at, at + 2), 16) / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a: string, b: string) => {
    const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };
  const boxes = [...graphSvg(smallGraph()).matchAll(/rx="6" fill="(#\w+)" stroke="(#\w+)"/g)];
  assert.equal(boxes.length, 9);
  for (const [, fill, edge] of boxes) {
    assert(contrast(fill, "#111111") >= 4.5, fill);
    assert(contrast(edge, "#ffffff") >= 3, edge);
  }
});
