import {
  type DuplicateReport,
  type DuplicatesReport,
  type ExampleName,
  mostDuplicateGroups,
} from "./data_report.ts";
import { isNear, type Likeness } from "./likeness.ts";

/** An example that was read, in short. */
export interface ExamplePrint extends ExampleName {
  /** Of its values. */
  sha256: string;
  /** Undefined where there is too little to see. */
  likeness?: Likeness;
}

/** Examples beyond these are not compared one by one: that takes as many steps as pairs. */
const MOST_COMPARED = 12_000;

/** Examples with the same values, and examples of different splits that are nearly the same. */
export function findDuplicates(prints: readonly ExamplePrint[]): DuplicatesReport {
  const bySha = new Map<string, ExamplePrint[]>();
  for (const print of prints) {
    const group = bySha.get(print.sha256);
    if (group) group.push(print);
    else bySha.set(print.sha256, [print]);
  }
  const exact = [...bySha.values()].filter((group) => group.length > 1)
    .map((group) => report("exact", group));
  const near: DuplicateReport[] = [];
  let nearPairs = 0;
  const seen = [...bySha.values()].map(([first]) => first).filter(({ likeness }) => likeness)
    .slice(0, MOST_COMPARED);
  for (let i = 0; i < seen.length; i++) {
    for (let k = 0; k < i; k++) {
      if (seen[i].split === seen[k].split) continue;
      if (!isNear(seen[i].likeness!, seen[k].likeness!)) continue;
      nearPairs++;
      if (near.length < mostDuplicateGroups) near.push(report("near", [seen[k], seen[i]]));
    }
  }
  const acrossSplits = exact.filter((group) => group.acrossSplits);
  const within = exact.filter((group) => !group.acrossSplits);
  return {
    groups: [...acrossSplits, ...near, ...within].slice(0, mostDuplicateGroups),
    exact: exact.length,
    exactAcrossSplits: acrossSplits.length,
    nearAcrossSplits: nearPairs,
  };
}

function report(kind: "exact" | "near", examples: readonly ExamplePrint[]): DuplicateReport {
  return {
    kind,
    count: examples.length,
    examples: examples.slice(0, 10).map(({ split, id, label }) => ({ split, id, label })),
    // What is calibrated with is chosen from another split: that is as it has to be.
    acrossSplits: new Set(
      examples.flatMap(({ split }) => split === "calibration" ? [] : [split]),
    ).size > 1,
    acrossClasses: examples.some(({ label }) => label !== examples[0].label),
  };
}
