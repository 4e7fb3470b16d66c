import { InputError } from "../errors.ts";
import { checkSubmission } from "../submission/check_submission.ts";
import type { SubmissionReport } from "../submission/report.ts";
import { findRound, type Round, rounds } from "../submission/rounds.ts";
import { readArguments } from "./arguments.ts";
import { ExitCode } from "./exit_code.ts";
import { ProgressLine } from "./progress_line.ts";

const formats = ["text", "json", "sarif", "html"] as const;
type Format = typeof formats[number];

/** `thimble submission check`. */
export async function checkCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    round: { type: "string" },
    official: { type: "string" },
    format: { type: "string", default: "text" },
    out: { type: "string" },
  }, "submission");
  if (positionals.length !== 1) {
    throw new InputError("Cannot check a submission without its folder", {
      source: "DIR",
      hint: "Write: thimble submission check DIR",
    });
  }
  const format = formatOf(values.format);
  const round = roundOf(values.round);
  const report = await checkWithProgress(positionals[0], round, values.official);
  const text = await reportAs(format, report);
  if (values.out) await Deno.writeTextFile(values.out, text);
  else console.log(text);
  return report.isValid ? ExitCode.done : ExitCode.refused;
}

/** Checks a submission while a line says how far it is. */
export async function checkWithProgress(
  folder: string,
  round?: Round,
  official?: string,
): Promise<SubmissionReport> {
  using progress = new ProgressLine("Checking");
  return await checkSubmission(folder, {
    round,
    reference: official ? await readReference(official) : undefined,
    onProgress: (done, total, text) =>
      progress.update({ type: "progress", done, total, unit: "results", text }),
  });
}

/** The round of `--round`. */
export function roundOf(value: string | undefined): Round | undefined {
  const round = value === undefined ? undefined : findRound(value);
  if (value === undefined || round) return round;
  throw new InputError(`Cannot find a round '${value}'`, {
    source: "--round",
    hint: `Name one of ${rounds.join(", ")}`,
  });
}

function formatOf(value: string): Format {
  const format = formats.find((format) => format === value);
  if (format) return format;
  throw new InputError(`Cannot write a report as '${value}'`, {
    source: "--format",
    hint: `Name one of ${formats.join(", ")}`,
  });
}

async function readReference(path: string) {
  const { readOfficialReference } = await import("../submission/official_reference.ts");
  return await readOfficialReference(path);
}

async function reportAs(format: Format, report: SubmissionReport): Promise<string> {
  switch (format) {
    case "json":
      return JSON.stringify(report);
    case "sarif":
      return (await import("../submission/report_sarif.ts")).reportSarif(report);
    case "html":
      return (await import("../submission/report_html.ts")).reportHtml(report);
    case "text":
      return (await import("../submission/report_text.ts")).reportText(report);
  }
}
