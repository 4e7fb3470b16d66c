/** A `trace1-energy.bin`. */
export function traceBytes(samples: ArrayLike<number>, sampleRateHz = 1000): Uint8Array {
  const bytes = new Uint8Array(5 + 4 * samples.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = 0xf1;
  view.setFloat32(1, sampleRateHz, true);
  for (let i = 0; i < samples.length; i++) view.setFloat32(5 + 4 * i, samples[i], true);
  return bytes;
}
