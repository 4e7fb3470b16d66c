import { findBenchmark } from "../benchmarks.ts";
import { ThimbleError } from "../errors.ts";
import { wilsonInterval } from "../scoring/top1.ts";
import { Figure, type FigureSource } from "./figure.ts";
import { escapeHtml } from "../escape_html.ts";
import { sequentialScale, subtitle, themedAxis, themedLayout } from "./theme.ts";

/** What {@linkcode confusionMatrixFigure} needs of a score. */
export interface ConfusionScore {
  /** Rows true, columns predicted; undefined in a score of another kind of run. */
  confusion?: readonly (readonly number[])[];
  /** Where the figures come from; stands under the title. */
  source: FigureSource;
  /** Such as `kws01`; stands under the title and gives the names of the classes. */
  benchmark?: string;
}

/** Most classes that a matrix with readable numbers can have. */
const maxClasses = 100;

/** Ticks that are not seen keep the class names off the matrix. */
const labelGap = { ticks: "outside", ticklen: 6, tickcolor: "rgba(0,0,0,0)" };

/**
 * Which class was taken for which: counts as numbers, the share of the row (of one true class) as colour, top-1
 * accuracy with its 95 % interval and the number of files in the title. Hovering tells the share of the true class and
 * of the predicted one (recall and precision, on the diagonal).
 *
 * @param score As `runSession` and `scoreSession` give it.
 * @param options.subject What stands under the title in place of the benchmark, such as `kws01 on NUCLEO-L4R5ZI`.
 * @param options.classes Names of the classes; by default those of the benchmark.
 * @throws {ThimbleError} Where the score has no confusion matrix.
 * @throws {RangeError} Where the matrix is not square, without a count, above 100 classes, or not as large as the list
 * of classes.
 *
 * @example
 * ```ts
 * import { confusionMatrixFigure } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const figure = confusionMatrixFigure({
 *   benchmark: "vww01",
 *   confusion: [[8, 2], [1, 9]],
 *   source: "measured",
 * });
 * assert.match(figure.summary, /Top-1: 85\.0 %/);
 * assert.match(figure.summary, /non-person: 8 of 10 correct/);
 * ```
 */
export function confusionMatrixFigure(
  score: ConfusionScore,
  options: { subject?: string; classes?: readonly string[] } = {},
): Figure {
  const { confusion: counts, source, benchmark = "" } = score;
  if (counts === undefined) {
    throw new ThimbleError("Cannot plot the confusion matrix of a score without one", {
      hint: "Take the score of a run in mode 'accuracy', of a benchmark that tells classes apart",
    });
  }
  const classes = options.classes ?? findBenchmark(benchmark)?.classes ?? [];
  const size = counts.length;
  const isSquare = counts.every((row) => row.length === size);
  if (size === 0 || size > maxClasses || size !== classes.length || !isSquare) {
    throw new RangeError(
      `Cannot plot a confusion matrix of ${size} rows and ${classes.length} class names`,
    );
  }
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  const rowSums = counts.map(sum);
  const columnSums = classes.map((_, c) => sum(counts.map((row) => row[c])));
  const total = sum(rowSums);
  if (!(total > 0)) throw new RangeError("Cannot plot a confusion matrix without a count");
  const correct = sum(counts.map((row, i) => row[i]));
  const { low, high } = wilsonInterval(correct, total);
  const title = `Top-1: ${(100 * correct / total).toFixed(1)} % ` +
    `(n = ${total.toLocaleString("en-US")}, ` +
    `95 % interval ${low.toFixed(1)}–${high.toFixed(1)} %)`;
  const heading = { title, subject: options.subject ?? benchmark, source };
  const names = classes.map(escapeHtml);
  const axis = { type: "category", showgrid: false, showline: false, tickmode: "linear" };
  return new Figure({
    data: [{
      type: "heatmap",
      x: names,
      y: names,
      z: counts.map((row, i) => row.map((n) => rowSums[i] === 0 ? 0 : n / rowSums[i])),
      zmin: 0,
      zmax: 1,
      colorscale: sequentialScale,
      xgap: 1,
      ygap: 1,
      text: counts.map((row) => row.map((n) => n === 0 ? "" : String(n))),
      texttemplate: "%{text}",
      customdata: counts.map((row, i) =>
        row.map((n, c) => [n, percent(n, rowSums[i]), percent(n, columnSums[c])])
      ),
      hovertemplate: "<b>%{y} taken for %{x}: %{customdata[0]}</b><br>" +
        "%{customdata[1]} of all %{y}<br>" +
        "%{customdata[2]} of all that were taken for %{x}<extra></extra>",
      colorbar: {
        title: { text: "Share of the true class", side: "right" },
        tickformat: ".0%",
        thickness: 14,
        outlinewidth: 0,
      },
    }],
    layout: themedLayout(heading, {
      height: Math.min(900, 220 + 38 * Math.max(size, 4)),
      xaxis: themedAxis("Predicted class", {
        ...axis,
        ...labelGap,
        tickangle: size > 4 ? -45 : 0,
      }),
      yaxis: themedAxis("True class", { ...axis, ...labelGap, autorange: "reversed" }),
    }),
    summary: [
      title,
      subtitle(heading),
      ...classes.map((name, i) => `${name}: ${counts[i][i]} of ${rowSums[i]} correct`),
    ].join("\n"),
  });
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "none" : `${(100 * part / whole).toFixed(1)} %`;
}
