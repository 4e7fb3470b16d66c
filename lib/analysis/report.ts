/**
 * Sessions, or the published rounds, as one page to be read, kept and sent.
 *
 * @module
 */
import { benchmarks, findBenchmark } from "../benchmarks.ts";
import { ThimbleError } from "../errors.ts";
import { Html, markup } from "../page/markup.ts";
import { tableHead } from "../page/table_head.ts";
import type { Score } from "../sessions/score.ts";
import type { Session } from "../sessions/session.ts";
import { confusionMatrixFigure } from "./confusion_matrix_figure.ts";
import { detectionsFigure } from "./detections_figure.ts";
import { energyFigure } from "./energy_figure.ts";
import type { Figure } from "./figure.ts";
import { generationsFigure } from "./generations_figure.ts";
import { energyAccuracyFigure, latencyEnergyFigure } from "./pareto_figure.ts";
import { PlacedFigures, reportDocument } from "./report_document.ts";
import type { ResultRow } from "./result_row.ts";
import { rocFigure } from "./roc_figure.ts";
import { significant } from "./significant.ts";
import { sourceTexts } from "./theme.ts";
import { throughputFigure } from "./throughput_figure.ts";

/** A session in a report. */
export interface ReportedSession {
  /** What the page calls it, such as its folder. */
  name: string;
  /** As `readSession` gives it. */
  session: Session;
  /** As `scoreSession` gives it. */
  score: Score;
}

/** How a report is made. */
export interface ReportOptions {
  /** Heading of the page. */
  title?: string;
  /** When it was made, as it is to be printed. [not printed] */
  made?: string;
}

/**
 * A page of sessions: summary and verdicts, a section a session with its figures, what keeps it from counting and where it
 * ran. One self-contained file: nothing is loaded from elsewhere, text of devices is escaped, tables sort and filter.
 *
 * @returns HTML; about 4.3 MB of it is Plotly.
 * @throws {ThimbleError} No sessions, or Plotly's package cannot be read.
 *
 * @example
 * ```ts
 * import { type Score, type Session, sessionsReport } from "thimble";
 * import assert from "node:assert/strict";
 *
 * await assert.rejects(sessionsReport([]), /no sessions/);
 * ```
 */
export async function sessionsReport(
  sessions: readonly ReportedSession[],
  options: ReportOptions = {},
): Promise<string> {
  if (sessions.length === 0) throw new ThimbleError("Cannot make a report of no sessions");
  const placed = new PlacedFigures();
  const sections = sessions.map((reported, i) => sessionSection(reported, i, placed));
  const valid = sessions.filter(({ score }) => score.valid && score.source === "measured").length;
  return await reportDocument({
    title: options.title ??
      (sessions.length === 1 ? sessions[0].name : `${sessions.length} sessions`),
    made: options.made,
    placed,
    body: markup`<p class="verdict ${
      valid === sessions.length ? "valid" : ""
    }">${valid} of ${sessions.length} keep${
      valid === 1 ? "s" : ""
    } the rules that can be checked here, and ${
      valid === 1 ? "was" : "were"
    } measured on a device</p>
<h2>Summary</h2>
${summaryTable(sessions)}
${sections}`,
  });
}

/**
 * A page of published results: for each benchmark the fronts of latency, energy and accuracy, the progress by round, and
 * one table of everything that sorts and filters.
 *
 * @param rows As `publishedResults` gives them; one's own may be among them.
 * @throws {ThimbleError} No rows, or Plotly's package cannot be read.
 *
 * @example
 * ```ts
 * import { loadPublished, publishedReport, publishedResults } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const rows = publishedResults(await loadPublished()).filter(({ benchmark }) => benchmark === "ad01");
 * const html = await publishedReport(rows);
 * assert(html.includes("NUCLEO-L4R5ZI"));
 * ```
 */
export async function publishedReport(
  rows: readonly ResultRow[],
  options: ReportOptions = {},
): Promise<string> {
  if (rows.length === 0) throw new ThimbleError("Cannot make a report of no results");
  const placed = new PlacedFigures();
  const sections = Object.keys(benchmarks).flatMap((id) => {
    const members = rows.filter(({ benchmark }) => benchmark === id);
    if (members.length === 0) return [];
    const subject = `${id}, ${members.length} results`;
    const drawn = [
      attempt(() => latencyEnergyFigure(members, { subject })),
      attempt(() => energyAccuracyFigure(members, { subject })),
      attempt(() => generationsFigure(members, { subject })),
      attempt(() => generationsFigure(members, { subject, metric: "energyUjPerInf" })),
    ].filter((figure) => figure !== undefined);
    return [
      markup`<h2>${findBenchmark(id)!.title} (${id})</h2>
${drawn.map((figure) => placed.place(figure))}`,
    ];
  });
  return await reportDocument({
    title: options.title ?? "Published results",
    made: options.made,
    placed,
    body: markup`${sections}
<h2>All results</h2>
${resultTable(rows)}`,
  });
}

/** A figure that there may be nothing for. */
function attempt(make: () => Figure): Figure | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof ThimbleError || error instanceof RangeError) return undefined;
    throw error;
  }
}

const columns = [
  "Session",
  "Verdict",
  "Benchmark",
  "Kind",
  "Figures are",
  "Latency (ms)",
  "inf/s",
  "µJ/inf",
  "Power (mW)",
  "Top-1 (%)",
  "AUC",
];

function number(value: number | null | undefined): Html {
  return value === undefined || value === null
    ? markup`<td class="number" data-key=""></td>`
    : markup`<td class="number" data-key="${value}">${significant(value)}</td>`;
}

function summaryTable(sessions: readonly ReportedSession[]): Html {
  const rows = sessions.map(({ name, score }, i) =>
    markup`<tr><td><a href="#session-${i}">${name}</a></td>
<td class="kind ${score.valid ? "valid" : "error"}">${
      verdict(score)
    }</td><td>${score.benchmark}</td><td>${score.mode}</td>
<td>${score.source}</td>${number(score.latencyMs)}${number(score.throughputInfS)}${
      number(score.energyUjPerInf)
    }${number(score.powerMw)}${number(score.top1Percent)}${number(score.auc)}</tr>
`
  );
  return markup`<div class="tools"><input type="search" data-search="summary" placeholder="Words" aria-label="Words"></div>
<div class="table"><table id="summary">${tableHead(columns)}<tbody>
${rows}</tbody></table></div>`;
}

function verdict({ valid, findings, source }: Score): string {
  if (!valid) {
    const broken = findings.filter(({ rule }) => rule !== "source" && rule !== "printed").length;
    return `${broken} finding${broken === 1 ? "" : "s"}`;
  }
  return source === "measured" ? "valid" : `valid, but ${source}`;
}

function sessionSection(
  { name, session, score }: ReportedSession,
  index: number,
  placed: PlacedFigures,
): Html {
  const { start } = session;
  const subject = [score.benchmark, start.dut?.name ?? ""].filter((part) => part !== "").join(
    " on ",
  );
  const figures = [
    attempt(() => throughputFigure(score, { subject })),
    attempt(() => energyFigure(session, { subject })),
    attempt(() => confusionMatrixFigure(score, { subject })),
    attempt(() => rocFigure(score, { subject, classes: findBenchmark(score.benchmark)?.classes })),
    session.streaming
      ? attempt(() => detectionsFigure(session.streaming!, { source: score.source, subject }))
      : undefined,
  ].filter((figure) => figure !== undefined);
  const facts: [string, string | undefined][] = [
    ["Benchmark", `${findBenchmark(score.benchmark)?.title ?? ""} (${score.benchmark})`],
    ["Kind", score.mode],
    [
      "Figures are",
      `${sourceTexts[score.source]}${start.sourceText ? `: ${start.sourceText}` : ""}`,
    ],
    ["Run by", [session.runner, session.runnerVersion ?? ""].join(" ")],
    ["Began", session.began],
    ["Device", start.dut?.name],
    ["Firmware", start.dut?.profile],
    ["Port", start.port],
    ["Baud", start.baudRate === undefined ? undefined : String(start.baudRate)],
    ["Labels, SHA-256", start.labelsSha256],
  ];
  const known = facts.filter(([, value]) => value !== undefined && value.trim() !== "");
  const findings = [
    ...score.findings.map(({ text }) => text),
    ...session.findings.map(({ text, file, line }) =>
      file ? `${text} (${file}${line ? `:${line}` : ""})` : text
    ),
  ];
  return markup`<section id="session-${index}">
<h2>${name}</h2>
<p class="verdict ${score.valid ? "valid" : ""}">${verdict(score)}</p>
${findings.length > 0 ? markup`<ul>${findings.map((text) => markup`<li>${text}</li>`)}</ul>` : ""}
<dl>${known.map(([key, value]) => markup`<dt>${key}</dt><dd>${value}</dd>`)}</dl>
${figures.map((figure) => placed.place(figure))}
</section>
`;
}

function resultTable(rows: readonly ResultRow[]): Html {
  const names = ["Round", "Division", "Name", "Board", "Benchmark", "Figures are"]
    .concat("Latency (ms)", "inf/s", "µJ/inf", "Power (mW)", "Top-1 (%)", "AUC");
  const lines = rows.map((row) =>
    markup`<tr><td>${row.round ?? ""}</td><td>${row.division ?? ""}</td><td>${row.name}</td><td>${
      row.board ?? ""
    }</td><td>${row.benchmark}</td><td>${row.source}</td>${number(row.latencyMs)}${
      number(row.throughputInfS)
    }${number(row.energyUjPerInf)}${number(row.powerMw)}${number(row.top1Percent)}${
      number(row.auc)
    }</tr>
`
  );
  return markup`<div class="tools"><input type="search" data-search="results" placeholder="Words" aria-label="Words"></div>
<div class="table"><table id="results">${tableHead(names)}<tbody>
${lines}</tbody></table></div>`;
}
