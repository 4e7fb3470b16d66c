/**
 * The weakest model that deserves the name: softmax regression on standardized inputs, by gradient descent with momentum.
 * What it reaches is what needs no network.
 */
export interface Labelled {
  /** [count, size]. */
  inputs: Float32Array;
  /** [count]. */
  labels: Uint8Array;
}

interface LinearModel {
  /** [classes, size + 1]: weights and a bias. */
  weights: Float32Array;
  mean: Float32Array;
  scale: Float32Array;
}

const batch = 32;

/** Share of `test` that a linear model gets right which was trained on `train`. */
export function linearAccuracy(
  train: Labelled,
  test: Labelled,
  classes: number,
  options: { epochs: number; rate: number },
): number {
  const model = fit(train, classes, options);
  const size = model.mean.length;
  let correct = 0;
  test.labels.forEach((label, i) => {
    const scores = scoresOf(model, standardized(model, test.inputs, i * size), classes);
    if (scores.indexOf(Math.max(...scores)) === label) correct++;
  });
  return correct / test.labels.length;
}

function fit(
  { inputs, labels }: Labelled,
  classes: number,
  { epochs, rate }: { epochs: number; rate: number },
): LinearModel {
  const count = labels.length;
  const size = inputs.length / count;
  const model: LinearModel = {
    weights: new Float32Array(classes * (size + 1)),
    mean: new Float32Array(size),
    scale: new Float32Array(size),
  };
  inputs.forEach((value, at) => model.mean[at % size] += value / count);
  inputs.forEach((value, at) => {
    model.scale[at % size] += (value - model.mean[at % size]) ** 2 / count;
  });
  model.scale.forEach((variance, j) => model.scale[j] = 1 / Math.sqrt(variance + 1e-6));
  const speed = new Float32Array(model.weights.length);
  const gradient = new Float32Array(model.weights.length);
  for (let step = 0; step < epochs * Math.ceil(count / batch); step++) {
    gradient.fill(0);
    for (let k = 0; k < batch; k++) {
      // A step that has no common factor with the count visits all, neighbours far apart.
      const i = (step * batch + k) * 7919 % count;
      const row = standardized(model, inputs, i * size);
      const scores = scoresOf(model, row, classes);
      const top = Math.max(...scores);
      const total = scores.reduce((sum, score) => sum + Math.exp(score - top), 0);
      for (let c = 0; c < classes; c++) {
        const error = Math.exp(scores[c] - top) / total - (labels[i] === c ? 1 : 0);
        const start = c * (size + 1);
        for (let j = 0; j <= size; j++) gradient[start + j] += error * row[j] / batch;
      }
    }
    const left = 1 - step * batch / (epochs * count);
    for (let j = 0; j < speed.length; j++) {
      speed[j] = 0.9 * speed[j] - rate * left * (gradient[j] + 1e-3 * model.weights[j]);
      model.weights[j] += speed[j];
    }
  }
  return model;
}

function standardized({ mean, scale }: LinearModel, inputs: Float32Array, from: number) {
  const row = new Float32Array(mean.length + 1);
  for (let j = 0; j < mean.length; j++) row[j] = (inputs[from + j] - mean[j]) * scale[j];
  row[mean.length] = 1;
  return row;
}

function scoresOf({ weights }: LinearModel, row: Float32Array, classes: number): number[] {
  const scores = new Array<number>(classes).fill(0);
  for (let c = 0; c < classes; c++) {
    const start = c * row.length;
    let sum = 0;
    for (let j = 0; j < row.length; j++) sum += weights[start + j] * row[j];
    scores[c] = sum;
  }
  return scores;
}
