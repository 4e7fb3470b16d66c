/**
 * accumulators[row] = bias[row] + Σ vector[k] · weights[row, k], in wrapping 32-bit integers. Where all the time goes:
 * four rows share each load of the vector.
 */
export function dotProducts(
  vector: Int32Array,
  weights: Int8Array,
  bias: Int32Array,
  accumulators: Int32Array,
): void {
  const depth = vector.length;
  const rows = accumulators.length;
  let row = 0;
  for (; row + 3 < rows; row += 4) {
    const first = row * depth;
    const second = first + depth;
    const third = second + depth;
    const fourth = third + depth;
    let a = bias[row];
    let b = bias[row + 1];
    let c = bias[row + 2];
    let d = bias[row + 3];
    for (let k = 0; k < depth; k++) {
      const value = vector[k];
      a = a + Math.imul(value, weights[first + k]) | 0;
      b = b + Math.imul(value, weights[second + k]) | 0;
      c = c + Math.imul(value, weights[third + k]) | 0;
      d = d + Math.imul(value, weights[fourth + k]) | 0;
    }
    accumulators[row] = a;
    accumulators[row + 1] = b;
    accumulators[row + 2] = c;
    accumulators[row + 3] = d;
  }
  for (; row < rows; row++) {
    const first = row * depth;
    let a = bias[row];
    for (let k = 0; k < depth; k++) a = a + Math.imul(vector[k], weights[first + k]) | 0;
    accumulators[row] = a;
  }
}
