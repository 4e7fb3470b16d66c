import type { Findings } from "./findings.ts";
import { linesOf } from "./lines_of.ts";
import { noFigures, type PrintedFigures, PrintedFiguresReader } from "./printed_figures.ts";

/** The figures in a `results.txt`; none where there is no such file. */
export async function readPrintedFigures(
  path: string | undefined,
  findings: Findings,
): Promise<PrintedFigures> {
  if (!path) {
    findings.add("There is no results file");
    return noFigures();
  }
  const reader = new PrintedFiguresReader();
  for await (const { lines } of linesOf(path)) for (const line of lines) reader.push(line);
  return reader.figures;
}
