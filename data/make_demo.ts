/**
 * Makes the demo that ships with Thimble: synthetic keyword spectrograms, and a small int8 model for them. Everything is
 * drawn from a seed; nothing in it is recorded speech, and its accuracy says nothing about a board or about the
 * reference model.
 *
 *     deno task demo:make
 */
import { benchmarks } from "../lib/benchmarks.ts";
import type { Graph, Tensor } from "../lib/model/graph.ts";
import { writeTflite } from "../lib/model/tflite/write_tflite.ts";
import { seededRandom } from "../lib/seeded_random.ts";

const frames = 49;
const coefficients = 10;
const filters = 24;
const kernel = { height: 10, width: 4, stride: 2 };
const conv = { height: 25, width: 5 };
const pool = { height: 5, width: 5 };
const featureCount = (conv.height / pool.height) * (conv.width / pool.width) * filters;
const { classes } = benchmarks.kws01;
const silence = classes.indexOf("silence");
const unknown = classes.indexOf("unknown");
/** The reference model's input quantization: the wire format is the same. */
const input = { scale: 0.5847029089927673, zeroPoint: 83 };

const random = seededRandom(20_260_101);
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** A "word": a few blobs in time and coefficient. */
interface Blob {
  frame: number;
  coefficient: number;
  frames: number;
  coefficients: number;
  height: number;
}

const word = (): Blob[] =>
  Array.from({ length: 5 }, () => ({
    frame: 8 + 32 * random(),
    coefficient: 1 + 8 * random(),
    frames: 2 + 4 * random(),
    coefficients: 0.7 + random(),
    height: (random() < 0.5 ? -1 : 1) * (10 + 14 * random()),
  }));

const words = classes.map(word);

function sample(label: number): Float64Array {
  const values = new Float64Array(frames * coefficients);
  const blobs = label === unknown ? word() : label === silence ? [] : words[label];
  const shift = 2.2 * normal();
  const loudness = 1 + 0.2 * normal();
  const tilt = 2 * normal();
  const noise = 2.2;
  for (let t = 0; t < frames; t++) {
    for (let c = 0; c < coefficients; c++) {
      let value = noise * normal() + (c === 0 ? -40 : 0) + tilt * (c === 1 ? 1 : 0);
      for (const blob of blobs) {
        const dt = (t - shift - blob.frame) / blob.frames;
        const dc = (c - blob.coefficient) / blob.coefficients;
        value += loudness * blob.height * Math.exp(-0.5 * (dt * dt + dc * dc));
      }
      values[t * coefficients + c] = value;
    }
  }
  return values;
}

const quantize = (values: Float64Array) =>
  Int8Array.from(
    values,
    (v) => Math.min(127, Math.max(-128, Math.round(v / input.scale) + input.zeroPoint)),
  );
const dequantize = (values: Int8Array) =>
  Float64Array.from(values, (q) => input.scale * (q - input.zeroPoint));

/** Filters cut from the words themselves: they answer to pieces of them. */
function makeFilters(): Float64Array[] {
  return Array.from({ length: filters }, (_, f) => {
    const blobs = words[f % silence];
    const blob = blobs[Math.floor(f / silence) % blobs.length];
    const weights = new Float64Array(kernel.height * kernel.width);
    for (let y = 0; y < kernel.height; y++) {
      for (let x = 0; x < kernel.width; x++) {
        const dt = (y - (kernel.height - 1) / 2) / blob.frames;
        const dc = (x - (blob.coefficient % kernel.width)) / blob.coefficients;
        weights[y * kernel.width + x] = Math.sign(blob.height) *
            Math.exp(-0.5 * (dt * dt + dc * dc)) * 0.1 + 0.02 * normal();
      }
    }
    return weights;
  });
}

const convFilters = makeFilters();

/** Convolution, ReLU and average pooling, in floating point; also the largest activation. */
function features(values: Float64Array): { pooled: Float64Array; largest: number } {
  const pooled = new Float64Array(featureCount);
  let largest = 0;
  for (let y = 0; y < conv.height; y++) {
    for (let x = 0; x < conv.width; x++) {
      for (let f = 0; f < filters; f++) {
        let sum = 0;
        for (let ky = 0; ky < kernel.height; ky++) {
          const t = y * kernel.stride + ky - 4;
          if (t < 0 || t >= frames) continue;
          for (let kx = 0; kx < kernel.width; kx++) {
            const c = x * kernel.stride + kx - 1;
            if (c < 0 || c >= coefficients) continue;
            sum += values[t * coefficients + c] * convFilters[f][ky * kernel.width + kx];
          }
        }
        const activation = Math.max(0, sum);
        largest = Math.max(largest, activation);
        pooled[Math.floor(y / pool.height) * filters + f] += activation /
          (pool.height * pool.width);
      }
    }
  }
  return { pooled, largest };
}

/** Softmax regression by gradient descent with momentum. */
function trainDense(rows: Float64Array[], labels: number[]) {
  const weights = new Float64Array(classes.length * featureCount);
  const bias = new Float64Array(classes.length);
  const speed = new Float64Array(weights.length);
  const logits = new Float64Array(classes.length);
  for (let epoch = 0; epoch < 250; epoch++) {
    const gradient = new Float64Array(weights.length);
    const biasGradient = new Float64Array(classes.length);
    rows.forEach((row, i) => {
      for (let k = 0; k < classes.length; k++) {
        let sum = bias[k];
        for (let j = 0; j < featureCount; j++) sum += weights[k * featureCount + j] * row[j];
        logits[k] = sum;
      }
      const top = Math.max(...logits);
      const total = logits.reduce((sum, v) => sum + Math.exp(v - top), 0);
      for (let k = 0; k < classes.length; k++) {
        const error = Math.exp(logits[k] - top) / total - (labels[i] === k ? 1 : 0);
        biasGradient[k] += error / rows.length;
        for (let j = 0; j < featureCount; j++) {
          gradient[k * featureCount + j] += error * row[j] / rows.length;
        }
      }
    });
    for (let j = 0; j < weights.length; j++) {
      speed[j] = 0.9 * speed[j] - 0.4 * (gradient[j] + 1e-4 * weights[j]);
      weights[j] += speed[j];
    }
    for (let k = 0; k < classes.length; k++) bias[k] -= 0.4 * biasGradient[k];
  }
  return { weights, bias };
}

const symmetric = (values: Float64Array) =>
  values.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-9) / 127;
const int8 = (values: Float64Array, scale: number) =>
  Int8Array.from(values, (v) => Math.max(-127, Math.min(127, Math.round(v / scale))));
const bytesOf = (array: Int8Array | Int32Array) =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

function tensor(
  name: string,
  shape: number[],
  type: Tensor["type"],
  scale: number[],
  zeroPoint: number,
  data?: Int8Array | Int32Array,
): Tensor {
  return {
    name,
    shape,
    type,
    quantization: {
      scale: Float32Array.from(scale),
      zeroPoint: Int32Array.from(scale, () => zeroPoint),
      axis: 0,
    },
    ...(data ? { data: bytesOf(data) } : {}),
  };
}

function makeModel(): Graph {
  const labels = Array.from({ length: 1440 }, (_, i) => i % classes.length);
  const samples = labels.map((label) => features(dequantize(quantize(sample(label)))));
  // The pooled features keep the scale of the convolution's output.
  const scale = Math.max(...samples.map(({ largest }) => largest)) / 255;
  const standard = 0.05 / scale;
  const rows = samples.map(({ pooled }) => pooled.map((v) => v * standard * 0.1));
  const dense = trainDense(rows, labels);
  const weights = dense.weights.map((w) => w * standard * 0.1);

  const filterScales = convFilters.map(symmetric);
  const filterData = new Int8Array(filters * kernel.height * kernel.width);
  convFilters.forEach((f, i) => filterData.set(int8(f, filterScales[i]), i * f.length));
  const weightScale = symmetric(weights);
  const biasData = Int32Array.from(dense.bias, (b) => Math.round(b / (weightScale * scale)));
  const logitScale = 0.25;
  const tensors = [
    tensor("input", [1, frames, coefficients, 1], "int8", [input.scale], input.zeroPoint),
    tensor(
      "conv/filters",
      [filters, kernel.height, kernel.width, 1],
      "int8",
      filterScales,
      0,
      filterData,
    ),
    tensor(
      "conv/bias",
      [filters],
      "int32",
      filterScales.map((s) => s * input.scale),
      0,
      new Int32Array(filters),
    ),
    tensor("conv", [1, conv.height, conv.width, filters], "int8", [scale], -128),
    tensor("pool", [1, conv.height / pool.height, 1, filters], "int8", [scale], -128),
    tensor("features", [1, featureCount], "int8", [scale], -128),
    tensor(
      "dense/weights",
      [classes.length, featureCount],
      "int8",
      [weightScale],
      0,
      int8(weights, weightScale),
    ),
    tensor("dense/bias", [classes.length], "int32", [weightScale * scale], 0, biasData),
    tensor("logits", [1, classes.length], "int8", [logitScale], 0),
    tensor("probabilities", [1, classes.length], "int8", [1 / 256], -128),
  ];
  return {
    description: "Thimble demo: synthetic keywords, not speech",
    tensors,
    operators: [
      {
        kind: "CONV_2D",
        inputs: [0, 1, 2],
        outputs: [3],
        options: {
          padding: "same",
          strideHeight: kernel.stride,
          strideWidth: kernel.stride,
          dilationHeight: 1,
          dilationWidth: 1,
          activation: "relu",
        },
      },
      {
        kind: "AVERAGE_POOL_2D",
        inputs: [3],
        outputs: [4],
        options: {
          padding: "valid",
          strideHeight: pool.height,
          strideWidth: pool.width,
          filterHeight: pool.height,
          filterWidth: pool.width,
          activation: "none",
        },
      },
      {
        kind: "RESHAPE",
        inputs: [4],
        outputs: [5],
        options: { newShape: [1, featureCount] },
      },
      {
        kind: "FULLY_CONNECTED",
        inputs: [5, 6, 7],
        outputs: [8],
        options: { activation: "none", keepNumDims: false },
      },
      { kind: "SOFTMAX", inputs: [8], outputs: [9], options: { beta: 1 } },
    ],
    inputs: [0],
    outputs: [9],
  };
}

/** The demo's files by path below `data/`, made anew. */
export function makeDemo(): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  files.set("models/demo_kws01_int8.tflite", writeTflite(makeModel()));
  let list = "";
  for (let i = 0; i < 120; i++) {
    const label = (i * 7) % classes.length;
    const name = `demo_${String(i).padStart(3, "0")}_${classes[label]}.bin`;
    files.set(`demo/kws01/${name}`, bytesOf(quantize(sample(label))));
    list += `${name},${classes.length},${label}\n`;
  }
  files.set("demo/kws01/y_labels.csv", new TextEncoder().encode(list));
  return files;
}

if (import.meta.main) {
  for (const [path, bytes] of makeDemo()) {
    const file = new URL(path, import.meta.url);
    await Deno.mkdir(new URL(".", file), { recursive: true });
    await Deno.writeFile(file, bytes);
  }
}
