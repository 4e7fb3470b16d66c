import { createInterface } from "node:readline";
import { InputError } from "../errors.ts";
import { readText } from "../sessions/read_text.ts";
import { type Ask, askSystem } from "../submission/ask_system.ts";
import { type Deviation, deviationsDocument } from "../submission/deviations.ts";
import { type Division, divisions } from "../submission/layout.ts";
import { newSubmission } from "../submission/new_submission.ts";
import { reportText } from "../submission/report_text.ts";
import {
  describeAccuracy,
  readSubmissionSession,
  type SubmissionSession,
} from "../submission/submission_session.ts";
import { readArguments, required } from "./arguments.ts";
import { ExitCode } from "./exit_code.ts";
import { checkWithProgress, roundOf } from "./submission_check.ts";

/** Of a description, or of a text about deviations. */
const mostTextBytes = 10_000_000;

/** `thimble submission new`. */
export async function newCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    division: { type: "string" },
    organisation: { type: "string" },
    system: { type: "string" },
    description: { type: "string" },
    code: { type: "string", multiple: true },
    deviations: { type: "string" },
    round: { type: "string" },
    official: { type: "string" },
  }, "submission");
  const [folder, ...sources] = positionals;
  if (folder === undefined || sources.length === 0) {
    throw new InputError("Cannot make a submission without its folder and at least one session", {
      source: "SESSION",
      hint: "Write: thimble submission new DIR … SESSION …",
    });
  }
  const division = divisionOf(required(values.division, "--division"));
  const organisation = required(values.organisation, "--organisation");
  const system = required(values.system, "--system");
  const code = codeOf(values.code ?? []);
  const round = roundOf(values.round);
  const sessions: SubmissionSession[] = [];
  for (const source of sources) sessions.push(await readSubmissionSession(source));

  using questions = new Questions();
  const known = { Submitter: organisation, Division: division === "open" ? "Open" : "Closed" };
  const description = values.description
    ? { ...known, ...await readDescription(values.description) }
    : await askSystem(questions.ask, known);
  let deviations: string | undefined;
  if (division === "open") {
    deviations = values.deviations
      ? await readText(values.deviations, mostTextBytes)
      : deviationsDocument(system, description, await askDeviations(questions.ask, sessions));
  }
  await newSubmission({
    folder,
    division,
    organisation,
    system,
    description,
    sessions,
    code,
    deviations,
  });
  const report = await checkWithProgress(folder, round, values.official);
  console.log(reportText(report));
  return report.isValid ? ExitCode.done : ExitCode.refused;
}

/** Lines of the standard input, one for each question; questions go to the error stream. */
class Questions implements Disposable {
  #lines: ReturnType<typeof createInterface> | undefined;
  #answers: AsyncIterator<string> | undefined;

  readonly ask: Ask = async (question) => {
    this.#lines ??= createInterface({ input: process.stdin });
    this.#answers ??= this.#lines[Symbol.asyncIterator]();
    await Deno.stderr.write(new TextEncoder().encode(`${question}: `));
    const { value, done } = await this.#answers.next();
    return done ? undefined : value;
  };

  [Symbol.dispose](): void {
    this.#lines?.close();
  }
}

async function askDeviations(
  ask: Ask,
  sessions: readonly SubmissionSession[],
): Promise<Deviation[]> {
  const deviations: Deviation[] = [];
  for (const { id } of new Set(sessions.map(({ benchmark }) => benchmark))) {
    let text: string | undefined = "";
    while (text === "") {
      text =
        (await ask(`How ${id} deviates from the closed division (model, training, quantization)`))
          ?.trim();
    }
    if (text === undefined) {
      throw new InputError(
        `Cannot submit '${id}' in the open division without telling of deviations`,
        {
          source: "deviations",
          hint: "Answer the question, or give a file: --deviations FILE",
        },
      );
    }
    const accuracy = sessions.filter(({ benchmark }) => benchmark.id === id)
      .map(describeAccuracy).find((accuracy) => accuracy !== undefined);
    deviations.push({ benchmark: id, text, accuracy: accuracy ?? "not in these sessions" });
  }
  return deviations;
}

function divisionOf(value: string): Division {
  const division = divisions.find((division) => division === value);
  if (division) return division;
  throw new InputError(`Cannot find a division '${value}'`, {
    source: "--division",
    hint: `Name one of ${divisions.join(", ")}`,
  });
}

function codeOf(values: readonly string[]): Record<string, string> {
  return Object.fromEntries(values.map((value) => {
    const at = value.indexOf("=");
    if (at > 0 && at < value.length - 1) return [value.slice(0, at), value.slice(at + 1)];
    throw new InputError(`Cannot read '${value}' for --code`, {
      source: "--code",
      hint: "Write NAME=PATH, such as kws=firmware/kws",
    });
  }));
}

async function readDescription(path: string): Promise<Record<string, string>> {
  const text = await readText(path, mostTextBytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InputError(`Cannot read '${path}' as it is no JSON`, { source: path, cause });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, string>;
  }
  throw new InputError(`Cannot read '${path}' as it holds no object`, { source: path });
}
