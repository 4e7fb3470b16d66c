/**
 * From sessions to the folder of a submission.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { officialFiles } from "../sessions/official_files.ts";
import { readRecordedSession } from "../sessions/recorded_session.ts";
import type { Division } from "./layout.ts";
import { runnerMark } from "./rules/runner_of.ts";
import type { SubmissionSession } from "./submission_session.ts";
import { systemFields, systemProblems } from "./system_description.ts";

/** What a submission is made of. */
export interface NewSubmission {
  /** The folder of the submission; it may hold other systems already. */
  folder: string;
  /** The division. */
  division: Division;
  /** Name of the submitter's folder. */
  organisation: string;
  /** Name of the system's folder. */
  system: string;
  /** The system's description. */
  description: Readonly<Record<string, string>>;
  /** Its sessions: of any runner, each another benchmark or mode. */
  sessions: readonly SubmissionSession[];
  /** Files and folders that go to `code`, by their name there. */
  code?: Readonly<Record<string, string>>;
  /** Markdown that tells of deviations: needed in the open division. */
  deviations?: string;
}

/**
 * Makes the folder of a submission from sessions. Nothing that is there is changed.
 *
 * @throws {InputError} Something cannot be used: a name, the description, two sessions of the same benchmark and mode;
 * or something is there already.
 *
 * @example The names have to be fit for folders
 * ```ts
 * import { InputError, newSubmission } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const submission = {
 *   folder: "submission",
 *   division: "closed" as const,
 *   organisation: "../escape",
 *   system: "board",
 *   description: {},
 *   sessions: [],
 * };
 * await assert.rejects(newSubmission(submission), InputError);
 * ```
 */
export async function newSubmission(submission: NewSubmission): Promise<void> {
  const { folder, division, organisation, system, sessions, code = {}, deviations } = submission;
  for (const name of [organisation, system, ...Object.keys(code)]) checkName(name);
  const description = checkDescription({
    ...submission.description,
    Division: division === "closed" ? "Closed" : "Open",
  });
  if (division === "open" && !deviations?.trim()) {
    throw new InputError("Cannot submit in the open division without telling of deviations", {
      source: "deviations",
      hint: "Write what is done in another way than the closed division has it",
    });
  }
  const home = `${division}/${organisation}`;
  checkSessions(sessions);
  const files = [
    `${home}/systems/${system}.json`,
    `${home}/results/${system}`,
    ...Object.keys(code).map((name) => `${home}/code/${name}`),
  ];
  for (const path of files) await refuseExisting(`${folder}/${path}`);

  const write = async (path: string, content: string) => {
    await Deno.mkdir(`${folder}/${path.slice(0, path.lastIndexOf("/"))}`, { recursive: true });
    await Deno.writeTextFile(`${folder}/${path}`, content);
  };
  await write(`${home}/systems/${system}.json`, JSON.stringify(description, null, 2) + "\n");
  for (const session of sessions) {
    await writeSession(folder, `${home}/results/${system}`, session, write);
  }
  for (const [name, source] of Object.entries(code)) {
    await Deno.mkdir(`${folder}/${home}/code`, { recursive: true });
    await copy(source, `${folder}/${home}/code/${name}`);
  }
  const tellsAlready = await exists(`${folder}/${home}/code/README.md`);
  if (!tellsAlready) await write(`${home}/code/README.md`, codeReadme(system, sessions));
  if (deviations && division === "open") {
    const path = `${folder}/${home}/DEVIATIONS.md`;
    const before = await exists(path) ? (await Deno.readTextFile(path)).trimEnd() + "\n\n" : "";
    await write(`${home}/DEVIATIONS.md`, before + deviations);
  }
}

function checkName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9._()+-]{0,99}$/.test(name) && !name.endsWith(".")) return;
  throw new InputError(`Cannot call a folder '${name}'`, {
    source: name,
    hint: "Use letters, digits and . _ - + ( ), beginning with a letter or digit",
  });
}

function checkDescription(fields: Record<string, string>): Record<string, string> {
  const [problem] = systemProblems(fields);
  if (problem) {
    const needed = systemFields.filter(({ need }) => need !== "optional").map(({ name }) => name);
    throw new InputError(`Cannot use the description: '${problem.name}' ${problem.text}`, {
      source: problem.name,
      hint: `Fill in ${needed.join(", ")}`,
    });
  }
  // In the order of the official form, every field of it; then what else there is.
  const official = systemFields.map(({ name }) => [name, fields[name] ?? ""]);
  return { ...Object.fromEntries(official), ...fields };
}

function checkSessions(sessions: readonly SubmissionSession[]): void {
  if (sessions.length === 0) {
    throw new InputError("Cannot make a submission without a session", { source: "sessions" });
  }
  const seen = new Map<string, SubmissionSession>();
  for (const session of sessions) {
    const key = `${session.benchmark.id}, ${session.session.start.mode}`;
    const other = seen.get(key);
    if (other) {
      throw new InputError(
        `Cannot submit '${session.source}' beside '${other.source}' as both are ${key}`,
        { source: session.source, hint: "Submit the two as two systems, or leave one out" },
      );
    }
    seen.set(key, session);
  }
}

type Write = (path: string, content: string) => Promise<void>;

async function writeSession(
  folder: string,
  system: string,
  { benchmark, session }: SubmissionSession,
  write: Write,
): Promise<void> {
  const { files, runner } = session;
  const result = `${system}/${benchmark.folder}`;
  const path = `${result}/${session.start.mode}`;
  if (runner === "thimble" && files.events) {
    const official = officialFiles(await readRecordedSession(files.events));
    for (const [name, text] of Object.entries(official)) await write(`${path}/${name}`, text);
    return;
  }
  await Deno.mkdir(`${folder}/${path}`, { recursive: true });
  const names = {
    log: "log.txt",
    results: "results.txt",
    json: "results.json",
    script: "script.async",
    trace: "trace1-energy.bin",
    timestamps: "trace1-timestamps.json",
  } as const;
  for (const [role, name] of Object.entries(names)) {
    const source = files[role as keyof typeof names];
    if (source) await Deno.copyFile(source, `${folder}/${path}/${name}`);
  }
  if (runner === "energyrunner") {
    await write(`${result}/${runnerMark}`, "");
  }
}

async function copy(source: string, target: string): Promise<void> {
  const { isDirectory, isFile } = await Deno.lstat(source);
  if (isFile) await Deno.copyFile(source, target);
  else if (isDirectory) {
    await Deno.mkdir(target, { recursive: true });
    for await (const { name } of Deno.readDir(source)) {
      if (!name.startsWith(".")) await copy(`${source}/${name}`, `${target}/${name}`);
    }
  } else {
    throw new InputError(`Cannot copy '${source}' as it is neither a file nor a folder`, {
      source,
    });
  }
}

function codeReadme(system: string, sessions: readonly SubmissionSession[]): string {
  const lines = sessions.map(({ benchmark, session }) => {
    const { mode, dut } = session.start;
    const device = [dut.name, dut.profile].filter(Boolean).join(", ");
    const runner = {
      thimble: "Thimble",
      energyrunner: "EnergyRunner",
      mlcommons: "the MLCommons runner",
    };
    return `* ${benchmark.id}, ${mode}: ${device || "a device that gave no name"}; run by ${
      runner[session.runner]
    }${session.began ? `, ${session.began}` : ""}`;
  });
  return [
    `# ${system}`,
    "",
    "The sources of the firmware, or its binaries, and what is needed to build and run them lie in this folder.",
    "What was run:",
    "",
    ...lines,
    "",
  ].join("\n");
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch {
    return false;
  }
}

async function refuseExisting(path: string): Promise<void> {
  if (!await exists(path)) return;
  throw new InputError(`Cannot write '${path}' as it is there already`, {
    source: path,
    hint: "Choose another name for the system, or remove what is there",
  });
}
