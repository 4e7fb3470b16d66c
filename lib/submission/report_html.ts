import { accuracyText, countText, officialReactions, officialVerdicts } from "./describe.ts";
import type { SubmissionFinding } from "./finding.ts";
import { Html, markup } from "../page/markup.ts";
import { pageScript, pageStyle } from "../page/page_style.ts";
import { tableHead } from "../page/table_head.ts";
import { printable } from "../page/printable.ts";
import type { CheckedResult, SubmissionReport } from "./report.ts";
import { submissionRules } from "./rules.ts";

const nothing = new Html("");

/**
 * A check as one HTML page that needs nothing beside it: tables that can be sorted and searched.
 *
 * @example
 * ```ts
 * import { reportHtml, type SubmissionReport } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const report: SubmissionReport = { path: "<out>", round: "v1.4", isValid: false, results: [], findings: [] };
 * assert.ok(reportHtml(report).includes("<h1>&lt;out&gt;</h1>"));
 * ```
 */
export function reportHtml(report: SubmissionReport): string {
  const { path, round, results, findings, isValid } = report;
  const valid = results.filter((result) => result.isValid).length;
  const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
  return markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>Submission ${printable(path)}</title>
<style>${new Html(pageStyle)}</style>
</head>
<body>
<h1>${printable(path)}</h1>
<p>Checked by the rules of MLPerf Tiny ${round}</p>
<p class="verdict ${isValid ? "valid" : ""}">${valid} of ${results.length} results valid</p>
<p>${countText(report)}</p>
${results.length > 0 ? resultTable(results) : nothing}
${findings.length > 0 ? findingTable(findings) : nothing}
<script>${new Html(pageScript)}</script>
</body>
</html>
`.text;
}

function resultTable(results: readonly CheckedResult[]): Html {
  const hasOfficial = results.some(({ official }) => official);
  const names = ["Division", "Organisation", "System", "Benchmark"]
    .concat("inf/s", "Accuracy", "µJ/inf", "Verdict", hasOfficial ? "Official" : []);
  const rows = results.map((result) => markup`<tr>${resultCells(result, hasOfficial)}</tr>\n`);
  return markup`<h2>Results</h2>
<div class="table"><table>${tableHead(names)}<tbody>
${rows}</tbody></table></div>`;
}

function resultCells(result: CheckedResult, hasOfficial: boolean): Html[] {
  const { benchmark = "unknown", variant, official, isValid, errors, warnings } = result;
  const verdict = isValid ? "valid" : `${errors} error${errors === 1 ? "" : "s"}`;
  const also = warnings > 0 ? `, ${warnings} warning${warnings === 1 ? "" : "s"}` : "";
  const accuracy = result.top1Percent ?? result.auc ?? result.detections?.truePositives;
  return [
    markup`<td>${result.division}</td>`,
    markup`<td>${printable(result.organisation)}</td>`,
    markup`<td class="path">${printable(result.system)}</td>`,
    markup`<td>${benchmark}${variant ? ` (${printable(variant)})` : ""}</td>`,
    markup`<td class="number">${result.throughputInfS}</td>`,
    markup`<td data-key="${accuracy}" title="${result.inputList}">${accuracyText(result)}</td>`,
    markup`<td class="number">${result.energyUjPerInf}</td>`,
    markup`<td class="kind ${isValid ? "valid" : "error"}">${verdict}${also}</td>`,
    hasOfficial ? markup`<td>${official && officialVerdicts[official]}</td>` : nothing,
  ];
}

/** Order of the kinds when sorted. */
const weights = { error: 0, warning: 1, note: 2 } as const;

function findingTable(findings: readonly SubmissionFinding[]): Html {
  const boxes = Object.keys(weights).map((kind) =>
    markup`<label><input type="checkbox" name="kind" value="${kind}" checked> ${kind}s</label>`
  );
  const rows = findings.map((finding) =>
    markup`<tr data-kind="${finding.severity}">${findingCells(finding)}</tr>\n`
  );
  return markup`<h2>Findings</h2>
<div class="tools">${boxes}<input type="search" placeholder="Words" aria-label="Words"></div>
<div class="table"><table id="findings">${
    tableHead(["Kind", "Rule", "Where", "What, and what to do"])
  }<tbody>
${rows}</tbody></table></div>`;
}

function findingCells(finding: SubmissionFinding): Html[] {
  const { severity, rule, path, line, column, text, fix, official } = finding;
  const place = line === undefined ? "" : `:${line}${column ? `:${column}` : ""}`;
  const told = official ? ` (${officialReactions[official]})` : "";
  const asked = submissionRules.find(({ id }) => id === rule)!.text;
  return [
    markup`<td class="kind ${severity}" data-key="${weights[severity]}">${severity}</td>`,
    markup`<td title="${asked}">${rule}</td>`,
    markup`<td class="path">${printable(path) || "."}${place}</td>`,
    markup`<td>${printable(text)}${told}<div class="fix">${fix}</div></td>`,
  ];
}
