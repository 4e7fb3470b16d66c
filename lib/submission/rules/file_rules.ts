import type { RunFacts } from "../facts.ts";
import type { OfficialReaction } from "../finding.ts";
import type { SubmissionRule } from "../rule.ts";
import { isRoundIn, type Round } from "../rounds.ts";
import { onBadAccuracy, onMissingRun, requiredModes } from "./official_reaction.ts";
import { said } from "./window_rules.ts";
import {
  actualRunner,
  namedRunner,
  type OfficialRunner,
  runnerMark,
  runnerOf,
} from "./runner_of.ts";

/** Files that an accuracy or performance run has, and the official checker looks for. */
const runnerFiles: Readonly<Record<OfficialRunner, readonly string[]>> = {
  energyrunner: ["log.txt", "results.txt", "script.async"],
  mlcommons: ["log.txt", "results.txt", "results.json"],
};

/** What EnergyRunner keeps of the energy monitor. */
const traceFiles = ["trace1-energy.bin", "trace1-timestamps.json"];

/** Files that the official checker does not mind. */
const extraFiles = ["results.json", "mlperf_log_trace.json", ".gitkeep"];

/** Oddities that break rules of their own. */
const saidElsewhere =
  /^There is no |lacks its end|^The log is of| timestamps for |not consecutive|trace cannot be read|^A trial /;

/** Which sessions a result has, and which files they have. */
export const fileRules: readonly SubmissionRule[] = [
  {
    id: "required-runs",
    about: "result",
    since: "v0.5",
    severity: "error",
    official: "omits",
    text: "A result has a performance and an accuracy run; streaming has an energy run",
    fix: "Run the benchmark in that mode, and put the session into the folder of that name",
    *check(facts) {
      for (const mode of requiredModes(facts)) {
        if (facts.runs.some((run) => run.mode === mode)) continue;
        const official = onMissingRun(facts, mode);
        yield { path: facts.result.path, text: `There is no run in '${mode}'`, official };
      }
    },
  },
  {
    id: "required-files",
    about: "run",
    since: "v0.5",
    severity: "error",
    official: "warns",
    text:
      "A run has the files that its runner writes: log.txt and results.txt, EnergyRunner's script.async and trace, the Python runner's results.json",
    fix: "Copy the whole session that the runner wrote",
    *check(facts) {
      const { tree, run } = facts;
      const runner = runnerOf(run) ?? actualRunner(facts) ?? namedRunner(facts);
      const isTraced = runner === "energyrunner" && run.mode === "energy";
      for (const name of [...runnerFiles[runner], ...isTraced ? traceFiles : []]) {
        const entry = tree.entry(`${run.path}/${name}`);
        if (entry && entry.kind !== "folder") continue;
        const other = tree.files(run.path).find((file) => file.name.endsWith(`_${name}`));
        const found = entry ? ": a folder is called so" : other ? `: there is '${other.name}'` : "";
        const text = `'${name}' is missing${found}`;
        yield { path: run.path, text, official: onMissing(facts, name, entry !== undefined) };
      }
    },
  },
  {
    id: "extra-files",
    about: "run",
    since: "v0.5",
    severity: "warning",
    official: "warns",
    text: "An accuracy or performance run has no files but those of its runner",
    fix: "Move the file to 'code'",
    *check(facts) {
      const { tree, run } = facts;
      if (run.mode === "energy") return;
      const runner = runnerOf(run) ?? actualRunner(facts) ?? namedRunner(facts);
      const known = [...runnerFiles[runner], ...extraFiles];
      for (const { path, name } of tree.files(run.path)) {
        const isOther = known.some((file) => name.endsWith(`_${file}`)); // said by another rule
        if (known.includes(name) || name.startsWith(".") || isOther) continue;
        yield { path, text: `'${name}' is none of them` };
      }
    },
  },
  {
    id: "runner-mark",
    about: "result",
    since: "v1.3",
    severity: "error",
    official: "warns",
    text: `A file '${runnerMark}' marks the results of EnergyRunner, and no others`,
    fix:
      `Make an empty file '${runnerMark}' in the folder of a benchmark that EnergyRunner ran; remove it elsewhere`,
    *check(facts) {
      const actual = actualRunner(facts);
      const named = namedRunner(facts);
      if (actual === undefined || actual === named) return;
      const text = actual === "energyrunner"
        ? `The sessions are EnergyRunner's: '${runnerMark}' is missing`
        : `The sessions are not EnergyRunner's: '${runnerMark}' is there`;
      yield { path: facts.result.path, text };
    },
  },
  {
    id: "runner-of-round",
    about: "result",
    since: "v0.5",
    severity: "error",
    official: "passes",
    text:
      "Up to v1.2 EnergyRunner is used, in v1.3 either, from v1.4 the Python runner; streaming has the Python runner",
    fix: "Run the benchmark with the runner of the round",
    *check(facts) {
      const { result: { path, benchmark }, round } = facts;
      const actual = actualRunner(facts);
      if (benchmark && !isRoundIn(round, benchmark.since as Round)) return; // said by another rule
      const isOld = isRoundIn(round, "v0.5", "v1.2");
      const isNew = isRoundIn(round, "v1.4") || benchmark?.id === "sww01";
      if (actual === "energyrunner" && isNew && !isOld) {
        yield { path, text: `The sessions are EnergyRunner's, which ${round} does not allow` };
      }
      if (actual === "mlcommons" && isOld) {
        yield { path, text: `The sessions are not EnergyRunner's, which ${round} asks for` };
      }
    },
  },
  {
    id: "readable-session",
    about: "run",
    since: "v0.5",
    severity: "error",
    official: "passes",
    text: "The session of a run can be read",
    fix: "Copy the session again from where the runner wrote it",
    *check({ run }) {
      if (run.unreadable) yield { path: run.path, text: run.unreadable };
    },
  },
  {
    id: "whole-run",
    about: "run",
    since: "v0.5",
    severity: "warning",
    official: "passes",
    text: "The log of a run goes on to its end",
    fix: "Copy the log again; if it ends there too, run it again",
    check: (facts) => said(facts, "complete"),
  },
  {
    id: "session-oddity",
    about: "run",
    since: "v0.5",
    severity: "note",
    official: "passes",
    text: "The files of a session are as its runner writes them",
    fix: "Look at the place: if the log was changed or cut, copy it again",
    *check({ run, tree }) {
      for (const { text, file, line, breaks } of run.session?.findings ?? []) {
        if (breaks || saidElsewhere.test(text)) continue;
        yield { path: inTree(file, tree.root) ?? run.path, line, text };
      }
    },
  },
];

function onMissing(facts: RunFacts, name: string, isFolder: boolean): OfficialReaction {
  const { mode } = facts.run;
  if (name === "results.txt") {
    if (mode !== "accuracy") return "omits";
    return isFolder ? "stops" : onBadAccuracy(facts);
  }
  return mode === "energy" || name === "results.json" ? "passes" : "warns";
}

function inTree(file: string | undefined, root: string): string | undefined {
  return file?.startsWith(root + "/") ? file.slice(root.length + 1) : undefined;
}
