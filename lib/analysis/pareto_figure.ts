import { findBenchmark } from "../benchmarks.ts";
import { escapeHtml } from "../escape_html.ts";
import { ThimbleError } from "../errors.ts";
import { Figure, type FigureSource, type FigureTrace } from "./figure.ts";
import { figureOf, type MetricKey, metrics } from "./metrics.ts";
import { paretoFront } from "./pareto_front.ts";
import type { ResultRow } from "./result_row.ts";
import { significant } from "./significant.ts";
import { palette, sourceTexts, subtitle, themedAxis, themedLayout } from "./theme.ts";

/** How {@linkcode paretoFigure} draws. */
export interface ParetoFigureOptions {
  /** Figure along the horizontal axis. */
  x: MetricKey;
  /** Figure along the vertical axis. */
  y: MetricKey;
  /** What stands under the title, such as `kws01, closed division`. */
  subject?: string;
  /** A line at this value of the vertical axis, such as the closed division's target. */
  target?: number;
  /** Lines of equal power, where the axes are latency and energy. [where they are] */
  isoPower?: boolean;
}

/** Each kind of source has a symbol, as colour says what is on the front. */
const symbols: Readonly<Record<FigureSource, string>> = {
  measured: "circle",
  published: "diamond",
  emulated: "triangle-up",
  simulated: "square",
  computed: "hexagon",
};

/** More points than this make a picture slow and say no more. */
const mostRows = 2000;

/** Of more than so many systems hovering tells only the name and the two figures, so that the figure stays small. */
const mostHovers = 500;

/**
 * Two figures of many systems against each other, with the Pareto front: what no other system beats in both. Hovering
 * tells every figure of a system, and of one that is beaten by whom and by how much.
 *
 * @param rows Of one benchmark, or the comparison means little; those without one of the two figures are left out.
 * @throws {ThimbleError} No row has both figures.
 *
 * @example
 * ```ts
 * import { loadPublished, paretoFigure, publishedResults } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const rows = publishedResults(await loadPublished()).filter(({ benchmark }) => benchmark === "kws01");
 * const figure = paretoFigure(rows, { x: "latencyMs", y: "energyUjPerInf", subject: "kws01, v0.5 to v1.3" });
 * assert.match(figure.summary, /not beaten/);
 * ```
 */
export function paretoFigure(rows: readonly ResultRow[], options: ParetoFigureOptions): Figure {
  const { x, y, subject = "", target } = options;
  const isoPower = options.isoPower !== false && x === "latencyMs" && y === "energyUjPerInf";
  const both = rows.filter((row) => isDrawable(row, x) && isDrawable(row, y));
  if (both.length === 0) {
    throw new ThimbleError(
      `Cannot draw ${metrics[y].name} against ${metrics[x].name} as no row has both`,
      { hint: "Choose other figures, or a benchmark and division that have them" },
    );
  }
  if (both.length > mostRows) {
    throw new ThimbleError(`Cannot draw ${both.length} systems: at most ${mostRows}`, {
      hint: "Filter the rows first, such as by benchmark and round",
    });
  }
  const keys = [x, y];
  const front = paretoFront(both, {
    minimize: keys.filter((key) => metrics[key].better === "low"),
    maximize: keys.filter((key) => metrics[key].better === "high"),
  });
  const onFront = new Set(front);
  const sources = [...new Set(both.map(({ source }) => source))];
  const traces: FigureTrace[] = sources.flatMap((source) =>
    [false, true].flatMap((isFront) => {
      const members = both.filter((row) => row.source === source && onFront.has(row) === isFront);
      return members.length === 0 ? [] : [points(members, isFront, source)];
    })
  );
  const sorted = [...front].sort((a, b) => figureOf(a, x)! - figureOf(b, x)!);
  const line = stairs(sorted, x, y);
  const title = `${front.length} of ${both.length} ${
    both.length === 1 ? "system is" : "systems are"
  } not beaten in ${metrics[x].name} and ${metrics[y].name}`;
  return new Figure({
    data: [
      ...isoPower ? powerLines(both) : [],
      {
        type: "scatter",
        mode: "lines",
        x: line.map(([value]) => value),
        y: line.map(([, value]) => value),
        line: { color: palette.vermillion, width: 1.5 },
        hoverinfo: "skip",
        name: "Pareto front",
        showlegend: false,
      },
      ...traces,
    ],
    layout: themedLayout({ title, subject, source: sources }, {
      height: 520,
      showlegend: true,
      legend: { orientation: "h", y: -0.2, x: 0 },
      hovermode: "closest",
      xaxis: themedAxis(metrics[x].title, axisOf(x, both)),
      yaxis: themedAxis(metrics[y].title, axisOf(y, both)),
      shapes: target === undefined ? [] : [{
        type: "line",
        xref: "paper",
        x0: 0,
        x1: 1,
        y0: target,
        y1: target,
        line: { color: palette.black, width: 1.5, dash: "dash" },
      }],
      annotations: target === undefined ? [] : [{
        text: `target ${target}`,
        xref: "paper",
        x: 1,
        y: metrics[y].log ? Math.log10(target) : target,
        xanchor: "right",
        yanchor: "bottom",
        showarrow: false,
      }],
    }),
    summary: [
      title,
      subtitle({ subject, source: sources }),
      ...sorted.map((row) => `${nameOf(row)}: ${valueText(row, x)}, ${valueText(row, y)}`),
    ].join("\n"),
  });

  function points(
    members: readonly ResultRow[],
    isFront: boolean,
    source: FigureSource,
  ): FigureTrace {
    return {
      type: "scatter",
      mode: "markers",
      name: `${isFront ? "not beaten" : "beaten"}, ${source}`,
      x: members.map((row) => figureOf(row, x)),
      y: members.map((row) => figureOf(row, y)),
      marker: {
        symbol: isFront ? symbols[source] : `${symbols[source]}-open`,
        size: isFront ? 11 : 8,
        color: isFront ? palette.vermillion : palette.blue,
        opacity: isFront ? 1 : 0.85,
      },
      customdata: members.map((row) =>
        both.length > mostHovers
          ? briefHover(row, x, y)
          : hover(row, isFront ? undefined : beater(row, front, x, y))
      ),
      hovertemplate: "%{customdata}<extra></extra>",
    };
  }
}

/**
 * Latency against energy, with lines of equal power: of two systems on one line the lower is only faster, not thriftier.
 *
 * @throws {ThimbleError} As {@linkcode paretoFigure} does.
 */
export function latencyEnergyFigure(
  rows: readonly ResultRow[],
  options: { subject?: string } = {},
): Figure {
  return paretoFigure(rows, { x: "latencyMs", y: "energyUjPerInf", ...options });
}

/**
 * Energy against the benchmark's quality (top-1, or AUC for ad01), with the closed division's target.
 *
 * @param rows Of one benchmark.
 * @throws {ThimbleError} As {@linkcode paretoFigure} does.
 */
export function energyAccuracyFigure(
  rows: readonly ResultRow[],
  options: { subject?: string } = {},
): Figure {
  return paretoFigure(rows, { x: "energyUjPerInf", ...quality(rows), ...options });
}

/**
 * Size of the model file against the benchmark's quality, with the closed division's target.
 *
 * @param rows Of one benchmark.
 * @throws {ThimbleError} As {@linkcode paretoFigure} does.
 */
export function sizeAccuracyFigure(
  rows: readonly ResultRow[],
  options: { subject?: string } = {},
): Figure {
  return paretoFigure(rows, { x: "modelBytes", ...quality(rows), ...options });
}

function quality(rows: readonly ResultRow[]): { y: "top1Percent" | "auc"; target?: number } {
  const target = findBenchmark(rows[0]?.benchmark ?? "")?.target;
  const y = target?.metric === "auc" ? "auc" : "top1Percent";
  const isOne = rows.every(({ benchmark }) => benchmark === rows[0].benchmark);
  return { y, target: isOne && target?.metric !== "streaming" ? target?.value : undefined };
}

function isDrawable(row: ResultRow, key: MetricKey): boolean {
  const value = figureOf(row, key);
  return value !== undefined && (!metrics[key].log || value > 0);
}

/** The front as stairs: what lies on the far side of them is beaten. */
function stairs(front: readonly ResultRow[], x: MetricKey, y: MetricKey): [number, number][] {
  const line: [number, number][] = [];
  const better = metrics[x].better === "low";
  front.forEach((row, i) => {
    const here: [number, number] = [figureOf(row, x)!, figureOf(row, y)!];
    const before = line.at(-1);
    if (i > 0 && before) line.push(better ? [here[0], before[1]] : [before[0], here[1]]);
    line.push(here);
  });
  return line;
}

function axisOf(key: MetricKey, rows: readonly ResultRow[]) {
  if (!metrics[key].log) return {};
  const values = rows.map((row) => figureOf(row, key)!);
  const spread = Math.max(...values) / Math.min(...values);
  return spread > 5 ? { type: "log", tickformat: "~g", dtick: spread > 50 ? 1 : "D2" } : {};
}

/** Within what is drawn, one line a decade of power. */
function powerLines(rows: readonly ResultRow[]): FigureTrace[] {
  const latencies = rows.map(({ latencyMs }) => latencyMs!);
  const [low, high] = [Math.min(...latencies) / 1.3, Math.max(...latencies) * 1.3];
  const powers = rows.map(({ energyUjPerInf, latencyMs }) => energyUjPerInf! / latencyMs!);
  const first = Math.ceil(Math.log10(Math.min(...powers) / 2));
  const last = Math.floor(Math.log10(2 * Math.max(...powers)));
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => {
    const powerMw = 10 ** (first + i);
    const label = powerMw >= 1000 ? `${powerMw / 1000} W` : `${significant(powerMw, 1)} mW`;
    return {
      type: "scatter",
      mode: "lines+text",
      x: [low, high],
      // µJ = mW · ms
      y: [powerMw * low, powerMw * high],
      text: ["", label],
      textposition: "top left",
      textfont: { size: 12, color: "#767676" },
      line: { color: "#bbbbbb", width: 1, dash: "dot" },
      hoverinfo: "skip",
      showlegend: false,
      name: label,
    };
  });
}

function nameOf({ name, round }: ResultRow): string {
  return round === null ? name : `${name} (${round})`;
}

function valueText(row: ResultRow, key: MetricKey): string {
  const { unit, name } = metrics[key];
  return `${name} ${significant(figureOf(row, key)!)}${unit ? ` ${unit}` : ""}`;
}

interface Beater {
  row: ResultRow;
  by: string;
}

/** Who on the front beats a row most, and by how much. */
function beater(
  row: ResultRow,
  front: readonly ResultRow[],
  x: MetricKey,
  y: MetricKey,
): Beater | undefined {
  const gains = front.flatMap((other) => {
    const gain = [x, y].map((key) => gainOf(row, other, key));
    return gain.every((g) => g >= 0) ? [{ other, gain, sum: gain[0] + gain[1] }] : [];
  }).sort((a, b) => b.sum - a.sum);
  if (gains.length === 0) return undefined;
  const { other } = gains[0];
  const by = [x, y].map((key) => {
    const [mine, theirs] = [figureOf(row, key)!, figureOf(other, key)!];
    if (!metrics[key].log) return `${metrics[key].name} +${significant(theirs - mine, 3)}`;
    const ratio = metrics[key].better === "low" ? mine / theirs : theirs / mine;
    return `${metrics[key].name} ${ratio.toFixed(2)}×`;
  });
  return { row: other, by: by.join(", ") };
}

function gainOf(row: ResultRow, other: ResultRow, key: MetricKey): number {
  const [mine, theirs] = [figureOf(row, key)!, figureOf(other, key)!];
  const gain = metrics[key].log ? Math.log(mine / theirs) : mine - theirs;
  return metrics[key].better === "low" ? gain : -gain;
}

function briefHover(row: ResultRow, x: MetricKey, y: MetricKey): string {
  const name = `<b>${escapeHtml([...nameOf(row)].slice(0, 60).join(""))}</b>`;
  return [name, valueText(row, x), valueText(row, y)].join("<br>");
}

function hover(row: ResultRow, beaten?: Beater): string {
  const figures = (Object.keys(metrics) as MetricKey[])
    .filter((key) => figureOf(row, key) !== undefined)
    .map((key) => valueText(row, key));
  return [
    `<b>${escapeHtml(row.name)}</b>`,
    escapeHtml(
      [row.round, row.division, row.board, row.stack].filter((part) => part !== null).join(" · "),
    ),
    ...figures,
    sourceTexts[row.source],
    ...beaten ? [`beaten by ${escapeHtml(nameOf(beaten.row))}: ${beaten.by}`] : ["not beaten"],
  ].filter((line) => line !== "").join("<br>");
}
