import type { SubmissionRule } from "../rule.ts";
import { benchmarkOfFolder, divisions, modeOfFolder } from "../layout.ts";
import { isRoundIn, type Round } from "../rounds.ts";
import { onMissingRun } from "./official_reaction.ts";

/** Folders that the official checker passes by at the root. */
const ignoredFolders = [".git", ".github", "assets", ".vscode"];

/** Which folders there have to be, and which may be. */
export const layoutRules: readonly SubmissionRule[] = [
  {
    id: "division-folder",
    about: "tree",
    since: "v0.5",
    severity: "warning",
    official: "warns",
    text: "At the root are the folders 'closed' and 'open' and nothing else",
    fix: "Move or remove the folder",
    *check({ tree, organisations }) {
      if (organisations.length === 0) return; // said by another rule
      for (const { path, name } of tree.folders("")) {
        if ((divisions as readonly string[]).includes(name) || ignoredFolders.includes(name)) {
          continue;
        }
        yield { path, text: `'${name}' is no division` };
      }
    },
  },
  {
    id: "results-present",
    about: "tree",
    since: "v0.5",
    severity: "error",
    official: "passes",
    text: "A submission holds results",
    fix: "Check the folder that holds 'closed' or 'open'",
    *check({ tree, organisations }) {
      if (organisations.length > 0) return;
      const isInside = tree.entry("results") ?? tree.entry("systems");
      const text = isInside
        ? "There is neither 'closed' nor 'open': this is the folder of an organisation"
        : "There is no organisation in 'closed' or 'open'";
      yield { path: "", text };
    },
  },
  {
    id: "organisation-results",
    about: "organisation",
    since: "v0.5",
    severity: "error",
    official: "passes",
    text:
      "An organisation has 'results' with a folder for each system, and in it one for each benchmark",
    fix: "Put each session into 'results/SYSTEM/BENCHMARK/MODE'",
    *check({ tree, organisation }) {
      const { path, systems } = organisation;
      if (systems.length === 0) {
        yield { path, text: `'${organisation.name}' has no folder of a system in 'results'` };
      }
      for (const system of systems) {
        const isEmpty = tree.children(system.path).length === 0; // said by another rule
        if (system.results.length > 0 || isEmpty) continue;
        yield { path: system.path, text: `'${system.name}' has no folder of a benchmark` };
      }
    },
  },
  {
    id: "code-folder",
    about: "organisation",
    since: "v0.5",
    severity: "error",
    official: "passes",
    text: "An organisation shares its implementation in 'code'",
    fix: "Put the sources, or binaries with what is needed to run them, into 'code'",
    *check({ tree, organisation: { path, name } }) {
      if (tree.entry(`${path}/code`)) return;
      yield { path, text: `'${name}' has no 'code'` };
    },
  },
  {
    id: "benchmark-folder",
    about: "result",
    since: "v0.5",
    severity: "error",
    official: "refuses",
    text: "A system's folders are called ad, ic, kws and vww; from v1.3 also sww, from v1.4 ic2",
    fix: "Rename the folder to the short name of its benchmark",
    *check({ result: { path, name, benchmark }, round, organisation }) {
      if (name.includes("/")) return; // said by another rule
      const wereLongNamesFine = isRoundIn(round, "v0.5", "v1.0");
      const isNamed = benchmark && (benchmark.folder === name || wereLongNamesFine);
      const isInRound = benchmark && isRoundIn(round, benchmark.since as Round);
      if (isNamed && isInRound) return;
      const text = !benchmark
        ? `'${name}' is no benchmark`
        : !isInRound
        ? `'${name}' came with ${benchmark.since}: the round is ${round}`
        : `'${name}' is not called '${benchmark.folder}'`;
      yield { path, text, official: organisation.division === "open" ? "stops" : "refuses" };
    },
  },
  {
    id: "result-levels",
    about: "result",
    since: "v0.5",
    severity: "error",
    official: "omits",
    text: "The folders of a result's runs lie in the benchmark's, and that in the system's",
    fix: "Make a system of its own of each variant: 'results/SYSTEM_VARIANT/BENCHMARK'",
    *check({ result: { path, name }, organisation }) {
      const [first, ...others] = name.split("/");
      if (others.length === 0) return;
      const text = `There is a level of folders too many: '${name}'`;
      const isBenchmark = benchmarkOfFolder(first)?.folder === first;
      if (isBenchmark) yield { path, text };
      else yield { path, text, official: organisation.division === "open" ? "stops" : "refuses" };
    },
  },
  {
    id: "run-folder",
    about: "result",
    since: "v0.5",
    severity: "error",
    official: "passes",
    text: "The folders of a result's runs are called performance, accuracy and energy",
    fix: "Rename the folder",
    *check(facts) {
      for (const { path, name, mode } of facts.runs) {
        if (mode === name) continue;
        yield {
          path,
          text: `'${name}' is not called '${mode}'`,
          official: onMissingRun(facts, mode),
        };
      }
    },
  },
  {
    id: "other-folder",
    about: "result",
    since: "v0.5",
    severity: "warning",
    official: "passes",
    text: "A result's folder holds no folders but those of its runs",
    fix: "Move the folder to 'code'",
    *check({ result, tree }) {
      if (result.runs.length === 0) return; // said by another rule
      for (const { path, name } of tree.folders(result.path)) {
        if (!modeOfFolder(name)) yield { path, text: `'${name}' is no run` };
      }
    },
  },
];
