import { hasOfficialList, officialListOf } from "../official_lists.ts";
import type { RunFacts } from "../facts.ts";
import type { RuleAbout } from "../rule.ts";
import { logOf } from "./log_of.ts";

/** The inputs of accuracy runs. */
export const accuracyRules: readonly RuleAbout<"run">[] = [
  {
    id: "input-count",
    about: "run",
    since: "v0.5",
    severity: "error",
    official: "passes",
    text: "An accuracy run takes all inputs: kws and vww 1000, ic and ic2 200, ad 248 or 72",
    fix: "Run it again with the whole official list",
    *check(facts) {
      const inputs = inputsOf(facts);
      if (!inputs) return;
      const { files, benchmark: { evaluationFiles } } = inputs;
      // Files of which only some windows were run do not count.
      const count = facts.run.score?.inputs ?? files.length;
      if (evaluationFiles.includes(count)) return;
      const text = `There are ${count} inputs: the official list has ${
        evaluationFiles.join(" or ")
      }`;
      yield { path: logOf(facts), text };
    },
  },
  {
    id: "input-list",
    about: "run",
    since: "v0.5",
    severity: "error",
    official: "passes",
    text: "The inputs of an accuracy run are those of an official list, each once",
    fix: "Run it again with the files of the official list",
    *check(facts) {
      const inputs = inputsOf(facts);
      if (!inputs) return;
      const { files, benchmark: { id, evaluationFiles } } = inputs;
      if (!evaluationFiles.includes(files.length) || !hasOfficialList(id)) return;
      if (files.includes("")) return; // the log does not name them
      if (officialListOf(id, files)) return;
      const twice = files.find((file, i) => files.indexOf(file) < i);
      const text = twice
        ? `'${twice}' was taken more than once`
        : "The files are not those of an official list";
      yield { path: logOf(facts), text };
    },
  },
];

/** The input files of an accuracy run in the order of the run; undefined where it has none. */
function inputsOf({ run, result: { benchmark } }: RunFacts) {
  if (run.mode !== "accuracy" || !benchmark || benchmark.target.metric === "streaming") return;
  const inferences = run.session?.inferences ?? [];
  const files = inferences.filter(({ segment }) => segment === 0).map(({ file }) => file);
  return files.length > 0 ? { files, benchmark } : undefined;
}
