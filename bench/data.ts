/**
 * How fast recordings and images become inputs, on one core; then from files, on one worker and on two.
 *
 *     deno task bench data
 *
 * Prints the machine it ran on. Peers are TensorFlow, librosa, and Pillow with scikit-image, where `python3` has them.
 */
import { cpus } from "node:os";
import { cpuUsage } from "node:process";
import { exampleAt, type StoredOrigin } from "../lib/training/data/origin.ts";
import type { FeatureSettings } from "../lib/training/data/feature_settings.ts";
import { streamBatches } from "../lib/training/data/stream_batches.ts";
import { readCocoAnnotations } from "../lib/training/data/coco_annotations.ts";
import { readJpeg } from "../lib/training/images/read_jpeg.ts";
import { resizeImage } from "../lib/training/images/resize_image.ts";
import { adLogMel } from "../lib/training/features/ad_features.ts";
import { augmentImages } from "../lib/training/features/augment_images.ts";
import { kwsLfbe, kwsMfcc } from "../lib/training/features/kws_features.ts";
import { StreamingLfbe } from "../lib/training/features/lfbe.ts";
import { readCifar10 } from "../lib/training/features/read_cifar10.ts";
import { readWav } from "../lib/training/audio/read_wav.ts";

const ROUNDS = 7;
const BATCH = 8;

/** Best and median of some rounds of half a second each, in items a second, after a round to warm up. */
async function rates(
  items: number,
  work: () => void | Promise<void>,
): Promise<{ best: number; median: number }> {
  const all: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const start = performance.now();
    let count = 0;
    let elapsedMs = 0;
    for (; elapsedMs < 500; elapsedMs = performance.now() - start) {
      const done = work();
      if (done) await done;
      count += items;
    }
    if (round > 0) all.push(count / elapsedMs * 1000);
  }
  all.sort((a, b) => a - b);
  return { best: all[ROUNDS - 1], median: all[ROUNDS >> 1] };
}

function noise(samples: number): Float32Array<ArrayBuffer> {
  let state = 1;
  return Float32Array.from({ length: samples }, (_, n) => {
    state = Math.imul(state, 1_664_525) + 1_013_904_223 | 0;
    return 0.3 * Math.sin(n / 9) + state / 2 ** 33;
  });
}

/** A WAV file of 16 bits, 16 kHz, one channel. */
function wav(samples: Float32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(44 + samples.length * 2));
  const bytes = new Uint8Array(view.buffer);
  bytes.set(new TextEncoder().encode("RIFF....WAVEfmt "));
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, 16_000, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  bytes.set(new TextEncoder().encode("data"), 36);
  view.setUint32(40, samples.length * 2, true);
  samples.forEach((sample, i) => view.setInt16(44 + i * 2, sample * 32_767, true));
  return bytes;
}

/** A picture of 640 × 480 as a JPEG file of about the size that COCO's have. */
async function photograph(): Promise<Uint8Array<ArrayBuffer>> {
  const [{ default: encode, init }, wasm] = await Promise.all([
    import("@jsquash/jpeg/encode.js"),
    Deno.readFile(new URL(import.meta.resolve("@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm"))),
  ]);
  await init(await WebAssembly.compile(wasm));
  const image = new ImageData(640, 480);
  const grain = noise(640 * 480);
  for (let i = 0; i < 640 * 480; i++) {
    const [row, column] = [Math.floor(i / 640), i % 640];
    for (let channel = 0; channel < 3; channel++) {
      const wave = 60 * Math.sin(column / (17 + channel)) + 40 * Math.cos(row * column / 9000);
      image.data[4 * i + channel] = 128 + wave + 60 * grain[i];
    }
    image.data[4 * i + 3] = 255;
  }
  return new Uint8Array(await encode(image, { quality: 92, progressive: false }));
}

const second = noise(16_000);
const tenSeconds = noise(160_000);
const file = wav(second);
const stream = new StreamingLfbe();
const piece = second.subarray(0, 512);
const batch = new Uint8Array(1000 * 3073);
const { images, shape } = readCifar10([{ source: "zeros", bytes: batch }]);
images.forEach((_, at) => images[at] = at * 31 % 251);
const changed = new Float32Array(images.length);
const photo = await photograph();

const toSmall = async () => {
  resizeImage(await readJpeg(photo, { channels: 3 }), [96, 96]);
};
const cases: [name: string, unit: string, items: number, work: () => void | Promise<void>][] = [
  ["WAV of 1 s, 16 bits", "files", 1, () => void readWav(file)],
  ["kws MFCC", "clips of 1 s", 1, () => void kwsMfcc(second)],
  ["kws LFBE", "clips of 1 s", 1, () => void kwsLfbe(second)],
  ["ad log-mel, frames 50 to 250", "clips of 10 s", 1, () => void adLogMel(tenSeconds)],
  ["sww LFBE, streaming by 512", "frames", 1, () => void stream.push(piece)],
  ["CIFAR-10 read", "images", 1000, () => void readCifar10([{ source: "", bytes: batch }])],
  ["CIFAR-10 augmented", "images", 1000, () => void augmentImages(images, shape, {}, changed)],
  ["JPEG of 640 × 480 to 96 × 96", "images", 1, toSmall],
];

const [{ model }] = cpus();
console.log(`${model}, ${cpus().length} cores, Deno ${Deno.version.deno}; one thread\n`);
const figure = (rate: number) => Math.round(rate).toLocaleString("en-US").padStart(11);
console.log(`${"".padEnd(30)}${"best".padStart(11)}${"median".padStart(11)}`);
for (const [name, unit, items, work] of cases) {
  const { best, median } = await rates(items, work);
  console.log(`${name.padEnd(30)}${figure(best)}${figure(median)}  ${unit}/s`);
}

/**
 * From files to batches: examples a second, of which each reads the same file; and a second of processor time, which
 * depends less on what else the machine does: two workers that lose nothing make as many of it as one thread.
 */
async function streamed(origin: StoredOrigin, count: number, features: FeatureSettings) {
  const split = Array.from({ length: count }, (_, i) => exampleAt(`${i}`, 0, origin));
  const best: number[] = [];
  const cpuS: number[] = [];
  for (const threads of [1, 2]) {
    let most = 0;
    let least = Infinity;
    for (let round = 0; round < 4; round++) {
      const stream = streamBatches(split, { features, threads, batchSize: BATCH });
      // Workers start with the first batch, and their code gets fast with some more.
      for (let batch = 0; batch < count / 4 / BATCH; batch++) await stream.next();
      const start = performance.now();
      const { user, system } = cpuUsage();
      let done = 0;
      for await (const batch of stream) done += batch.labels.length;
      most = Math.max(most, done / (performance.now() - start) * 1000);
      const used = cpuUsage({ user, system });
      least = Math.min(least, (used.user + used.system) / 1e6 / done);
    }
    best.push(most);
    cpuS.push(least);
  }
  return { best, cpuS };
}

const folder = await Deno.makeTempDir();
try {
  await Deno.writeFile(`${folder}/a.wav`, file);
  await Deno.writeFile(`${folder}/b.wav`, wav(tenSeconds));
  await Deno.writeFile(`${folder}/a.jpg`, photo);
  console.log(
    `\n${"from files".padEnd(30)}${"1 thread".padStart(11)}${"2 workers".padStart(11)}` +
      `        ${"per CPU second, 1 and 2".padStart(22)}`,
  );
  const streams: [string, StoredOrigin, number, FeatureSettings][] = [
    ["kws MFCC", { kind: "wav", path: `${folder}/a.wav` }, 8000, { kind: "mfcc" }],
    ["ad log-mel", { kind: "wav", path: `${folder}/b.wav` }, 1000, { kind: "logMel" }],
    [
      `JPEG of ${Math.round(photo.length / 1000)} kB to 96 × 96`,
      { kind: "image", path: `${folder}/a.jpg`, size: [96, 96] },
      300,
      { kind: "none" },
    ],
  ];
  for (const [name, origin, count, features] of streams) {
    const { best: [one, two], cpuS } = await streamed(origin, count, features);
    console.log(
      `${name.padEnd(30)}${figure(one)}${figure(two)}  × ${(two / one).toFixed(2)}` +
        `${figure(1 / cpuS[0])}${figure(1 / cpuS[1])}`,
    );
  }

  const annotation = JSON.stringify({
    segmentation: [Array.from({ length: 120 }, (_, i) => i * 1.37)],
    area: 1,
    iscrowd: 0,
    image_id: 1,
    bbox: [1, 2, 3, 4],
    category_id: 1,
    id: 1,
  });
  const text = `{"images": [{"id": 1, "file_name": "a.jpg", "width": 9, "height": 9}], ` +
    `"annotations": [${Array.from({ length: 80_000 }, () => annotation).join(", ")}], ` +
    `"categories": [{"id": 1, "name": "person"}]}`;
  await Deno.writeTextFile(`${folder}/a.json`, text);
  const start = performance.now();
  await readCocoAnnotations(`${folder}/a.json`);
  const rate = text.length / (performance.now() - start) / 1000;
  console.log(`${"COCO's annotations".padEnd(30)}${figure(rate)}${"".padEnd(11)}  MB/s`);
} finally {
  await Deno.remove(folder, { recursive: true });
}

/** Best of some rounds in Python, the library held to one thread. Prints one number. */
const PEERS: Record<string, string> = {
  "TensorFlow, kws MFCC": `
import os, time
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np, tensorflow as tf
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
mel = tf.signal.linear_to_mel_weight_matrix(40, 257, 16000, 20.0, 4000.0)
@tf.function
def mfcc(x):
  x = x / tf.reduce_max(x, axis=-1, keepdims=True)
  s = tf.abs(tf.signal.stft(x, 480, 320, None, tf.signal.hann_window))
  return tf.signal.mfccs_from_log_mel_spectrograms(tf.math.log(tf.tensordot(s, mel, 1) + 1e-6))[..., :10]
x = tf.constant(np.random.default_rng(1).standard_normal((100, 16000)), tf.float32)
def work():
  mfcc(x).numpy()
  return 100`,
  "librosa, ad log-mel": `
import time
import numpy as np, librosa
y = np.random.default_rng(1).standard_normal(160000).astype(np.float32)
def work():
  m = librosa.feature.melspectrogram(y=y, sr=16000, n_fft=1024, hop_length=512, n_mels=128, power=2.0)
  np.log10(m + 2.2e-16)[:, 50:250]
  return 1`,
  "Pillow, scikit-image": `
import io, os, sys, time
import numpy as np
from PIL import Image
from skimage.transform import resize
data = open(os.environ["PHOTO"], "rb").read()
def work():
  (255 * resize(np.array(Image.open(io.BytesIO(data))), (96, 96), anti_aliasing=True)).astype(np.uint8)
  return 1`,
};
const LOOP = `
work()
best = 0
for _ in range(${ROUNDS}):
  start = time.perf_counter(); count = 0
  while time.perf_counter() - start < 0.5: count += work()
  best = max(best, count / (time.perf_counter() - start))
print(best)`;

console.log("");
const photoFile = await Deno.makeTempFile({ suffix: ".jpg" });
await Deno.writeFile(photoFile, photo);
for (const [name, program] of Object.entries(PEERS)) {
  try {
    const { success, stdout } = await new Deno.Command("python3", {
      args: ["-c", program + LOOP],
      env: {
        OMP_NUM_THREADS: "1",
        OPENBLAS_NUM_THREADS: "1",
        MKL_NUM_THREADS: "1",
        PHOTO: photoFile,
      },
      stderr: "null",
    }).output();
    const rate = Number(new TextDecoder().decode(stdout));
    console.log(
      success && rate > 0
        ? `${name.padEnd(30)}${figure(rate)}  items/s`
        : `${name.padEnd(30)}     absent: python3 does not have it`,
    );
  } catch {
    console.log(`${name.padEnd(30)}     absent: no python3`);
  }
}
await Deno.remove(photoFile);
