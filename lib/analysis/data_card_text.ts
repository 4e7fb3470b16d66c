import type { DataReport } from "../training/cards/data_report.ts";
import {
  count,
  duplicateSummary,
  duplicateText,
  headline,
  mostClassRows,
  provenanceRows,
  shown,
  splitTable,
  warnings,
} from "./data_card_facts.ts";
import { table } from "./table.ts";

/** A data set card in plain text. */
export function dataCardText(report: DataReport): string {
  const { splits, classes, duplicates } = report;
  const { head, rows } = splitTable(report);
  const parts = [
    shown(report.name),
    headline(report),
    ...warnings(report).map((text) => `! ${text}`),
    "",
    grid(["Class", ...splits.map(({ split }) => split)], [
      ...classes.slice(0, mostClassRows).map((name, label) => [
        shown(name),
        ...splits.map(({ byClass }) => byClass[label]),
      ]),
    ]),
    ...(classes.length > mostClassRows
      ? [`and ${count(classes.length - mostClassRows)} more classes`]
      : []),
    "",
    grid(head, rows),
    "",
    `Duplicates: ${duplicateSummary(report)}`,
    ...duplicates.groups.slice(0, 10).map((group) => `  ${duplicateText(group, classes)}`),
    ...(duplicates.groups.length > 10 ? ["  …"] : []),
    "",
    ...provenanceRows(report).map(([name, text]) => `${name}: ${text}`),
  ];
  return parts.join("\n");
}

function grid(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const columns = Object.fromEntries(head.map((name, c) => [`c${c}`, name]));
  return String(table(
    rows.map((row) => Object.fromEntries(row.map((cell, c) => [`c${c}`, cell]))),
    { columns },
  ));
}
