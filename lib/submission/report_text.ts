import { accuracyText, countText, officialReactions, officialVerdicts } from "./describe.ts";
import type { SubmissionFinding } from "./finding.ts";
import { printable } from "../page/printable.ts";
import type { CheckedResult, SubmissionReport } from "./report.ts";

/**
 * A check as lines for a person: the results, then what was found, file by file.
 *
 * @example
 * ```ts
 * import { reportText, type SubmissionReport } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const report: SubmissionReport = { path: "out", round: "v1.4", isValid: false, results: [], findings: [] };
 * assert.match(reportText(report), /^Submission 'out' by the rules of v1\.4\n/);
 * ```
 */
export function reportText(report: SubmissionReport): string {
  const { path, round, results, findings } = report;
  const valid = results.filter(({ isValid }) => isValid).length;
  return [
    `Submission '${printable(path)}' by the rules of ${round}`,
    "",
    ...resultLines(results),
    ...findingLines(findings),
    `${valid} of ${results.length} results valid: ${countText(report)}`,
  ].join("\n");
}

function resultLines(results: readonly CheckedResult[]): string[] {
  if (results.length === 0) return [];
  const hasOfficial = results.some(({ official }) => official);
  const head = ["Result", "inf/s", "Accuracy", "µJ/inf", "Verdict"];
  const rows = results.map((result) => [
    printable(result.path),
    result.throughputInfS?.toString() ?? "",
    accuracyText(result),
    result.energyUjPerInf?.toString() ?? "",
    result.isValid ? "valid" : `${result.errors} error${result.errors === 1 ? "" : "s"}`,
    ...hasOfficial ? [result.official ? officialVerdicts[result.official] : ""] : [],
  ]);
  const table = [[...head, ...hasOfficial ? ["Official checker"] : []], ...rows];
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  const isNumber = [false, true, false, true, false, false];
  return [
    ...table.map((row) =>
      "  " +
      row.map((cell, column) =>
        isNumber[column] ? cell.padStart(widths[column]) : cell.padEnd(widths[column])
      ).join("  ").trimEnd()
    ),
    "",
  ];
}

function findingLines(findings: readonly SubmissionFinding[]): string[] {
  const byPath = Map.groupBy(findings, ({ path }) => path);
  const paths = [...byPath.keys()].sort();
  return paths.flatMap((path) => [
    path === "" ? "." : printable(path),
    ...byPath.get(path)!.flatMap(({ severity, rule, line, column, text, fix, official }) => {
      const place = line === undefined ? "" : `line ${line}${column ? `, column ${column}` : ""}: `;
      const told = official ? ` (${officialReactions[official]})` : "";
      return [
        `  ${severity.padEnd(7)} ${rule}`,
        `    ${place}${printable(text)}${told}`,
        `    Fix: ${fix}`,
      ];
    }),
    "",
  ]);
}
