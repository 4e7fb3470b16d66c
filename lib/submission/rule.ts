/**
 * What a rule is made of.
 *
 * @module
 */
import type { BenchmarkId } from "../benchmarks.ts";
import type { OrganisationFacts, ResultFacts, RunFacts, SystemFacts, TreeFacts } from "./facts.ts";
import type { OfficialReaction, Severity } from "./finding.ts";
import type { Division } from "./layout.ts";
import type { Round } from "./rounds.ts";

/** What rules can be about, and what they are given to look at. */
export interface RuleSubjects {
  /** The whole tree. */
  tree: TreeFacts;
  /** One organisation in one division. */
  organisation: OrganisationFacts;
  /** One system. */
  system: SystemFacts;
  /** One benchmark on one system. */
  result: ResultFacts;
  /** One session of it. */
  run: RunFacts;
}

/** A place where a rule is not kept. */
export interface Breach {
  /** File or folder, from the root of the submission. */
  path: string;
  /** From 1. */
  line?: number;
  /** From 1. */
  column?: number;
  /** What was found, with figures. */
  text: string;
  /** What the official checker does, where that is not what the rule says. */
  official?: OfficialReaction;
  /** The only benchmark that it is about, where it is not about all of the subject. */
  benchmark?: BenchmarkId;
}

/** A rule about one kind of subject. */
export interface RuleAbout<Kind extends keyof RuleSubjects> {
  /** Short and lasting. */
  id: string;
  /** First round that has it. */
  since: Round;
  /** Last round that has it; undefined where it still holds. */
  until?: Round;
  /** The only division that has it; undefined for both. */
  division?: Division;
  /** How much it matters. */
  severity: Severity;
  /** What it is about. */
  about: Kind;
  /** What has to be. */
  text: string;
  /** What to do where it is not. */
  fix: string;
  /** What the official checker does where it is not. */
  official: OfficialReaction;
  /** Where it is not kept. */
  check(facts: RuleSubjects[Kind]): Iterable<Breach>;
}

/** A rule of the benchmark that can be checked. */
export type SubmissionRule = { [Kind in keyof RuleSubjects]: RuleAbout<Kind> }[keyof RuleSubjects];
