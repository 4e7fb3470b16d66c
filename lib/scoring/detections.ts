/** What a streaming run detected, against what there was. */
export interface DetectionCounts {
  /** Occurrences that were detected. */
  truePositives: number;
  /** Occurrences that were not. */
  falseNegatives: number;
  /** Detections that belong to no occurrence; further ones within a second count once. */
  falsePositives: number;
}

const latencyS = 1;
const debounceMs = 1000;

/**
 * Counts detections as the MLCommons Python runner (v1.3) does. A detection from the start of an occurrence to two
 * seconds behind its end belongs to it (the rules say one second; the runner adds it twice).
 *
 * @param detectionsMs Times in ms; the first marks the start of the run and is no detection.
 * @param occurrencesS Start and end of each occurrence of the wakeword, in seconds from the start of the run.
 * @throws {RangeError} Where not even the start of the run is there.
 *
 * @example
 * ```ts
 * import { countDetections } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const counts = countDetections([100, 1600, 1700, 9100, 9900], [[1, 1.5], [4, 4.5]]);
 * assert.deepEqual(counts, { truePositives: 1, falseNegatives: 1, falsePositives: 1 });
 * ```
 */
export function countDetections(
  detectionsMs: readonly number[],
  occurrencesS: readonly (readonly [number, number])[],
): DetectionCounts {
  if (detectionsMs.length === 0) {
    throw new RangeError("Cannot count detections without the start of the run");
  }
  let open = detectionsMs.slice(1).map((time) => time - detectionsMs[0]);
  let truePositives = 0;
  for (const [startS, endS] of occurrencesS) {
    const last = endS + latencyS + latencyS;
    const others = open.filter((ms) => !(ms / 1000 >= startS && ms / 1000 <= last));
    if (others.length < open.length) truePositives++;
    open = others;
  }
  let falsePositives = 0;
  let quietUntil = -Infinity;
  for (const ms of open.sort((a, b) => a - b)) {
    if (ms <= quietUntil) continue;
    falsePositives++;
    quietUntil = ms + debounceMs;
  }
  return { truePositives, falseNegatives: occurrencesS.length - truePositives, falsePositives };
}
