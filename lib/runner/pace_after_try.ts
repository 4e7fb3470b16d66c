import { minimumWindowUs } from "../benchmarks.ts";

/**
 * What the next try of a window is planned by, after one that does not count: `oneUs` an inference, and so many times
 * longer. A DUT that shares its processor can be faster in a window than in probes, and faster still in the next one; much
 * faster than in probes is a digit lost, or an edge too many, and says nothing.
 *
 * @param probedUs What an inference was to take.
 * @param elapsedUs What the try took.
 * @param iterations Its inferences.
 */
export function paceAfterTry(
  probedUs: number,
  elapsedUs: number,
  iterations: number,
): { oneUs: number; reserve: number } {
  const triedUs = elapsedUs / iterations;
  if (elapsedUs >= minimumWindowUs || triedUs < probedUs / 4) {
    return { oneUs: probedUs, reserve: 1 };
  }
  return { oneUs: Math.min(probedUs, triedUs), reserve: 1.5 };
}
