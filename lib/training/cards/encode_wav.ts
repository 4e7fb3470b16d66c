/**
 * Sound as a WAV file of one channel, 16 bits.
 *
 * @param samples Full scale ±1; what is beyond is cut off.
 * @param sampleRate Samples a second.
 *
 * @example
 * ```ts
 * import { encodeWav, readWav } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const wav = readWav(encodeWav(Float32Array.of(0.5, -1), 16_000));
 * assert.deepEqual(wav.channels, [Float32Array.of(0.5, -1)]);
 * ```
 */
export function encodeWav(samples: Float32Array, sampleRate: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(44 + 2 * samples.length);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode("RIFF"), 0);
  view.setUint32(4, bytes.length - 8, true);
  bytes.set(new TextEncoder().encode("WAVEfmt "), 8);
  view.setUint32(16, 16, true); // bytes of the format
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // channels
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, 2 * sampleRate, true); // bytes a second
  view.setUint16(32, 2, true); // bytes of a sample of all channels
  view.setUint16(34, 16, true); // bits
  bytes.set(new TextEncoder().encode("data"), 36);
  view.setUint32(40, 2 * samples.length, true);
  for (let i = 0; i < samples.length; i++) {
    const step = Math.round(samples[i] * 32_768);
    view.setInt16(44 + 2 * i, Math.min(32_767, Math.max(-32_768, step)), true);
  }
  return bytes;
}
