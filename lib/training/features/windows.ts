/** Window functions, each as the library that it is to agree with computes it. */
import { float32Cosine } from "./float32_cosine.ts";

const round = Math.fround;

/** a - b·cos(2πi/period) in single precision, as `tf.signal` has it. */
function raisedCosine(size: number, period: number, a: number, b: number) {
  const window = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    const angle = round(round(round(2 * Math.PI) * i) / period);
    window[i] = round(round(a) - round(round(b) * float32Cosine(angle)));
  }
  return window;
}

/** `tf.signal.hann_window`, periodic. */
export function hannWindow32(size: number): Float32Array<ArrayBuffer> {
  return raisedCosine(size, size, 0.5, 0.5);
}

/** `tf.signal.hamming_window(periodic=False)`. */
export function hammingWindow32(size: number): Float32Array<ArrayBuffer> {
  return raisedCosine(size, size - 1, 0.54, 0.46);
}

/** Periodic Hann window in double precision, as librosa takes it from SciPy. */
export function hannWindow64(size: number): Float64Array<ArrayBuffer> {
  return Float64Array.from(
    { length: size },
    (_, i) => 0.5 - 0.5 * Math.cos(2 * Math.PI * i / size),
  );
}
