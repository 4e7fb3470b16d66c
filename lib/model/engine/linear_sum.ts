/**
 * ADD as one linear function: (a · factor₁ + b · factor₂ + offset) >> n in 30-bit factors takes SIMD a quarter of the
 * steps that the definition with its three scalings does. There are only 65,536 pairs of inputs, so whether it gives the
 * same is known by trying them all.
 *
 * @module
 */

/** Bits of the lower of the two parts of a factor. */
const LOW_BITS = 15;

/** The parts of a linear sum as engine_add_params has them. */
export interface LinearSum {
  high1: number;
  high2: number;
  low1: number;
  low2: number;
  highOffset: number;
  lowOffset: number;
  shift: number;
}

/**
 * The linear function that gives `exact(a, b)` for all int8 a and b, or undefined where there is none.
 *
 * @param ratio1 About how much a step of a moves the result.
 * @param ratio2 About how much a step of b does.
 */
export function linearSum(
  exact: (a: number, b: number) => number,
  ratio1: number,
  ratio2: number,
  lowest: number,
  highest: number,
): LinearSum | undefined {
  const largest = Math.max(Math.abs(ratio1), Math.abs(ratio2));
  const shift = Math.min(15, Math.floor(Math.log2(32767 / largest)));
  if (shift < 1) return undefined;
  const one = 2 ** (LOW_BITS + shift);
  const factor1 = Math.round(ratio1 * one);
  const factor2 = Math.round(ratio2 * one);
  // Every pair says what the offset must be at least and at most.
  let least = -Infinity;
  let most = Infinity;
  for (let a = -128; a < 128; a++) {
    for (let b = -128; b < 128; b++) {
      const result = exact(a, b);
      const sum = a * factor1 + b * factor2;
      if (result > lowest) least = Math.max(least, result * one - sum);
      if (result < highest) most = Math.min(most, (result + 1) * one - 1 - sum);
    }
    if (least > most) return undefined;
  }
  const offset = Math.floor(
    Number.isFinite(least) ? Number.isFinite(most) ? (least + most) / 2 : least : most,
  );
  if (!Number.isFinite(offset) || Math.abs(offset) > 2 ** 40) return undefined;
  const [high1, low1] = parts(factor1);
  const [high2, low2] = parts(factor2);
  const [highOffset, lowOffset] = parts(offset);
  return { high1, high2, low1, low2, highOffset, lowOffset, shift };
}

function parts(factor: number): [number, number] {
  const high = Math.floor(factor / 2 ** LOW_BITS);
  return [high, factor - high * 2 ** LOW_BITS];
}
