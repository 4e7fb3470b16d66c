import assert from "node:assert/strict";
import { energyFigure } from "../../lib/analysis/energy_figure.ts";
import { maxFigureCharacters } from "../../lib/analysis/figure.ts";
import { jupyterDisplay } from "../../lib/analysis/notebook_channel.ts";
import { InputError } from "../../lib/errors.ts";
import type { EnergyTrace, EnergyWindow } from "../../lib/sessions/energy_trace.ts";
import { readSession } from "../../lib/sessions/read_session.ts";
import { referenceTest, shared } from "../reference.ts";

const window = (index: number, trace = 0): EnergyWindow => ({
  index,
  number: index,
  file: "a<b>.bin",
  iterations: 100,
  trace,
  startS: 1 + index,
  endS: 1.5 + index,
  startSample: 1000 * (1 + index),
  samples: 500,
  missing: 0,
  energyUj: 20_000,
});

function trace(seconds = 4): EnergyTrace {
  const samplesUj = new Float32Array(1000 * seconds).fill(10).fill(40, 1000, 1500);
  return { sampleRateHz: 1000, samplesUj, timestampsS: [1, 1.5] };
}

interface Trace {
  name?: string;
  text?: string;
  x: number[];
  y: (number | null)[];
}
const tracesOf = (figure: { data: unknown }) => figure.data as Trace[];

Deno.test("energyFigure() shows windows with what hovering tells, edges and lost samples", () => {
  const of = trace();
  of.samplesUj.fill(NaN, 3000, 3010);
  const figure = energyFigure(of, { windows: [window(0)], subject: "kws01", source: "emulated" });
  const [area, line, edges, lost] = tracesOf(figure);
  assert.deepEqual(area.x, [1, 1, 1.5, 1.5, 1]);
  for (const part of ["200.0 µJ/inference", "20,000", "40.00 mW", "100 inferences in 0.500 s"]) {
    assert.ok(area.text!.includes(part), `${part} in ${area.text}`);
  }
  assert.ok(area.text!.includes("a&lt;b&gt;.bin"));
  assert.equal(line.y.filter((y) => y === null).length, 10);
  assert.deepEqual(edges.x, [1, 1.5]);
  assert.equal(lost.x.length, 10);
  assert.match(figure.summary, /^Energy: 200\.0 µJ\/inference\nkws01 · emulated/);
  assert.match(figure.summary, /Window 1: 200\.0 µJ\/inference, energy 20,000/);
});

Deno.test("energyFigure() keeps its size whatever the trace has, and shows a spike of one sample", () => {
  const samplesUj = new Float32Array(3_000_000).fill(10);
  samplesUj[1_234_567] = 5000;
  const timestampsS = Array.from({ length: 5000 }, (_, i) => i / 2);
  const windows = Array.from({ length: 1000 }, (_, i) => window(i));
  const figure = energyFigure({ sampleRateHz: 1000, samplesUj, timestampsS }, { windows });
  assert.ok(JSON.stringify(figure).length < maxFigureCharacters);
  assert.ok(figure.script.length < 600_000, `${figure.script.length}`);
  const line = tracesOf(figure).find(({ name }) => name === "Power")!;
  assert.ok(line.y.includes(5000));
  assert.ok(line.x.length <= 4002);
});

Deno.test("energyFigure() shows power below zero, and what else a trace can hold", () => {
  const of = trace();
  of.samplesUj.fill(-25, 2000, 2003);
  const figure = energyFigure(of, { windows: [window(0)] });
  const axis = (figure: { layout: object }) =>
    (figure.layout as { yaxis: { range: [number, number] } }).yaxis.range;
  assert.deepEqual(axis(figure), [-27, 43.2]);
  assert.deepEqual(tracesOf(figure)[0].y, [-27, 43.2, 43.2, -27, -27]);
  for (
    const [values, range] of [[[-5, -5], [-5.4, 0]], [[NaN, NaN], [0, 1]], [[0], [0, 1]]] as const
  ) {
    const samplesUj = Float32Array.from(values);
    assert.deepEqual(axis(energyFigure({ sampleRateHz: 1000, samplesUj, timestampsS: [] })), range);
  }
});

Deno.test("energyFigure() refuses a stretch without samples", () => {
  for (const rangeS of [[2, 2], [3, 1], [NaN, 1], [1, Infinity], [4, 5], [-2, 0]] as const) {
    assert.throws(
      () => energyFigure(trace(), { rangeS }),
      (error) => error instanceof InputError && /Cannot draw from/.test(error.message),
      `${rangeS}`,
    );
  }
  assert.ok(energyFigure(trace(), { rangeS: [-1, 5] }));
});

Deno.test("energyFigure() draws a stretch down to its samples", () => {
  const samplesUj = Float32Array.from({ length: 1_000_000 }, (_, i) => i % 100);
  const of = { sampleRateHz: 100_000, samplesUj, timestampsS: [5, 7] };
  const figure = energyFigure(of, { rangeS: [5, 5.01] });
  const [line, edges] = tracesOf(figure);
  assert.ok(line.x.length >= 1000 && line.x.length <= 1004);
  assert.deepEqual(edges.x, [5]);
});

Deno.test("energyFigure() puts recordings one after the other", async () => {
  const session = {
    energyTraces: [trace(), trace(5)],
    energyWindows: [window(0), window(0, 1)],
    start: { source: "measured", benchmark: "kws01", dut: { name: "board" } },
    files: { folder: "" },
  } as unknown as Parameters<typeof energyFigure>[0];
  const figure = energyFigure(session);
  const [first, second, line, edges] = tracesOf(figure);
  assert.equal(first.x[0], 1);
  assert.equal(second.x[0], 6);
  assert.deepEqual(edges.x, [1, 1.5, 6, 6.5]);
  assert.equal(line.y.filter((y) => y === null).length, 1);
  const bundle = await figure[jupyterDisplay]();
  assert.match(String(bundle["text/html"]), /plotly_relayout/);
});

Deno.test("energyFigure() needs samples", () => {
  const empty = { sampleRateHz: 1000, samplesUj: new Float32Array(0), timestampsS: [] };
  assert.throws(() => energyFigure(empty), InputError);
});

referenceTest("energyFigure() of published runs holds every spike", async () => {
  for (
    const path of [
      "energyrunner/v0.5-nucleo-l4r5zi/kws/energy",
      "mlcrunner/v1.3-nucleo-u575zi-q/kws/energy",
    ]
  ) {
    const session = await readSession(shared(`reference/sessions/${path}`));
    const line = tracesOf(energyFigure(session)).find(({ name }) => name === "Power")!;
    const most = Math.max(
      ...session.energyTraces.map(({ samplesUj }) =>
        Array.from(samplesUj).reduce((a, b) => Math.max(a, b), 0)
      ),
    );
    const shown = line.y.reduce<number>((a, b) => Math.max(a, b ?? 0), 0);
    assert.ok(Math.abs(shown / most - 1) < 1e-5);
  }
});
