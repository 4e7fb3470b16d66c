/**
 * The energy viewer: power over time, with the windows and the edges of the timestamp pin.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { escapeHtml } from "../escape_html.ts";
import { median } from "../scoring/median.ts";
import type { EnergyTrace, EnergyWindow } from "../sessions/energy_trace.ts";
import type { Session } from "../sessions/session.ts";
import { type PlacedEnvelope, zoomScript } from "./energy_zoom.ts";
import { Figure, type FigureLayout, type FigureSource, type FigureTrace } from "./figure.ts";
import { powerEnvelope, viewLine } from "./power_envelope.ts";
import { significant } from "./significant.ts";
import { palette, subtitle, themedAxis, themedLayout } from "./theme.ts";

/** What {@linkcode energyFigure} takes besides. */
export interface EnergyFigureOptions {
  /** What stands under the title in place of the benchmark and the device. */
  subject?: string;
  /** Where a bare trace comes from; a session says it itself. @default {"measured"} */
  source?: FigureSource;
  /** Windows of a bare trace. @default {none} */
  windows?: readonly EnergyWindow[];
  /** Only this stretch, from and to in seconds, drawn as finely as the figure allows. @default {everything} */
  rangeS?: readonly [number, number];
  /** Points of the line. @default {4000} */
  points?: number;
  /**
   * Values that are kept for zooming in, four bytes each before they are written as text. A trace of no more samples is
   * kept whole. @default {60000, which a notebook can carry}
   */
  detail?: number;
}

/** Where a page zooms in, the line is drawn anew from finer values that are in the page. */
export class EnergyFigure extends Figure {
  /** JavaScript for the page, run once the figure is drawn. */
  readonly script: string;

  /** Takes a figure, and the script of its page. */
  constructor(
    figure: { data: readonly FigureTrace[]; layout: FigureLayout; summary: string },
    script: string,
  ) {
    super(figure);
    this.script = script;
  }
}

const mostWindows = 200;
const mostLabels = 20;
const mostEdges = 500;
const mostGaps = 500;
// Between the recordings of a session that has several.
const gapS = 1;

/**
 * Power over time, interactive: hovering over a window tells its energy, mean power, inferences and µJ an inference;
 * edges of the timestamp pin are vertical lines, lost samples crosses. The line holds the smallest and the largest sample
 * of each stretch, so that no spike is hidden however long the trace is; zooming in draws it anew from finer values. Buttons
 * under the figure save it as PNG or SVG.
 *
 * The Deno kernel takes no messages from a page, so those finer values travel with the figure; with `rangeS` a stretch
 * is drawn down to its single samples. Several recordings in one session stand one after the other.
 *
 * @param of A session with its samples, as `readSession` gives it, or a trace.
 * @throws {InputError} Where there are no samples, or none in `rangeS`.
 *
 * @example
 * ```ts
 * import { energyFigure } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const samplesUj = new Float32Array(5000).fill(12).fill(40, 1000, 4000);
 * const trace = { sampleRateHz: 1000, samplesUj, timestampsS: [1, 4] };
 * const figure = energyFigure(trace, { source: "simulated" });
 * assert.match(figure.summary, /simulated/);
 * ```
 */
export function energyFigure(
  of: Session | EnergyTrace,
  options: EnergyFigureOptions = {},
): EnergyFigure {
  const { traces, windows, source, subject } = contentOf(of, options);
  const { points = 4000, detail = 60_000, rangeS } = options;
  const placed = place(traces, detail, rangeS);
  const endS = placed[placed.length - 1].toS;
  const [fromS, toS] = rangeS ?? [0, endS];
  if (!(fromS < toS && toS > 0 && fromS < endS && Number.isFinite(toS - fromS))) {
    throw new InputError(`Cannot draw from ${fromS} s to ${toS} s`, {
      source: "rangeS",
      hint: `The first has to be the smaller one, and within the ${
        significant(endS)
      } s of the trace`,
    });
  }
  const line = wholeLine(placed, fromS, toS, points);
  const extreme = (pick: (a: number, b: number) => number) =>
    line.y.reduce<number>((found, y) => pick(found, y ?? 0), 0) * 1.08;
  // A current that flows back makes power that is negative.
  const bottomMw = extreme(Math.min);
  const topMw = extreme(Math.max) || (bottomMw < 0 ? 0 : 1);
  const shown = windows.slice(0, mostWindows);
  const energies = windows.map(({ energyUj, iterations }) => energyUj / iterations);
  const title = energies.length > 0
    ? `Energy: ${significant(median(energies))} µJ/inference`
    : `Power over ${significant(endS)} s`;
  const parts = [subject, energies.length > 1 ? `median of ${energies.length} windows` : ""];
  const heading = { title, subject: parts.filter((part) => part !== "").join(" · "), source };
  const edges = placed.flatMap(({ offsetS, trace }) =>
    trace.timestampsS.map((timeS, i) => ({ x: offsetS + timeS, i, timeS }))
  ).filter(({ x }) => x >= fromS && x <= toS).slice(0, mostEdges);
  const gaps = placed.flatMap(({ offsetS, envelope }) =>
    envelope.gaps.map((bucket) => offsetS + (bucket + 0.5) * envelope.bucketS)
  ).filter((x) => x >= fromS && x <= toS);
  return new EnergyFigure({
    data: [
      ...shown.map((window) => windowArea(window, placed[window.trace], [bottomMw, topMw])),
      {
        type: "scatter",
        mode: "lines",
        name: "Power",
        ...line,
        line: { color: palette.black, width: 1 },
        hovertemplate: "%{y:.4~g} mW at %{x:.6~g} s<extra></extra>",
      },
      {
        type: "scatter",
        mode: "markers",
        name: "Edges",
        x: edges.map(({ x }) => round(x)),
        y: edges.map(() => round(topMw)),
        cliponaxis: false,
        marker: { symbol: "triangle-down", size: 9, color: palette.vermillion },
        text: edges.map(({ i, timeS }) => `Edge ${i + 1} at ${timeS.toFixed(6)} s`),
        hovertemplate: "%{text}<extra></extra>",
      },
      ...gaps.length === 0 ? [] : [{
        type: "scatter",
        mode: "markers",
        name: "Lost samples",
        x: thinned(gaps, mostGaps).map(round),
        y: thinned(gaps, mostGaps).map(() => 0),
        cliponaxis: false,
        marker: { symbol: "x", size: 7, color: palette.vermillion },
        hovertemplate: "Samples lost at %{x:.6~g} s<extra></extra>",
      }],
    ],
    layout: themedLayout(heading, {
      xaxis: themedAxis(
        traces.length > 1 ? "Time (s), recordings one after the other" : "Time (s)",
        {
          range: [round(fromS), round(toS)],
          showgrid: false,
        },
      ),
      yaxis: themedAxis("Power (mW)", { range: [round(bottomMw), round(topMw)] }),
      hovermode: "closest",
      annotations: shown.length > mostLabels ? [] : shown.map((window) => ({
        text: `<b>${window.index + 1}</b>`,
        x: round(placed[window.trace].offsetS + (window.startS + window.endS) / 2),
        yref: "paper",
        y: 1,
        yanchor: "bottom",
        showarrow: false,
        font: { size: 13, color: palette.blue },
      })),
      shapes: edges.map(({ x }) => ({
        type: "line",
        x0: round(x),
        x1: round(x),
        yref: "paper",
        y0: 0,
        y1: 1,
        layer: "above",
        line: { color: palette.vermillion, width: 1, dash: "dot" },
      })),
    }),
    summary: [
      title,
      subtitle(heading),
      ...shown.map((window) => describe(window, traces[window.trace]).join(", ")),
    ].join("\n"),
  }, zoomScript(placed, shown.length, points));
}

const round = (value: number) => Number(value.toPrecision(9));

function thinned<T>(list: readonly T[], most: number): T[] {
  const step = Math.ceil(list.length / most) || 1;
  return list.filter((_, i) => i % step === 0);
}

interface Content {
  traces: readonly EnergyTrace[];
  windows: readonly EnergyWindow[];
  source: FigureSource;
  subject: string;
}

function contentOf(of: Session | EnergyTrace, options: EnergyFigureOptions): Content {
  const { subject, source = "measured", windows = [] } = options;
  const content: Content = "samplesUj" in of
    ? { traces: [of], windows, source, subject: subject ?? "" }
    : {
      traces: of.energyTraces,
      windows: of.energyWindows,
      source: of.start.source,
      subject: subject ??
        [of.start.benchmark, of.start.dut.name].filter(Boolean).join(" on ").slice(0, 100),
    };
  if (content.traces.every(({ samplesUj }) => samplesUj.length === 0)) {
    throw new InputError("Cannot draw the energy of a session without samples", {
      source: "samplesUj" in of ? "" : of.files.folder,
      hint: "Name the session of a run in mode 'energy', with its trace files",
    });
  }
  return content;
}

interface PlacedTrace extends PlacedEnvelope {
  trace: EnergyTrace;
}

// Traces one after the other; of a stretch only its samples.
function place(
  traces: readonly EnergyTrace[],
  detail: number,
  rangeS?: readonly [number, number],
): PlacedTrace[] {
  const durations = traces.map(({ samplesUj, sampleRateHz }) => samplesUj.length / sampleRateHz);
  const whole = durations.reduce((sum, duration) => sum + duration, 0);
  let beginS = 0;
  return traces.map((trace, i) => {
    const { samplesUj, sampleRateHz } = trace;
    const [fromS, toS] = rangeS ?? [beginS, beginS + durations[i]];
    const first = Math.min(
      samplesUj.length,
      Math.max(0, Math.floor((fromS - beginS) * sampleRateHz)),
    );
    const last = Math.max(
      first,
      Math.min(samplesUj.length, Math.ceil((toS - beginS) * sampleRateHz)),
    );
    const share = rangeS ? 1 : durations[i] / whole || 0;
    const envelope = powerEnvelope(
      samplesUj.subarray(first, last),
      sampleRateHz,
      Math.max(2, Math.floor(detail * share)),
    );
    const placed = {
      trace,
      envelope,
      offsetS: beginS,
      firstS: beginS + first / sampleRateHz,
      toS: beginS + durations[i],
    };
    beginS += durations[i] + gapS;
    return placed;
  });
}

function wholeLine(
  placed: readonly PlacedTrace[],
  fromS: number,
  toS: number,
  points: number,
) {
  const x: number[] = [];
  const y: (number | null)[] = [];
  for (const { envelope, firstS } of placed) {
    const { low, high, bucketS } = envelope;
    const share = low.length * bucketS / (toS - fromS) || 0;
    const most = Math.max(2, Math.floor(points * Math.min(1, share)));
    const line = viewLine(low, high, bucketS, firstS, fromS, toS, most);
    if (x.length > 0 && line.x.length > 0) {
      x.push(line.x[0]);
      y.push(null);
    }
    for (let i = 0; i < line.x.length; i++) {
      x.push(line.x[i]);
      y.push(line.y[i]);
    }
  }
  return { x, y };
}

function windowArea(
  window: EnergyWindow,
  { offsetS, trace }: PlacedTrace,
  [bottomMw, topMw]: readonly [number, number],
): FigureTrace {
  const [x0, x1] = [round(offsetS + window.startS), round(offsetS + window.endS)];
  const [bottom, top] = [round(bottomMw), round(topMw)];
  const [first, ...rest] = describe(window, trace);
  return {
    type: "scatter",
    mode: "none",
    name: `Window ${window.index + 1}`,
    x: [x0, x0, x1, x1, x0],
    y: [bottom, top, top, bottom, bottom],
    fill: "toself",
    fillcolor: "rgba(86, 180, 233, 0.28)",
    hoveron: "fills",
    hoverinfo: "text",
    text: [`<b>${escapeHtml(first)}</b>`, ...rest.map(escapeHtml)].join("<br>"),
  };
}

function describe(window: EnergyWindow, { sampleRateHz }: EnergyTrace): string[] {
  const { index, energyUj, iterations, startS, endS, samples, missing, file } = window;
  const durationS = endS - startS;
  const powerMw = energyUj / samples * sampleRateHz / 1000;
  return [
    `Window ${index + 1}: ${significant(energyUj / iterations)} µJ/inference`,
    `energy ${significant(energyUj, 6)} µJ`,
    `mean power ${significant(powerMw)} mW`,
    `${iterations.toLocaleString("en-US")} inferences in ${durationS.toFixed(3)} s`,
    ...missing > 0 ? [`${missing} of ${samples} samples lost`] : [],
    ...file === "" ? [] : [`input ${file.slice(0, 80)}`],
  ];
}
