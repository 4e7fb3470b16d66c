/** What figures say: titles, hover texts, sources; hostile names; sizes. */
import assert from "node:assert/strict";
import { detectionsFigure } from "../../lib/analysis/detections_figure.ts";
import { generationsFigure } from "../../lib/analysis/generations_figure.ts";
import { layerProfileFigure } from "../../lib/analysis/layer_profile_figure.ts";
import {
  energyAccuracyFigure,
  latencyEnergyFigure,
  paretoFigure,
  sizeAccuracyFigure,
} from "../../lib/analysis/pareto_figure.ts";
import { publishedResults, type ResultRow } from "../../lib/analysis/result_row.ts";
import { rocFigure } from "../../lib/analysis/roc_figure.ts";
import { tensorErrorFigure } from "../../lib/analysis/tensor_error_figure.ts";
import { trainingFigure } from "../../lib/analysis/training_figure.ts";
import { ThimbleError } from "../../lib/errors.ts";
import { tensorError } from "../../lib/model/tensor_error.ts";
import { loadPublished } from "../../lib/sessions/rounds/load_published.ts";
import { asJson } from "./figure_json.ts";

const rows = publishedResults(await loadPublished());
const kws = rows.filter(({ benchmark }) => benchmark === "kws01");
const evil = "<img src=x onerror=alert(1)>";

const own: ResultRow = {
  ...kws[0],
  name: evil,
  source: "simulated",
  round: null,
  latencyMs: 0.1,
  energyUjPerInf: 5,
  top1Percent: 99,
  modelBytes: 1000,
};

Deno.test("latencyEnergyFigure() draws the front, iso-power lines, and says who beats whom", () => {
  const { data, layout } = asJson(latencyEnergyFigure(kws, { subject: "kws01" }));
  const line = data.find(({ name }) => name === "Pareto front")!;
  assert((line.x as number[]).length >= 3);
  const beaten = data.find(({ name }) => name === "beaten, published")!;
  assert((beaten.customdata as string[]).every((text) => /beaten by .*×/.test(text)));
  const power = data.find(({ name }) => name === "100 mW")!;
  assert.equal((power.y as number[])[0] / (power.x as number[])[0], 100);
  assert.match(layout.title.text, /published in a benchmark round/);
  assert.equal(layout.xaxis.title.text, "Latency (ms)");
});

Deno.test("paretoFigure() keeps one's own runs apart from published ones, and escapes names", () => {
  const { data, layout } = asJson(latencyEnergyFigure([...kws, own]));
  const mine = data.find(({ name }) => name === "not beaten, simulated")!;
  assert.equal((mine.marker as { symbol: string }).symbol, "square");
  assert(!JSON.stringify(data).includes("<img"));
  assert.match(layout.title.text, /published in a benchmark round; simulated: a cost model/);
});

Deno.test("energyAccuracyFigure() and sizeAccuracyFigure() have the target of the benchmark", () => {
  for (const figure of [energyAccuracyFigure(kws), sizeAccuracyFigure([own, { ...own }])]) {
    const { layout } = asJson(figure);
    assert.equal(layout.shapes[0].y0, 90);
    assert.equal(layout.yaxis.title.text, "Top-1 (%)");
  }
  const ad = asJson(energyAccuracyFigure(rows.filter(({ benchmark }) => benchmark === "ad01")));
  assert.equal(ad.layout.yaxis.title.text, "AUC");
  assert.equal(ad.layout.shapes[0].y0, 0.85);
});

Deno.test("paretoFigure() says what is missing or too much", () => {
  assert.throws(() => paretoFigure(kws, { x: "modelBytes", y: "auc" }), ThimbleError);
  assert.throws(() => paretoFigure([], { x: "latencyMs", y: "auc" }), ThimbleError);
  const many = Array.from({ length: 2001 }, () => own);
  assert.throws(() => latencyEnergyFigure(many), /at most 2000/);
  // A latency of 0 has no place on a logarithmic axis.
  assert.throws(() => latencyEnergyFigure([{ ...own, latencyMs: 0 }]), ThimbleError);
});

Deno.test("generationsFigure() takes the best of each round, in the order of rounds", () => {
  const { data, layout } = asJson(generationsFigure(kws, { lines: 3 }));
  assert.equal(data.length, 3);
  const nucleo = data.find(({ name }) => name === "NUCLEO-L4R5ZI")!;
  assert.deepEqual(nucleo.x, ["v0.5", "v0.7", "v1.0", "v1.1", "v1.2"]);
  assert.equal((nucleo.y as number[])[4], 43.1866);
  assert.match((nucleo.customdata as string[])[4], /4\.21× less than in v0\.5/);
  assert.equal((layout.yaxis as unknown as { type: string }).type, "log");
  assert.throws(() => generationsFigure([own]), ThimbleError);
});

Deno.test("layerProfileFigure() says what is dearest and what a MAC costs", () => {
  const layers = [{ name: evil, cost: 30, macs: 10 }, { name: "b", cost: 70 }];
  const figure = layerProfileFigure(layers, { unit: "instructions", source: "emulated" });
  const { data, layout } = asJson(figure);
  assert.match(layout.title.text, /b takes 70 % of 100\.0 instructions/);
  assert.match((data[0].customdata as string[])[0], /10 MACs, 3\.00 instructions each/);
  assert(!JSON.stringify(figure).includes("<img"));
  assert.throws(() => layerProfileFigure([], { unit: "µs", source: "measured" }), ThimbleError);
});

Deno.test("rocFigure() draws a curve a class, one for two classes, and thins long ones", () => {
  const files = Array.from({ length: 3000 }, (_, i) => ({
    file: `${i}`,
    label: i % 3,
    outputs: [0, 1, 2].map((c) => (c === i % 3 ? 0.3 : 0) + ((i * 7919 * (c + 1)) % 1000) / 1000),
  }));
  const three = rocFigure({ files, source: "measured" }, { classes: ["a", "b", evil] });
  const { data } = asJson(three);
  assert.equal(data.length, 4);
  assert((data[1].x as number[]).length <= 1000);
  assert(!JSON.stringify(three).includes("<img"));
  const two = files.map((file) => ({
    ...file,
    label: file.label % 2,
    outputs: file.outputs.slice(0, 2),
  }));
  assert.equal(asJson(rocFigure({ files: two, source: "measured" })).data.length, 2);
  assert.throws(() => rocFigure({ source: "measured" }), ThimbleError);
  const same = two.map((file) => ({ ...file, label: 1 }));
  assert.throws(() => rocFigure({ files: same, source: "measured" }), ThimbleError);
});

Deno.test("detectionsFigure() tells misses and false alarms", () => {
  const figure = detectionsFigure({
    detectionsMs: [100, 1700, 9100],
    occurrencesS: [[1, 1.5], [4, 4.5]],
  }, { source: "measured" });
  const { data } = asJson(figure);
  const named = (name: string) => data.find((trace) => trace.name === name)!;
  assert.deepEqual(named("spoken, missed").base, [4]);
  assert.deepEqual(named("false alarm").x, [9]);
  assert.match((named("detected").customdata as string[])[0], /600 ms after the word began/);
  assert.match(figure.summary, /missed at 4\.00 s/);
  assert.throws(
    () => detectionsFigure({ detectionsMs: [0] }, { source: "measured" }),
    ThimbleError,
  );
});

Deno.test("tensorErrorFigure() draws a layer without error above the others", () => {
  const layers = [
    { name: "a", error: tensorError([1, 2], [1, 2]) },
    { name: "b", error: tensorError([1, 2], [1, 2.1]) },
  ];
  const { data, layout } = asJson(tensorErrorFigure(layers));
  const y = data[0].y as number[];
  assert(y[0] > y[1] && Number.isFinite(y[0]));
  assert.match((data[0].customdata as string[])[0], /no error/);
  assert.match(layout.title.text, /Worst: b/);
  assert.throws(() => tensorErrorFigure([]), ThimbleError);
});

Deno.test("trainingFigure() draws only the curves there are", () => {
  const { data, layout } = asJson(trainingFigure([{ epoch: 0, loss: 1 }, { epoch: 1, loss: 0.5 }]));
  assert.deepEqual(data.map(({ name }) => name), ["loss"]);
  assert.match(layout.title.text, /Loss 0\.500 after 2 epochs/);
  assert.throws(() => trainingFigure([]), ThimbleError);
});

Deno.test("generationsFigure() leaves out what a logarithmic axis cannot show, and escapes names", () => {
  const at = (latencyMs: number, round: string) => ({ ...own, board: evil, latencyMs, round });
  const figure = generationsFigure([at(0, "v1"), at(-1, "v2"), at(3, "v3")]);
  const { data } = asJson(figure);
  assert.deepEqual(data[0].y, [3]);
  assert(!JSON.stringify(figure).includes("<img"));
});

Deno.test("paretoFigure() draws 2000 systems with long names", () => {
  const many = Array.from({ length: 2000 }, (_, i) => ({
    ...own,
    name: `${i} ${"NUCLEO-L4R5ZI ".repeat(20)}`,
    latencyMs: 10 + 9 * Math.sin(i),
    energyUjPerInf: 500 + 400 * Math.cos(3 * i),
  }));
  const { data } = asJson(latencyEnergyFigure(many));
  const drawn = data.filter(({ mode }) => mode === "markers")
    .reduce((sum, { x }) => sum + (x as number[]).length, 0);
  assert.equal(drawn, 2000);
});

Deno.test("tensorErrorFigure() does not call what is not a number free of error", () => {
  const layers = [
    { name: "a", error: { ...tensorError([1], [1.5]), signalToNoiseDb: NaN } },
    { name: "b", error: tensorError([0], [1]) },
    { name: "c", error: tensorError([1], [1]) },
  ];
  const { summary } = tensorErrorFigure(layers);
  assert.match(summary, /a: not a number/);
  assert.doesNotMatch(summary, /b: no error/);
  assert.match(summary, /c: no error/);
});

Deno.test("paretoFigure() draws lines of equal power on no other axes than latency and energy", () => {
  const figure = paretoFigure([own], { x: "modelBytes", y: "top1Percent", isoPower: true });
  assert.equal(asJson(figure).data.some(({ mode }) => mode === "lines+text"), false);
});

Deno.test("rocFigure() of a hundred classes stays small", () => {
  const files = Array.from({ length: 1000 }, (_, i) => ({
    file: `${i}.bin`,
    label: i % 100,
    outputs: Array.from({ length: 100 }, (_, c) => Math.abs(Math.sin(i * 101 + c * 7919))),
  }));
  const { data } = asJson(rocFigure({ files, source: "measured" }));
  assert.equal(data.length, 101);
  assert.equal((data[1].x as number[]).at(-1), 1);
});

Deno.test("layerProfileFigure() refuses costs that are none", () => {
  for (const cost of [NaN, Infinity, -1]) {
    assert.throws(
      () => layerProfileFigure([{ name: "a", cost }], { unit: "µs", source: "simulated" }),
      RangeError,
    );
  }
});

Deno.test("figures shorten titles that would run out of the picture", () => {
  const layers = [{ name: "x".repeat(5000), cost: 1 }];
  const { layout } = asJson(
    layerProfileFigure(layers, { unit: "µs", source: "simulated", subject: "y".repeat(5000) }),
  );
  const { text } = layout.title as { text: string };
  assert(text.length < 500 && text.includes("…"), text.slice(0, 100));
  assert.match(text, /simulated: a cost model/);
});
