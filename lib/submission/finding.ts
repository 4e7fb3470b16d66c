/**
 * What the checker has to say.
 *
 * @module
 */

/**
 * How much it matters: an `error` keeps a result from being valid, a `warning` is to be mended, a `note` is worth
 * knowing.
 */
export type Severity = "error" | "warning" | "note";

/**
 * What the official checker (v1.3, v1.4) does about the same thing:
 *
 * - `refuses`: it counts the result among those without result.
 * - `omits`: it logs an error and leaves the result out, but says nothing of it at the end.
 * - `warns`: it logs it and takes the result.
 * - `passes`: it lets it pass.
 * - `stops`: it ends with an exception, whatever else is in the tree.
 */
export type OfficialReaction = "refuses" | "omits" | "warns" | "passes" | "stops";

/** One place where a rule is not kept. */
export interface SubmissionFinding {
  /** Id of the rule. */
  rule: string;
  /** How much it matters. */
  severity: Severity;
  /** File or folder, from the root of the submission; "" is the root. */
  path: string;
  /** From 1, where it is about a line. */
  line?: number;
  /** From 1. */
  column?: number;
  /** What was found, with figures. */
  text: string;
  /** What to do. */
  fix: string;
  /** What the official checker does about it; undefined for rounds that it does not check. */
  official?: OfficialReaction;
  /** The division, organisation, system, result or run that it is about: all results at or below this path. */
  scope: string;
  /** Id of the only benchmark that it is about; undefined where it is about all in its scope. */
  benchmark?: string;
}
