// A window that is off in a last bit moves the weak bins of a clean tone by more than a feature may be off. So the cosine
// is the one that TensorFlow takes on a CPU: Eigen's (arch/Default/GenericPacketMathFunctions.h), without fused
// multiply-add.
const round = Math.fround;

const TWO_OVER_PI = round(2 / Math.PI);
/** Adding it, and taking it off again, rounds to a whole number, halves to the even one. */
const TO_WHOLE = 1.5 * 2 ** 23;
/** π/2 in parts: their products with small whole numbers are exact in single precision. */
const HALF_PI_PARTS = [
  -1.5703125,
  -0.000483989715576171875,
  1.62865035235881805419921875e-7,
  5.5644315544167710640977020375430583953857421875e-11,
];
/** Minimax polynomials on [-π/4, π/4], highest power first: cosine in x², and sine in x² without its first term. */
const COSINE = [
  2.4372266125283204019069671630859375e-5,
  -0.00138865201734006404876708984375,
  0.041666619479656219482421875,
  -0.5,
  1,
];
const SINE = [
  round(-0.0001959234114083702898469196984621021),
  round(0.0083326873655616851693794799871284340042620897293090820312),
  round(-0.16666662039816498),
];

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => round(round(sum * x) + coefficient));
}

/** Cosine in single precision, every step rounded as Eigen's vectorized one does; for angles of moderate size. */
export function float32Cosine(angle: number): number {
  let x = Math.abs(round(angle));
  const quadrant = round(round(x * TWO_OVER_PI) + TO_WHOLE) - TO_WHOLE;
  for (const part of HALF_PI_PARTS) x = round(round(quadrant * part) + x);
  const squared = round(x * x);
  const value = quadrant % 2 === 0
    ? polynomial(COSINE, squared)
    : round(round(round(polynomial(SINE, squared) * squared) * x) + x);
  return ((quadrant + 1) & 2) === 0 ? value : -value;
}
