/**
 * The bytes that the runner sends to a board: features as official `.bin` files hold them.
 *
 * @module
 */
import type { KwsFeatureKind } from "./kws_features.ts";

/** Quantization of the MFCCs: one step, and the value that 0 becomes. */
export interface MfccQuantization {
  /** Of the reference model's input. [0.5847029] */
  scale?: number;
  /** Of the reference model's input. [83] */
  zeroPoint?: number;
}

/**
 * Quantizes keyword MFCCs as the published bins were: int8(x / scale + zero point) in single precision, its fraction
 * dropped. Values beyond int8 become its ends.
 *
 * @example
 * ```ts
 * import { quantizeMfcc } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual([...quantizeMfcc(Float32Array.of(0, 1, -1, 1000))], [83, 84, 81, 127]);
 * ```
 */
export function quantizeMfcc(
  features: Float32Array,
  options: MfccQuantization = {},
): Int8Array<ArrayBuffer> {
  const { scale = 0.5847029089927673, zeroPoint = 83 } = options;
  const step = Math.fround(scale);
  return Int8Array.from(features, (value) => {
    const shifted = Math.fround(Math.fround(value / step) + zeroPoint);
    return Math.min(127, Math.max(-128, Math.trunc(shifted)));
  });
}

/**
 * A `.bin` file of keyword features: `mfcc` int8 by {@linkcode quantizeMfcc}, `lfbe` uint8 of x / (1/255), its fraction
 * dropped, `samples` int16 little-endian. As in mlcommons/tiny (`benchmark/training/keyword_spotting/make_bin_files.py`),
 * whose division in single precision makes 254 of an LFBE of 1.
 *
 * @param features [49, 10], [49, 40] or [16000], as the kind has it.
 *
 * @example
 * ```ts
 * import { kwsBin } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual([...kwsBin(Float32Array.of(0, 0.5, 1), "lfbe")], [0, 127, 254]);
 * assert.deepEqual([...kwsBin(Float32Array.of(-1, 0.5), "samples")], [0, 128, 0, 64]);
 * ```
 */
export function kwsBin(features: Float32Array, kind: KwsFeatureKind): Uint8Array<ArrayBuffer> {
  if (kind === "mfcc") return new Uint8Array(quantizeMfcc(features).buffer);
  if (kind === "lfbe") {
    const step = Math.fround(1 / 255);
    return Uint8Array.from(
      features,
      (value) => Math.min(255, Math.max(0, Math.trunc(Math.fround(value / step)))),
    );
  }
  const bytes = new Uint8Array(features.length * 2);
  const view = new DataView(bytes.buffer);
  features.forEach((value, at) => {
    const sample = Math.min(32_767, Math.max(-32_768, Math.trunc(value * 32_768)));
    view.setInt16(at * 2, sample, true);
  });
  return bytes;
}

/** Quantization of the streaming wakeword's reference model (`str_ww_ref_model.tflite`): of its input. */
const WAKEWORD = { scale: 0.003701042616739869, zeroPoint: -128 };

/**
 * Frames of the streaming wakeword as its reference model takes them: int8, quantized as MFCCs are.
 *
 * @param features [frames, 40], each value 0 … 1.
 *
 * @example
 * ```ts
 * import { wakewordBin } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual([...new Int8Array(wakewordBin(Float32Array.of(0, 0.5)).buffer)], [-128, 7]);
 * ```
 */
export function wakewordBin(features: Float32Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(quantizeMfcc(features, WAKEWORD).buffer);
}

/**
 * Values as little-endian float32: an `.f32` file, and the `.bin` file of a log-mel spectrogram.
 *
 * @example
 * ```ts
 * import { float32Bytes } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual([...float32Bytes(Float32Array.of(1))], [0, 0, 128, 63]);
 * ```
 */
export function float32Bytes(values: Float32Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < values.length; at++) view.setFloat32(at * 4, values[at], true);
  return bytes;
}
