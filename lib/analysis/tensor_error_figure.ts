import { ThimbleError } from "../errors.ts";
import { escapeHtml } from "../escape_html.ts";
import type { TensorError } from "../model/tensor_error.ts";
import { Figure } from "./figure.ts";
import { significant } from "./significant.ts";
import { palette, themedAxis, themedLayout } from "./theme.ts";

/** A layer and how far it is from what it stands for. */
export interface LayerError {
  /** What it is called, such as `3 CONV_2D`. */
  name: string;
  /** As `compareActivations` and `explainLoss` give it. */
  error: TensorError;
}

/**
 * What quantization costs layer by layer: signal to noise in decibels, the worst layer in another colour. Hovering tells
 * mean squared and greatest error and the cosine.
 *
 * @param layers In order of execution.
 * @param options.subject What stands under the title, such as `kws01, 4-bit weights against float32`.
 * @throws {ThimbleError} There are no layers.
 *
 * @example
 * ```ts
 * import { tensorError, tensorErrorFigure } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const layers = [
 *   { name: "0 CONV_2D", error: tensorError([1, 2], [1, 2.01]) },
 *   { name: "1 SOFTMAX", error: tensorError([1, 2], [1, 2.2]) },
 * ];
 * assert.match(tensorErrorFigure(layers).summary, /Worst: 1 SOFTMAX, 21\.0 dB/);
 * ```
 */
export function tensorErrorFigure(
  layers: readonly LayerError[],
  options: { subject?: string } = {},
): Figure {
  if (layers.length === 0) throw new ThimbleError("Cannot draw the errors of no layers");
  const worst = layers.reduce((a, b) => b.error.signalToNoiseDb < a.error.signalToNoiseDb ? b : a);
  const finite = layers.map(({ error }) => error.signalToNoiseDb).filter(Number.isFinite);
  // A layer without any error is drawn above all others.
  const ceiling = finite.length ? Math.max(...finite) + 6 : 100;
  const decibels = (value: number) =>
    value === Infinity
      ? "no error"
      : Number.isNaN(value)
      ? "not a number"
      : `${value.toFixed(1)} dB`;
  const title = `Worst: ${worst.name}, ${decibels(worst.error.signalToNoiseDb)}`;
  const { title: heading, ...rest } = themedLayout(
    { title, subject: options.subject ?? "signal to quantization noise", source: [] },
    {
      height: 440,
      xaxis: themedAxis("Layer", {
        showgrid: false,
        tickmode: "array",
        tickvals: layers.map((_, i) => i),
        ticktext: layers.map(({ name }) => escapeHtml(name.slice(0, 40))),
        tickangle: -45,
      }),
      yaxis: themedAxis("Signal to noise (dB)"),
    },
  );
  return new Figure({
    data: [{
      type: "scatter",
      mode: "lines+markers",
      x: layers.map((_, i) => i),
      y: layers.map(({ error }) => Math.min(error.signalToNoiseDb, ceiling)),
      line: { color: palette.skyBlue, width: 1.5 },
      marker: {
        size: 10,
        color: layers.map((layer) => layer === worst ? palette.vermillion : palette.blue),
        symbol: layers.map((layer) => layer === worst ? "diamond" : "circle"),
      },
      customdata: layers.map(({ name, error }) =>
        [
          `<b>${escapeHtml(name)}</b>`,
          decibels(error.signalToNoiseDb),
          `mean squared error ${error.meanSquaredError.toExponential(2)}`,
          `greatest error ${significant(error.maxError, 3)}`,
          `cosine ${error.cosine.toFixed(6)}`,
        ].join("<br>")
      ),
      hovertemplate: "%{customdata}<extra></extra>",
    }],
    layout: { title: heading, ...rest },
    summary: [
      title,
      ...layers.map(({ name, error }) => `${name}: ${decibels(error.signalToNoiseDb)}`),
    ].join("\n"),
  });
}
