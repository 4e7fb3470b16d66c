import { ThimbleError } from "../errors.ts";
import { escapeHtml } from "../escape_html.ts";
import { Figure, type FigureTrace } from "./figure.ts";
import { significant } from "./significant.ts";
import { palette, themedAxis, themedLayout } from "./theme.ts";

/** One epoch of a training run. */
export interface TrainingEpoch {
  /** From 0. */
  epoch: number;
  /** Mean loss over the training set. */
  loss: number;
  /** Mean loss over the validation set. */
  validationLoss?: number;
  /** Share of the training set that is right, 0–1. */
  accuracy?: number;
  /** Share of the validation set that is right, 0–1. */
  validationAccuracy?: number;
  /** Of the last step. */
  learningRate?: number;
}

/**
 * Curves of a training run: loss on the left axis, accuracy on the right one, training beside validation. Hovering tells
 * all of an epoch.
 *
 * @param epochs In order.
 * @param options.subject What stands under the title, such as `DS-CNN on synthetic keywords`.
 * @throws {ThimbleError} There are no epochs.
 *
 * @example
 * ```ts
 * import { trainingFigure } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const epochs = [0, 1, 2].map((epoch) => ({ epoch, loss: 1 / (epoch + 1), validationAccuracy: 0.5 + 0.1 * epoch }));
 * assert.match(trainingFigure(epochs).summary, /70\.0 % in epoch 3/);
 * ```
 */
export function trainingFigure(
  epochs: readonly TrainingEpoch[],
  options: { subject?: string } = {},
): Figure {
  if (epochs.length === 0) throw new ThimbleError("Cannot draw a training run without epochs");
  const x = epochs.map(({ epoch }) => epoch + 1);
  const last = epochs[epochs.length - 1];
  const best = epochs.reduce((a, b) =>
    (b.validationAccuracy ?? -1) > (a.validationAccuracy ?? -1) ? b : a
  );
  const title = best.validationAccuracy !== undefined
    ? `Validation accuracy ${(100 * best.validationAccuracy).toFixed(1)} % in epoch ${
      best.epoch + 1
    }`
    : `Loss ${significant(last.loss, 3)} after ${x.length} epochs`;
  const hover = epochs.map((epoch) =>
    [
      `<b>epoch ${epoch.epoch + 1}</b>`,
      `loss ${significant(epoch.loss)}`,
      ...epoch.validationLoss === undefined
        ? []
        : [`validation ${significant(epoch.validationLoss)}`],
      ...epoch.accuracy === undefined ? [] : [`accuracy ${(100 * epoch.accuracy).toFixed(2)} %`],
      ...epoch.validationAccuracy === undefined
        ? []
        : [`validation ${(100 * epoch.validationAccuracy).toFixed(2)} %`],
      ...epoch.learningRate === undefined
        ? []
        : [`learning rate ${epoch.learningRate.toPrecision(3)}`],
    ].join("<br>")
  );
  const curve = (
    name: string,
    key: "loss" | "validationLoss" | "accuracy" | "validationAccuracy",
    look: { color: string; dash: string; yaxis: "y" | "y2" },
  ): FigureTrace[] =>
    epochs.every((epoch) => epoch[key] === undefined) ? [] : [{
      type: "scatter",
      mode: epochs.length > 60 ? "lines" : "lines+markers",
      name,
      x,
      y: epochs.map((epoch) => epoch[key] ?? null),
      yaxis: look.yaxis,
      line: { color: look.color, dash: look.dash, width: 2 },
      customdata: hover,
      hovertemplate: "%{customdata}<extra></extra>",
    }];
  return new Figure({
    data: [
      ...curve("loss", "loss", { color: palette.blue, dash: "dash", yaxis: "y" }),
      ...curve("loss, validation", "validationLoss", {
        color: palette.blue,
        dash: "solid",
        yaxis: "y",
      }),
      ...curve("accuracy", "accuracy", { color: palette.orange, dash: "dash", yaxis: "y2" }),
      ...curve("accuracy, validation", "validationAccuracy", {
        color: palette.orange,
        dash: "solid",
        yaxis: "y2",
      }),
    ],
    layout: themedLayout({ title, subject: escapeHtml(options.subject ?? ""), source: [] }, {
      showlegend: true,
      legend: { orientation: "h", y: -0.25, x: 0 },
      margin: { l: 72, r: 72, t: 84, b: 64 },
      xaxis: themedAxis("Epoch", { showgrid: false }),
      yaxis: themedAxis("Loss", { rangemode: "tozero" }),
      yaxis2: themedAxis("Accuracy", {
        overlaying: "y",
        side: "right",
        tickformat: ".0%",
        showgrid: false,
        autorangeoptions: { maxallowed: 1.005 },
      }),
    }),
    summary: [title, options.subject ?? ""].filter((line) => line !== "").join("\n"),
  });
}
