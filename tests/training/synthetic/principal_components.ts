/** Principal components by orthogonal iteration: the linear counterpart of an autoencoder. */
export interface Components {
  mean: Float64Array;
  /** Orthonormal rows. */
  vectors: Float64Array[];
}

/** The `count` directions in which `rows` differ most. */
export function principalComponents(rows: readonly Float32Array[], count: number): Components {
  const size = rows[0].length;
  const mean = new Float64Array(size);
  for (const row of rows) row.forEach((value, j) => mean[j] += value / rows.length);
  let vectors: Float64Array[] = Array.from(
    { length: count },
    (_, k) => Float64Array.from({ length: size }, (_, j) => Math.sin(1 + j * (k + 1))),
  );
  for (let round = 0; round < 12; round++) {
    const next = vectors.map(() => new Float64Array(size));
    for (const row of rows) {
      vectors.forEach((vector, k) => {
        let along = 0;
        for (let j = 0; j < size; j++) along += vector[j] * (row[j] - mean[j]);
        for (let j = 0; j < size; j++) next[k][j] += along * (row[j] - mean[j]);
      });
    }
    vectors = orthonormal(next);
  }
  return { mean, vectors };
}

function orthonormal(vectors: readonly Float64Array[]): Float64Array[] {
  const done: Float64Array[] = [];
  for (const vector of vectors) {
    for (const other of done) {
      const along = vector.reduce((sum, value, j) => sum + value * other[j], 0);
      other.forEach((value, j) => vector[j] -= along * value);
    }
    const length = Math.hypot(...vector);
    done.push(vector.map((value) => value / length));
  }
  return done;
}

/** Mean squared distance of `row` from what the components can make. */
export function reconstructionError({ mean, vectors }: Components, row: Float32Array): number {
  const rest = Float64Array.from(row, (value, j) => value - mean[j]);
  let error = rest.reduce((sum, value) => sum + value * value, 0);
  for (const vector of vectors) {
    error -= vector.reduce((sum, value, j) => sum + value * rest[j], 0) ** 2;
  }
  return error / row.length;
}
