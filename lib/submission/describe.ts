/**
 * Words for what reports show.
 *
 * @module
 */
import type { OfficialReaction } from "./finding.ts";
import type { CheckedResult, SubmissionReport } from "./report.ts";

/** What the official checker does about a finding, as a clause. */
export const officialReactions: Readonly<Record<OfficialReaction, string>> = {
  refuses: "the official checker refuses it too",
  omits: "the official checker leaves the result out without a word at the end",
  warns: "the official checker logs it and takes the result",
  passes: "the official checker lets it pass",
  stops: "the official checker stops here with an exception",
};

/** What the official checker makes of a result, as a word. */
export const officialVerdicts: Readonly<Record<NonNullable<CheckedResult["official"]>, string>> = {
  taken: "taken",
  refused: "refused",
  omitted: "left out",
  stops: "stops",
};

/** The accuracy of a result with its unit; empty where there is none. */
export function accuracyText(result: CheckedResult): string {
  const { top1Percent, auc, detections } = result;
  if (detections) {
    const { truePositives, falseNegatives, falsePositives } = detections;
    return `${truePositives} TP, ${falseNegatives} FN, ${falsePositives} FP`;
  }
  if (top1Percent !== undefined) return `${top1Percent} %`;
  return auc === undefined ? "" : `AUC ${auc}`;
}

/** How many findings of each kind there are, in words. */
export function countText({ findings }: SubmissionReport): string {
  const kinds = ["error", "warning", "note"] as const;
  const counts = kinds.map((kind) => {
    const count = findings.filter(({ severity }) => severity === kind).length;
    return `${count} ${kind}${count === 1 ? "" : "s"}`;
  });
  return `${counts[0]}, ${counts[1]} and ${counts[2]}`;
}
