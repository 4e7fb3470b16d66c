import { officialReactions } from "./describe.ts";
import type { SubmissionFinding } from "./finding.ts";
import type { SubmissionReport } from "./report.ts";
import { submissionRules } from "./rules.ts";

/**
 * A check as SARIF 2.1.0, which code hosts and editors show beside the files.
 *
 * @returns JSON text. Paths are relative to the submission (`%SUBMISSION%`).
 *
 * @example
 * ```ts
 * import { reportSarif, submissionRules, type SubmissionReport } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const report: SubmissionReport = { path: "out", round: "v1.4", isValid: false, results: [], findings: [] };
 * const [{ tool }] = JSON.parse(reportSarif(report)).runs;
 * assert.equal(tool.driver.rules.length, submissionRules.length);
 * ```
 */
export function reportSarif(report: SubmissionReport): string {
  const rules = submissionRules.map(({ id, text, fix, severity, since, until, division }) => ({
    id,
    shortDescription: { text },
    help: { text: fix },
    defaultConfiguration: { level: severity },
    properties: { since, until, division },
  }));
  return JSON.stringify({
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [{
      tool: { driver: { name: "Thimble", rules } },
      columnKind: "utf16CodeUnits",
      results: report.findings.map(resultOf),
      properties: { round: report.round, isValid: report.isValid },
    }],
  });
}

function resultOf(finding: SubmissionFinding) {
  const { rule, severity, path, line, column, text, fix, official } = finding;
  return {
    ruleId: rule,
    ruleIndex: submissionRules.findIndex(({ id }) => id === rule),
    level: severity,
    message: { text: `${text}. ${fix}` },
    locations: [{
      physicalLocation: {
        artifactLocation: { uri: uriOf(path), uriBaseId: "SUBMISSION" },
        ...(line !== undefined && { region: { startLine: line, startColumn: column } }),
      },
    }],
    properties: official && { official: officialReactions[official] },
  };
}

function uriOf(path: string): string {
  return path.toWellFormed().split("/").map(encodeURIComponent).join("/") || ".";
}
