import { ThimbleError } from "../errors.ts";
import { escapeHtml } from "../escape_html.ts";
import { rocAuc } from "../scoring/auc.ts";
import { rocCurve, type RocPoint } from "../scoring/roc_curve.ts";
import type { ScoredFile } from "../sessions/score.ts";
import { Figure, type FigureSource, type FigureTrace } from "./figure.ts";
import { palette, subtitle, themedAxis, themedLayout } from "./theme.ts";

/** What {@linkcode rocFigure} needs of a score. */
export interface RocScore {
  /** The files with their outputs; undefined in a score of another kind of run. */
  files?: readonly ScoredFile[];
  /** Where the figures come from. */
  source: FigureSource;
  /** Such as `ad01`. */
  benchmark?: string;
}

/** More points of a curve than this are not to be told apart. */
const mostPoints = 1000;

/** Of all curves together, so that the figure stays small. */
const mostPointsInAll = 12_000;

/**
 * ROC curves of an accuracy run: of each class against the rest, or of anomalies against normal sounds (ad01). Hovering
 * tells the threshold.
 *
 * @param score As `runSession` and `scoreSession` give it.
 * @param options.classes Names of the classes, in the order of the outputs.
 * @param options.subject What stands under the title in place of the benchmark.
 * @throws {ThimbleError} The score has no files, or all are of one class.
 *
 * @example
 * ```ts
 * import { rocFigure } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const files = [0, 0, 1, 1].map((label, i) => ({ file: `${i}.bin`, label, outputs: [i] }));
 * const figure = rocFigure({ files, source: "measured", benchmark: "ad01" });
 * assert.match(figure.summary, /AUC 1\.000/);
 * ```
 */
export function rocFigure(
  score: RocScore,
  options: { classes?: readonly string[]; subject?: string } = {},
): Figure {
  const { files, source, benchmark = "" } = score;
  if (!files?.length) {
    throw new ThimbleError("Cannot draw a ROC curve of a score without files", {
      hint: "Take the score of a run in mode 'accuracy'",
    });
  }
  const outputs = files[0].outputs.length;
  // One output is the score of the second class; of two, one curve is the other's mirror.
  const classes = outputs <= 2 ? [1] : Array.from({ length: outputs }, (_, c) => c);
  const curves = classes.flatMap((index) => {
    const positive = files.map(({ label }) => label === index);
    if (positive.every(Boolean) || !positive.some(Boolean)) return [];
    const scores = files.map((file) => file.outputs[outputs === 1 ? 0 : index]);
    return [{
      name: options.classes?.[index] ?? (outputs === 1 ? "anomaly" : `class ${index}`),
      auc: rocAuc(scores, positive),
      points: thinned(
        rocCurve(scores, positive),
        Math.max(2, Math.min(mostPoints, Math.floor(mostPointsInAll / classes.length))),
      ),
    }];
  });
  if (curves.length === 0) {
    throw new ThimbleError("Cannot draw a ROC curve as all files are of one class");
  }
  const mean = curves.reduce((sum, { auc }) => sum + auc, 0) / curves.length;
  const heading = {
    title: curves.length === 1
      ? `AUC ${mean.toFixed(3)}`
      : `AUC ${mean.toFixed(3)}, mean of ${curves.length} classes`,
    subject: options.subject ?? benchmark,
    source,
  };
  const colours = Object.values(palette);
  return new Figure({
    data: [
      {
        type: "scatter",
        mode: "lines",
        x: [0, 1],
        y: [0, 1],
        line: { color: "#999999", dash: "dot", width: 1 },
        hoverinfo: "skip",
        showlegend: false,
      },
      ...curves.map(({ name, auc, points }, i): FigureTrace => ({
        type: "scatter",
        mode: "lines",
        name: `${escapeHtml(name)} ${auc.toFixed(3)}`,
        x: points.map((point) => point.falsePositiveRate),
        y: points.map((point) => point.truePositiveRate),
        line: {
          color: curves.length === 1 ? palette.blue : colours[i % colours.length],
          width: 2,
          shape: "linear",
          dash: ["solid", "dash", "dot"][Math.floor(i / colours.length)] ?? "solid",
        },
        customdata: points.map(({ threshold }) =>
          Number.isFinite(threshold) ? threshold.toPrecision(4) : "none"
        ),
        hovertemplate: `<b>${escapeHtml(name)}</b><br>false positives %{x:.1%}<br>` +
          "true positives %{y:.1%}<br>threshold %{customdata}<extra></extra>",
      })),
    ],
    layout: themedLayout(heading, {
      height: 480,
      showlegend: curves.length > 1,
      hovermode: "closest",
      xaxis: themedAxis("False positive rate", { range: [-0.01, 1.01], tickformat: ".0%" }),
      yaxis: themedAxis("True positive rate", { range: [-0.01, 1.01], tickformat: ".0%" }),
    }),
    summary: [
      heading.title,
      subtitle(heading),
      ...curves.length > 1 ? curves.map(({ name, auc }) => `${name}: AUC ${auc.toFixed(3)}`) : [],
    ].join("\n"),
  });
}

/** Evenly chosen points, ends included. */
function thinned(points: readonly RocPoint[], most: number): readonly RocPoint[] {
  if (points.length <= most) return points;
  return Array.from(
    { length: most },
    (_, i) => points[Math.round(i * (points.length - 1) / (most - 1))],
  );
}
