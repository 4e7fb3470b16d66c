/**
 * For each element of an array of `shape`, in row-major order: `offset` + Σ index[axis] · steps[axis]. Broadcasting,
 * slicing, padding and transposing are all of this form.
 */
export function affineIndices(
  shape: readonly number[],
  steps: readonly number[],
  offset = 0,
): Int32Array {
  let indices = new Int32Array([offset]);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const inner = indices;
    indices = new Int32Array(inner.length * shape[axis]);
    for (let i = 0; i < shape[axis]; i++) {
      for (let j = 0; j < inner.length; j++) {
        indices[i * inner.length + j] = inner[j] + i * steps[axis];
      }
    }
  }
  return indices;
}

/** How far apart in memory neighbours along each axis are. */
export function rowMajorSteps(shape: readonly number[]): number[] {
  const steps = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    steps[axis] = steps[axis + 1] * shape[axis + 1];
  }
  return steps;
}

/** For each element of an output, the element of a broadcast input that it comes from. */
export function broadcastIndices(
  shape: readonly number[],
  outputShape: readonly number[],
): Int32Array {
  const own = rowMajorSteps(shape);
  const missing = outputShape.length - shape.length;
  const steps = outputShape.map((_, axis) =>
    (shape[axis - missing] ?? 1) === 1 ? 0 : own[axis - missing]
  );
  return affineIndices(outputShape, steps);
}
