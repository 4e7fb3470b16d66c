import { InputError } from "../errors.ts";
import { readLabels } from "../sessions/labels.ts";
import { readSession } from "../sessions/read_session.ts";
import { scoreSession } from "../sessions/score_session.ts";
import { benchmarkOf, readArguments } from "./arguments.ts";
import { ExitCode } from "./exit_code.ts";
import { scoreText } from "./score_text.ts";

const usage = `Usage: thimble score SESSION [OPTIONS]

Scores the session in the folder SESSION, and says what keeps it from counting: one of Thimble's own, of
EnergyRunner or of the MLCommons Python runner, whose printed figures stand beside. A run that did not end
is not scored: exit code 1, with what there is of it.

  --json         print the score as JSON
  --labels DIR   lists of classes (y_labels.csv), for inputs whose class neither session nor names tell
  --benchmark B  what was run, for files that do not say
  --help         print this`;

/** `thimble score`. */
export async function scoreCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    json: { type: "boolean" },
    labels: { type: "string" },
    benchmark: { type: "string" },
    help: { type: "boolean" },
  }, "score");
  if (values.help) {
    console.log(usage);
    return ExitCode.done;
  }
  if (positionals.length !== 1) {
    throw new InputError("Cannot score without the folder of one session", {
      source: "SESSION",
      hint: "Write: thimble score SESSION",
    });
  }
  const session = await readSession(positionals[0], {
    labels: values.labels === undefined ? undefined : await readLabels(values.labels),
    benchmark: values.benchmark === undefined ? undefined : benchmarkOf(values.benchmark).id,
  });
  const score = scoreSession(session);
  for (const { text, file, line } of session.findings) {
    const place = file ? ` (${file}${line ? `:${line}` : ""})` : "";
    console.error(`Note: ${text}${place}`);
  }
  console.log(values.json ? JSON.stringify(score) : scoreText(score, session.start.sourceText));
  return score.findings.some(({ rule }) => rule === "complete") ? ExitCode.refused : ExitCode.done;
}
