import { ThimbleError } from "../errors.ts";
import { escapeHtml } from "../escape_html.ts";
import { countDetections } from "../scoring/detections.ts";
import type { StreamingRun } from "../sessions/session.ts";
import { Figure, type FigureSource, type FigureTrace } from "./figure.ts";
import { palette, subtitle, themedAxis, themedLayout } from "./theme.ts";

/** How {@linkcode detectionsFigure} draws. */
export interface DetectionsFigureOptions {
  /** Where the figures come from. */
  source: FigureSource;
  /** What stands under the title. */
  subject?: string;
}

/**
 * The timeline of a streaming wakeword run: when the wakeword was spoken, when it was detected. Misses and false alarms
 * stand out; hovering tells when, and how long after the word.
 *
 * @param run As `readSession` gives it.
 * @throws {ThimbleError} The run does not say when the wakeword was spoken, or has no detections at all.
 *
 * @example
 * ```ts
 * import { detectionsFigure } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const run = { detectionsMs: [0, 1600, 9100], occurrencesS: [[1, 1.5], [4, 4.5]] as [number, number][] };
 * const figure = detectionsFigure(run, { source: "measured" });
 * assert.match(figure.summary, /1 of 2 detected, 1 false alarm/);
 * ```
 */
export function detectionsFigure(run: StreamingRun, options: DetectionsFigureOptions): Figure {
  const { detectionsMs, occurrencesS } = run;
  if (!occurrencesS || detectionsMs.length === 0) {
    throw new ThimbleError(
      "Cannot draw detections as the run does not say when the word was spoken",
      {
        hint: "Read the session with its labels: the JSON file of the recording",
      },
    );
  }
  const counts = countDetections(detectionsMs, occurrencesS);
  const times = detectionsMs.slice(1).map((ms) => (ms - detectionsMs[0]) / 1000);
  const wordOf = (timeS: number) =>
    occurrencesS.find(([start, end]) => timeS >= start && timeS <= end + 2);
  const isHeard = (word: readonly [number, number]) =>
    times.some((timeS) => timeS >= word[0] && timeS <= word[1] + 2);
  const { truePositives, falsePositives } = counts;
  const heading = {
    title: `${truePositives} of ${occurrencesS.length} detected, ${falsePositives} false ${
      falsePositives === 1 ? "alarm" : "alarms"
    }`,
    subject: options.subject ?? run.file ?? "",
    source: options.source,
  };
  const rows = ["spoken, heard", "spoken, missed", "detected", "false alarm"] as const;
  const lane = (row: typeof rows[number]) => rows.indexOf(row);
  const words = (heard: boolean) => occurrencesS.filter((word) => isHeard(word) === heard);
  const right = times.filter((timeS) => wordOf(timeS));
  const wrong = times.filter((timeS) => !wordOf(timeS));
  const bars = (members: readonly [number, number][], row: typeof rows[number], color: string) =>
    members.length === 0 ? [] : [{
      type: "bar",
      orientation: "h",
      name: row,
      base: members.map(([start]) => start),
      // A word is half a second: it has to be seen on a scale of minutes.
      x: members.map(([start, end]) => Math.max(end - start, 0.2)),
      y: members.map(() => lane(row)),
      width: 0.7,
      marker: { color },
      customdata: members.map(([start, end]) => `${start.toFixed(2)} s to ${end.toFixed(2)} s`),
      hovertemplate: `<b>${row}</b><br>%{customdata}<extra></extra>`,
    }];
  const marks = (
    members: readonly number[],
    row: typeof rows[number],
    color: string,
    symbol: string,
  ) =>
    members.length === 0 ? [] : [{
      type: "scatter",
      mode: "markers",
      name: row,
      x: members,
      y: members.map(() => lane(row)),
      marker: { symbol, color, size: 10 },
      customdata: members.map((timeS) => {
        const word = wordOf(timeS);
        return word
          ? `${timeS.toFixed(2)} s, ${Math.round(1000 * (timeS - word[0]))} ms after the word began`
          : `${timeS.toFixed(2)} s`;
      }),
      hovertemplate: `<b>${row}</b><br>%{customdata}<extra></extra>`,
    }];
  const data: FigureTrace[] = [
    ...bars(words(true), "spoken, heard", palette.skyBlue),
    ...bars(words(false), "spoken, missed", palette.vermillion),
    ...marks(right, "detected", palette.blue, "circle"),
    ...marks(wrong, "false alarm", palette.vermillion, "x"),
  ];
  return new Figure({
    data,
    layout: themedLayout(heading, {
      height: 320,
      barmode: "overlay",
      hovermode: "closest",
      xaxis: themedAxis("Time from the start of the recording (s)", {
        rangemode: "tozero",
      }),
      yaxis: themedAxis("", {
        showgrid: false,
        autorange: "reversed",
        tickmode: "array",
        tickvals: rows.map((_, i) => i),
        ticktext: rows.map(escapeHtml),
      }),
    }),
    summary: [
      heading.title,
      subtitle(heading),
      ...words(false).map(([start]) => `missed at ${start.toFixed(2)} s`),
      ...wrong.map((timeS) => `false alarm at ${timeS.toFixed(2)} s`),
    ].join("\n"),
  });
}
