/**
 * What is read from a submission before rules look at it.
 *
 * @module
 */
import type { Score } from "../sessions/score_session.ts";
import type { Session } from "../sessions/session.ts";
import type {
  SubmittedOrganisation,
  SubmittedResult,
  SubmittedRun,
  SubmittedSystem,
} from "./layout.ts";
import type { OfficialLines } from "./official_lines.ts";
import type { OfficialReference } from "./official_reference.ts";
import type { Round } from "./rounds.ts";
import type { SubmissionTree } from "./submission_tree.ts";
import type { SubmittedModel } from "./submitted_model.ts";
import type { CalibrationList } from "./calibration_list.ts";
import type { SystemDescription } from "./system_description.ts";

/** The whole tree. */
export interface TreeFacts {
  /** Every name in it. */
  tree: SubmissionTree;
  /** The round whose rules count. */
  round: Round;
  /** Who submits. */
  organisations: readonly SubmittedOrganisation[];
  /** Official models and lists, where the caller has them. */
  reference?: OfficialReference;
}

/** One organisation in one division. */
export interface OrganisationFacts extends TreeFacts {
  /** The organisation. */
  organisation: SubmittedOrganisation;
  /** Models that lie beside its results. */
  models: readonly SubmittedModel[];
  /** Lists of calibration samples that lie there. */
  calibrations: readonly CalibrationList[];
}

/** One system. */
export interface SystemFacts extends OrganisationFacts {
  /** The system. */
  system: SubmittedSystem;
  /** Its description; undefined where there is none. */
  description?: SystemDescription;
}

/** One benchmark on one system. */
export interface ResultFacts extends SystemFacts {
  /** The result. */
  result: SubmittedResult;
  /** Its runs, read. */
  runs: readonly ReadRun[];
}

/** One session. */
export interface RunFacts extends ResultFacts {
  /** The run. */
  run: ReadRun;
}

/** A run and what its files say. */
export interface ReadRun extends SubmittedRun {
  /** Path of what the runner printed; undefined where it is not there. */
  resultsPath?: string;
  /** Why it cannot be read. */
  resultsProblem?: string;
  /** The lines of it that the official checker reads. */
  lines: OfficialLines;
  /** The session; undefined where it cannot be read. */
  session?: Session;
  /** What it is worth, by its own log; undefined where it holds nothing that can be scored. */
  score?: Score;
  /** Why it cannot be read. */
  unreadable?: string;
}
