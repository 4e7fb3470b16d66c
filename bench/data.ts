/**
 * How fast recordings and images become inputs, on one core.
 *
 *     deno run --allow-sys --allow-run bench/data.ts
 *
 * Prints the machine it ran on. Peers are TensorFlow and librosa, where `python3` has them.
 */
import { cpus } from "node:os";
import { adLogMel } from "../lib/training/features/ad_features.ts";
import { augmentImages } from "../lib/training/features/augment_images.ts";
import { kwsLfbe, kwsMfcc } from "../lib/training/features/kws_features.ts";
import { StreamingLfbe } from "../lib/training/features/lfbe.ts";
import { readCifar10 } from "../lib/training/features/read_cifar10.ts";
import { readWav } from "../lib/training/audio/read_wav.ts";

const ROUNDS = 7;

/** Best and median of some rounds of half a second each, in items a second, after a round to warm up. */
function rates(items: number, work: () => void): { best: number; median: number } {
  const all: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const start = performance.now();
    let count = 0;
    let elapsedMs = 0;
    for (; elapsedMs < 500; elapsedMs = performance.now() - start) {
      work();
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

const second = noise(16_000);
const tenSeconds = noise(160_000);
const file = wav(second);
const stream = new StreamingLfbe();
const piece = second.subarray(0, 512);
const batch = new Uint8Array(1000 * 3073);
const { images, shape } = readCifar10([{ source: "zeros", bytes: batch }]);
images.forEach((_, at) => images[at] = at * 31 % 251);
const changed = new Float32Array(images.length);

const cases: [name: string, unit: string, items: number, work: () => void][] = [
  ["WAV of 1 s, 16 bits", "files", 1, () => void readWav(file)],
  ["kws MFCC", "clips of 1 s", 1, () => void kwsMfcc(second)],
  ["kws LFBE", "clips of 1 s", 1, () => void kwsLfbe(second)],
  ["ad log-mel, frames 50 to 250", "clips of 10 s", 1, () => void adLogMel(tenSeconds)],
  ["sww LFBE, streaming by 512", "frames", 1, () => void stream.push(piece)],
  ["CIFAR-10 read", "images", 1000, () => void readCifar10([{ source: "", bytes: batch }])],
  ["CIFAR-10 augmented", "images", 1000, () => void augmentImages(images, shape, {}, changed)],
];

const [{ model }] = cpus();
console.log(`${model}, ${cpus().length} cores, Deno ${Deno.version.deno}; one thread\n`);
const figure = (rate: number) => Math.round(rate).toLocaleString("en-US").padStart(11);
console.log(`${"".padEnd(30)}${"best".padStart(11)}${"median".padStart(11)}`);
for (const [name, unit, items, work] of cases) {
  const { best, median } = rates(items, work);
  console.log(`${name.padEnd(30)}${figure(best)}${figure(median)}  ${unit}/s`);
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
for (const [name, program] of Object.entries(PEERS)) {
  try {
    const { success, stdout } = await new Deno.Command("python3", {
      args: ["-c", program + LOOP],
      env: { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" },
      stderr: "null",
    }).output();
    const rate = Number(new TextDecoder().decode(stdout));
    console.log(
      success && rate > 0
        ? `${name.padEnd(30)}${figure(rate)}  clips/s`
        : `${name.padEnd(30)}     absent: python3 does not have it`,
    );
  } catch {
    console.log(`${name.padEnd(30)}     absent: no python3`);
  }
}
