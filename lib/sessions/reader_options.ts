import type { Findings } from "./findings.ts";
import type { Labels } from "./labels.ts";
import type { SessionMode } from "./session.ts";

/** What a reader of another tool's session is given. */
export interface ForeignSessionOptions {
  /** Id of the benchmark, for files that do not name it. */
  benchmark?: string;
  /** Kind of run; without it the files tell. */
  mode?: SessionMode;
  /** Classes of the inputs. */
  labels?: Labels;
  /** Takes what is odd. */
  findings: Findings;
}
