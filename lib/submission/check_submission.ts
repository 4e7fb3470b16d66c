/**
 * A submission against the rules.
 *
 * @module
 */
import { readCalibrationLists } from "./calibration_list.ts";
import type { OrganisationFacts, ReadRun, ResultFacts, SystemFacts, TreeFacts } from "./facts.ts";
import type { SubmissionFinding } from "./finding.ts";
import { findOrganisations, type SubmittedOrganisation, type SubmittedResult } from "./layout.ts";
import { officialListOf } from "./official_lists.ts";
import type { OfficialReference } from "./official_reference.ts";
import { readRun } from "./read_run.ts";
import {
  type CheckedResult,
  checkedResult,
  type CheckedRun,
  type SubmissionReport,
} from "./report.ts";
import { findRound, isRoundIn, type Round, rounds } from "./rounds.ts";
import type { Breach, RuleSubjects, SubmissionRule } from "./rule.ts";
import { submissionRules } from "./rules.ts";
import { runFigures } from "./run_figures.ts";
import { SubmissionTree } from "./submission_tree.ts";
import { readSubmittedModels } from "./submitted_model.ts";
import { readSystemDescription } from "./system_description.ts";

/** Options of {@linkcode checkSubmission}. */
export interface CheckOptions {
  /** The round whose rules count; by default the one in the folder's name, such as `tiny_results_v1.1`, or the newest. */
  round?: Round;
  /** Official models and lists. */
  reference?: OfficialReference;
  /** Called before each result: how many are done, and of how many. */
  onProgress?: (done: number, total: number, path: string) => void;
  /** Ends the check. */
  signal?: AbortSignal;
}

/** Of one rule about one subject, so many findings are kept. */
const mostFindings = 50;

/** Longer texts quote a file that means harm. */
const longestText = 600;

/**
 * Checks a submission: every rule of its round, against what lies in the folder. Nothing in the folder is trusted: links
 * are not followed, sizes and depths are bounded, files that cannot be read are findings.
 *
 * @param path The folder that holds `closed` or `open`.
 * @throws {InputError} `path` is no folder that can be read.
 * @throws {DOMException} "AbortError" where `signal` ended it.
 *
 * @example
 * ```ts
 * import { checkSubmission } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * const { isValid, findings } = await checkSubmission(folder, { round: "v1.4" });
 * assert.equal(isValid, false);
 * assert.deepEqual(findings.map(({ rule }) => rule), ["results-present"]);
 * await Deno.remove(folder);
 * ```
 */
export async function checkSubmission(
  path: string,
  options: CheckOptions = {},
): Promise<SubmissionReport> {
  const tree = await SubmissionTree.read(path);
  const round = options.round ?? roundOf(tree.root);
  const organisations = findOrganisations(tree);
  const total = organisations.reduce(
    (sum, organisation) => sum + resultsOf(organisation).length,
    0,
  );
  const findings: SubmissionFinding[] = [];
  const checked: CheckedRun[][] = [];
  const results: SubmittedResult[] = [];
  const facts: TreeFacts = { tree, round, organisations, reference: options.reference };
  const apply = applierOf(round, findings);

  apply("tree", facts, "");
  for (const organisation of organisations) {
    const organisationFacts: OrganisationFacts = {
      ...facts,
      organisation,
      models: await readSubmittedModels(tree, organisation, options.reference),
      calibrations: await readCalibrationLists(tree, organisation),
    };
    apply("organisation", organisationFacts, organisation.path, organisation);
    for (const system of organisation.systems) {
      const description = await readSystemDescription(tree, system.descriptionPath);
      const systemFacts: SystemFacts = { ...organisationFacts, system, description };
      apply("system", systemFacts, system.path, organisation);
      for (const result of system.results) {
        options.signal?.throwIfAborted();
        options.onProgress?.(results.length, total, result.path);
        // One result's sessions at a time are held in memory.
        const runs: ReadRun[] = [];
        for (const run of result.runs) {
          runs.push(await readRun(tree, result, run, options.reference?.labels));
        }
        const resultFacts: ResultFacts = { ...systemFacts, result, runs };
        apply("result", resultFacts, result.path, organisation);
        for (const run of runs) apply("run", { ...resultFacts, run }, run.path, organisation);
        results.push(result);
        checked.push(runs.map((run) => checkedRun(run, result)));
      }
    }
  }
  return {
    path,
    round,
    isValid: results.length > 0 && findings.every(({ severity }) => severity !== "error"),
    results: results.map((result, i): CheckedResult =>
      checkedResult(result, checked[i], findings, round)
    ),
    findings,
  };
}

function roundOf(root: string): Round {
  const inName = /v(\d\.\d)(?!.*v\d\.\d)/.exec(root.slice(root.lastIndexOf("/") + 1));
  return (inName && findRound(inName[1])) ?? rounds.at(-1)!;
}

const resultsOf = ({ systems }: SubmittedOrganisation) => systems.flatMap(({ results }) => results);

function checkedRun(run: ReadRun, { benchmark }: SubmittedResult): CheckedRun {
  const { mode, session } = run;
  const figures = runFigures(run, benchmark?.id === "sww01");
  const files = session?.inferences.filter(({ segment }) => segment === 0).map(({ file }) => file);
  const isList = mode === "accuracy" && benchmark && files;
  return { mode, figures, inputList: isList ? officialListOf(benchmark.id, files) : undefined };
}

/** Applies all rules about one kind of subject to one. */
function applierOf(round: Round, findings: SubmissionFinding[]) {
  return <Kind extends keyof RuleSubjects>(
    about: Kind,
    facts: RuleSubjects[Kind],
    scope: string,
    organisation?: SubmittedOrganisation,
  ) => {
    for (const rule of submissionRules) {
      if (rule.about !== about || !isRoundIn(round, rule.since, rule.until)) continue;
      if (rule.division && rule.division !== organisation?.division) continue;
      const check = rule.check as (facts: RuleSubjects[Kind]) => Iterable<Breach>;
      let count = 0;
      let last: SubmissionFinding | undefined;
      for (const breach of check.call(rule, facts)) {
        count++;
        if (count > mostFindings) continue;
        last = findingOf(rule, breach, scope, round);
        findings.push(last);
      }
      if (count > mostFindings) last!.text += `; and ${count - mostFindings} more such findings`;
    }
  };
}

function findingOf(
  rule: SubmissionRule,
  breach: Breach,
  scope: string,
  round: Round,
): SubmissionFinding {
  const { path, line, column, text, official = rule.official, benchmark } = breach;
  return {
    rule: rule.id,
    severity: rule.severity,
    path,
    line,
    column,
    text: text.length > longestText ? `${text.slice(0, longestText)}…` : text,
    fix: rule.fix,
    // A note changes nothing for either.
    official: isRoundIn(round, "v1.3") && rule.severity !== "note" ? official : undefined,
    scope,
    benchmark,
  };
}
