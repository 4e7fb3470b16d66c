import { minimumIterations, minimumWindowUs } from "../benchmarks.ts";
import { ThimbleError } from "../errors.ts";
import { median } from "../scoring/median.ts";
import { Figure, type FigureSource } from "./figure.ts";
import { escapeHtml } from "../escape_html.ts";
import { significant } from "./significant.ts";
import { palette, subtitle, themedAxis, themedLayout } from "./theme.ts";

/** One timed window of a performance run. */
export interface ThroughputWindow {
  /** Inferences in the window. */
  iterations: number;
  /** How long it took, in seconds of the device's clock. */
  runtimeS: number;
  /** The input. */
  file?: string;
}

/** What {@linkcode throughputFigure} needs of a score. */
export interface ThroughputScore {
  /** Windows in order; undefined in a score of another kind of run. */
  windows?: readonly ThroughputWindow[];
  /** Where the figures come from; stands under the title. */
  source: FigureSource;
  /** Such as `kws01`; stands under the title. */
  benchmark?: string;
}

/**
 * Throughput of each window of a performance run, in inferences a second, with the median, which is the score. Hovering
 * tells input, iterations, runtime, latency and the distance from the median. A window that the rules do not accept
 * (shorter than 10 s, fewer than 10 iterations) is a hollow square.
 *
 * @param score As `runSession` and `scoreSession` give it.
 * @param options.subject What stands under the title in place of the benchmark, such as `kws01 on NUCLEO-L4R5ZI`.
 * @throws {ThimbleError} Where the score has no windows.
 * @throws {RangeError} Where a window has no positive runtime.
 *
 * @example
 * ```ts
 * import { throughputFigure } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const windows = [{ iterations: 100, runtimeS: 10.5 }];
 * const figure = throughputFigure({ windows, source: "measured" }, { subject: "kws01 on a board" });
 * assert.match(figure.summary, /9\.524 inferences\/s/);
 * ```
 */
export function throughputFigure(
  score: ThroughputScore,
  options: { subject?: string } = {},
): Figure {
  const { windows, source, benchmark = "" } = score;
  if (!windows?.length) {
    throw new ThimbleError("Cannot plot the throughput of a score without windows", {
      hint: "Take the score of a run in mode 'performance'",
    });
  }
  const rows = windows.map(describe);
  const middle = median(rows.map((row) => row.throughput));
  const invalid = rows.filter((row) => !row.isValid).length;
  const title = `Throughput: ${significant(middle)} inferences/s`;
  const parts = [
    options.subject ?? benchmark,
    rows.length > 1 ? `median of ${rows.length} windows` : "",
  ];
  const heading = { title, subject: parts.filter((part) => part !== "").join(" · "), source };
  const note = `${invalid} of ${rows.length} windows not valid: ${rule}`;
  return new Figure({
    data: [{
      type: "scatter",
      mode: "markers+text",
      x: rows.map((row) => row.number),
      y: rows.map((row) => row.throughput),
      text: rows.map((row) => significant(row.throughput)),
      textposition: "top center",
      cliponaxis: false,
      marker: {
        size: 13,
        color: rows.map((row) => row.isValid ? palette.blue : palette.vermillion),
        symbol: rows.map((row) => row.isValid ? "circle" : "square-open"),
        line: { width: 2 },
      },
      customdata: rows.map((row) => hover(row, middle)),
      hovertemplate: "<b>Window %{x}: %{y:.5~g} inferences/s</b>%{customdata}<extra></extra>",
    }],
    layout: themedLayout(heading, {
      xaxis: themedAxis("Window", {
        showgrid: false,
        range: [0.5, rows.length + 0.5],
        tickmode: "linear",
        dtick: Math.ceil(rows.length / 20),
      }),
      yaxis: themedAxis("Throughput (inferences/s)", {
        range: valueRange(rows.map((row) => row.throughput), middle),
        tickformat: ",.6~g",
      }),
      shapes: [{
        type: "line",
        xref: "paper",
        x0: 0,
        x1: 1,
        y0: middle,
        y1: middle,
        layer: "below",
        line: { color: palette.black, width: 1.5, dash: "dash" },
      }],
      annotations: invalid === 0 ? [] : [{
        text: note,
        xref: "paper",
        yref: "paper",
        x: 1,
        y: 0.02,
        xanchor: "right",
        yanchor: "bottom",
        showarrow: false,
        font: { size: 13, color: palette.vermillion },
      }],
    }),
    summary: [
      title,
      subtitle(heading),
      ...rows.map((row) =>
        `window ${row.number}: ${significant(row.throughput)} inferences/s ` +
        `(${row.iterations} iterations in ${significant(row.runtimeS)} s)` +
        (row.isValid ? "" : ", not valid")
      ),
    ].join("\n"),
  });
}

const rule = `under ${minimumWindowUs / 1e6} s or ${minimumIterations} iterations`;

interface Row extends ThroughputWindow {
  number: number;
  throughput: number;
  isValid: boolean;
}

function describe(window: ThroughputWindow, index: number): Row {
  const { iterations, runtimeS } = window;
  if (!(runtimeS > 0)) throw new RangeError(`Cannot plot a window of ${runtimeS} s`);
  return {
    ...window,
    number: index + 1,
    throughput: iterations / runtimeS,
    isValid: runtimeS >= minimumWindowUs / 1e6 && iterations >= minimumIterations,
  };
}

/** What hovering answers: how was it measured, how long is one inference, how far is it off, on what input. */
function hover(row: Row, middle: number): string {
  const percent = 100 * (row.throughput / middle - 1);
  const distance = `${percent < 0 ? "−" : "+"}${Math.abs(percent).toFixed(2)} %`;
  return [
    "",
    `${row.iterations.toLocaleString("en-US")} iterations in ${significant(row.runtimeS)} s`,
    `${significant(1000 / row.throughput)} ms an inference`,
    `${distance} from the median`,
    ...row.file === undefined ? [] : [`input ${escapeHtml(row.file)}`],
    ...row.isValid ? [] : [`<b>not valid: ${rule}</b>`],
  ].join("<br>");
}

/** All values with room, and never less than 1 % around the median: noise is not to look like a finding. */
function valueRange(values: number[], middle: number): [number, number] {
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const room = Math.max(0.25 * (high - low), 0.01 * middle);
  return [Math.max(0, low - room), high + room];
}
