import assert from "node:assert/strict";
import { sourceTexts } from "../../lib/analysis/theme.ts";
import { throughputFigure } from "../../lib/analysis/throughput_figure.ts";
import { ThimbleError } from "../../lib/errors.ts";
import type { FigureSource } from "../../lib/analysis/figure.ts";
import { asJson } from "./figure_json.ts";

const windows = [10.0, 10.5, 12.5, 10.4, 10.2].map((seconds) => ({
  iterations: 200,
  runtimeS: seconds,
}));

Deno.test("throughputFigure() plots inferences a second of each window", () => {
  const { data: [points] } = asJson(throughputFigure({ windows, source: "measured" }));
  assert.deepEqual(points.x, [1, 2, 3, 4, 5]);
  assert.deepEqual((points.y as number[]).map((y) => y.toFixed(3)), [
    "20.000",
    "19.048",
    "16.000",
    "19.231",
    "19.608",
  ]);
});

Deno.test("throughputFigure() draws the median and says it in the title", () => {
  const { layout } = asJson(throughputFigure({ windows, source: "measured" }));
  const [line] = layout.shapes;
  assert.equal(line.y0, 200 / 10.4);
  assert.equal(line.y1, 200 / 10.4);
  assert.match(
    layout.title.text,
    /Throughput: 19\.23 inferences\/s<.*>median of 5 windows · measured/,
  );
});

Deno.test("throughputFigure() has units on its axes", () => {
  const { layout } = asJson(throughputFigure({ windows, source: "measured" }));
  assert.equal(layout.xaxis.title.text, "Window");
  assert.equal(layout.yaxis.title.text, "Throughput (inferences/s)");
});

Deno.test("throughputFigure() names subject and source under the title", () => {
  for (const source of Object.keys(sourceTexts) as FigureSource[]) {
    const figure = throughputFigure({ windows, source }, { subject: "kws01 on a board" });
    assert.ok(
      asJson(figure).layout.title.text.includes(
        `kws01 on a board · median of 5 windows · ${sourceTexts[source]}`,
      ),
    );
    assert.equal(
      figure.summary.split("\n")[1],
      `kws01 on a board · median of 5 windows · ${sourceTexts[source]}`,
    );
    assert.ok(sourceTexts[source].startsWith(source));
  }
});

Deno.test("throughputFigure() tells input, iterations, seconds, latency and distance on hover", () => {
  const named = windows.map((window, i) => ({ ...window, file: `<${i}>.bin` }));
  const { data: [points] } = asJson(throughputFigure({ windows: named, source: "measured" }));
  assert.equal(
    (points.customdata as string[])[2],
    "<br>200 iterations in 12.50 s<br>62.50 ms an inference<br>−16.80 % from the median" +
      "<br>input &lt;2&gt;.bin",
  );
  assert.ok((points.hovertemplate as string).includes("%{customdata}"));
});

Deno.test("throughputFigure() marks windows that the rules do not accept", () => {
  const figure = throughputFigure({
    windows: [
      { iterations: 10, runtimeS: 10 },
      { iterations: 10, runtimeS: 9.999999 },
      { iterations: 9, runtimeS: 10 },
    ],
    source: "measured",
  });
  const { data: [points], layout } = asJson(figure);
  assert.deepEqual((points.marker as { symbol: string[] }).symbol, [
    "circle",
    "square-open",
    "square-open",
  ]);
  assert.equal(
    layout.annotations[0].text,
    "2 of 3 windows not valid: under 10 s or 10 iterations",
  );
  assert.equal(figure.summary.match(/not valid/g)?.length, 2);
  const valid = asJson(throughputFigure({ windows, source: "measured" }));
  assert.deepEqual(valid.layout.annotations, []);
});

Deno.test("throughputFigure() does not blow up noise to the height of the figure", () => {
  const steady = [10.0001, 10.0002, 10.0003].map((seconds) => ({
    iterations: 100,
    runtimeS: seconds,
  }));
  const [low, high] =
    asJson(throughputFigure({ windows: steady, source: "measured" })).layout.yaxis.range;
  assert.ok((high - low) / 10 > 0.019);
});

Deno.test("throughputFigure() shows a hostile subject as text", () => {
  const subject = `<a href="javascript:alert(1)">x</a>%{x}`;
  const { layout, data } = asJson(throughputFigure({ windows, source: "measured" }, { subject }));
  assert.ok(!layout.title.text.includes("<a"));
  assert.ok(layout.title.text.includes("&lt;a href=&quot;javascript:alert(1)&quot;&gt;"));
  assert.ok(!JSON.stringify(data).includes("javascript"));
});

Deno.test("throughputFigure() names the benchmark where no subject is given", () => {
  const figure = throughputFigure({ windows, source: "measured", benchmark: "kws01" });
  assert.match(figure.summary, /^kws01 · median of 5 windows · measured/m);
});

Deno.test("throughputFigure() throws on a score without windows and a window without a runtime", () => {
  for (const none of [undefined, []]) {
    assert.throws(
      () => throughputFigure({ windows: none, source: "measured" }),
      (error: unknown) => error instanceof ThimbleError && /performance/.test(error.hint!),
    );
  }
  for (const runtimeS of [0, -1, NaN]) {
    assert.throws(
      () => throughputFigure({ windows: [{ iterations: 1, runtimeS }], source: "measured" }),
      RangeError,
    );
  }
});
