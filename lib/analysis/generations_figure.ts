import { ThimbleError } from "../errors.ts";
import { escapeHtml } from "../escape_html.ts";
import { Figure, type FigureTrace } from "./figure.ts";
import { figureOf, type MetricKey, metrics } from "./metrics.ts";
import type { ResultRow } from "./result_row.ts";
import { significant } from "./significant.ts";
import { palette, subtitle, themedAxis, themedLayout } from "./theme.ts";

/** How {@linkcode generationsFigure} draws. */
export interface GenerationsFigureOptions {
  /** Which figure. [latencyMs] */
  metric?: MetricKey;
  /** A line for each board, for each who submitted, or for each stack. [board] */
  by?: "board" | "organisation" | "stack";
  /** At most so many lines: those that occur in most rounds. [8] */
  lines?: number;
  /** What stands under the title, such as `kws01, closed division`. */
  subject?: string;
}

const colours = [
  palette.blue,
  palette.vermillion,
  palette.green,
  palette.purple,
  palette.orange,
  palette.skyBlue,
  palette.black,
  palette.yellow,
];
const symbols = ["circle", "square", "diamond", "triangle-up", "cross", "x", "star", "hexagon"];

/**
 * How the best result of each board (or submitter, or stack) went from round to round. Hovering tells who reached it, and
 * how much better it is than the first.
 *
 * @param rows Of one benchmark; rows without a round or the figure are left out.
 * @throws {ThimbleError} No row has both.
 *
 * @example
 * ```ts
 * import { generationsFigure, loadPublished, publishedResults } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const rows = publishedResults(await loadPublished()).filter(({ benchmark }) => benchmark === "vww01");
 * const figure = generationsFigure(rows, { subject: "vww01" });
 * assert.match(figure.summary, /NUCLEO-L4R5ZI: v0\.5 600\.5 ms/);
 * ```
 */
export function generationsFigure(
  rows: readonly ResultRow[],
  options: GenerationsFigureOptions = {},
): Figure {
  const { metric = "latencyMs", by = "board", lines = 8, subject = "" } = options;
  const { better, title, name, unit, log } = metrics[metric];
  const value = (row: ResultRow) => figureOf(row, metric)!;
  const usable = rows.filter((row) =>
    row.round !== null && row[by] !== null && figureOf(row, metric) !== undefined &&
    // A logarithmic axis has no place for the others.
    (!log || value(row) > 0)
  );
  if (usable.length === 0) {
    throw new ThimbleError(`Cannot draw ${name} by round as no row has both and a ${by}`, {
      hint: "Take rows of published rounds: 'publishedResults(await loadPublished())'",
    });
  }
  const rounds = [...new Set(usable.map(({ round }) => round!))].sort(byVersion);
  const groups = new Map<string, Map<string, ResultRow>>();
  for (const row of usable) {
    const best = groups.get(row[by]!) ?? new Map<string, ResultRow>();
    groups.set(row[by]!, best);
    const there = best.get(row.round!);
    const isBetter = !there ||
      (better === "low" ? value(row) < value(there) : value(row) > value(there));
    if (isBetter) best.set(row.round!, row);
  }
  const chosen = [...groups].sort(([a, x], [b, y]) => y.size - x.size || a.localeCompare(b))
    .slice(0, lines);
  const series = chosen.map(([group, best]) => ({
    group,
    points: rounds.flatMap((round) => best.has(round) ? [best.get(round)!] : []),
  }));
  const heading = {
    title: `Best ${name} by round and ${by}`,
    subject: [
      subject,
      groups.size > chosen.length ? `${chosen.length} of ${groups.size} ${plural[by]}` : "",
    ].filter((text) => text !== "").join(" · "),
    source: [...new Set(usable.map(({ source }) => source))],
  };
  const text = (row: ResultRow) => `${significant(value(row))}${unit ? ` ${unit}` : ""}`;
  return new Figure({
    data: series.map(({ group, points }, i): FigureTrace => ({
      type: "scatter",
      mode: "lines+markers",
      name: escapeHtml(group),
      x: points.map(({ round }) => escapeHtml(round!)),
      y: points.map(value),
      line: { color: colours[i % colours.length], width: 2 },
      marker: { size: 9, symbol: symbols[i % symbols.length] },
      customdata: points.map((row) =>
        hover(row, points[0], value(row), value(points[0]), text(row))
      ),
      hovertemplate: "%{customdata}<extra></extra>",
    })),
    layout: themedLayout(heading, {
      height: 480,
      showlegend: true,
      hovermode: "closest",
      xaxis: themedAxis("Round", {
        type: "category",
        categoryorder: "array",
        categoryarray: rounds.map(escapeHtml),
      }),
      yaxis: themedAxis(title, log ? { type: "log", tickformat: "~g", dtick: "D2" } : {}),
    }),
    summary: [
      heading.title,
      subtitle(heading),
      ...series.map(({ group, points }) =>
        `${group}: ${points.map((row) => `${row.round} ${text(row)}`).join(", ")}`
      ),
    ].join("\n"),
  });
}

const plural = { board: "boards", organisation: "submitters", stack: "stacks" } as const;

function byVersion(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

function hover(
  row: ResultRow,
  first: ResultRow,
  value: number,
  start: number,
  text: string,
): string {
  const lines = [`<b>${escapeHtml(text)}</b>`, escapeHtml(row.name), escapeHtml(row.round!)];
  if (row !== first) {
    const round = escapeHtml(first.round!);
    lines.push(
      value < start
        ? `${(start / value).toFixed(2)}× less than in ${round}`
        : `${(value / start).toFixed(2)}× that of ${round}`,
    );
  }
  return lines.join("<br>");
}
