import assert from "node:assert/strict";
import { RealFft32, RealFft64 } from "../../../lib/training/features/real_fft.ts";
import { SeededRandom } from "../../model/seeded_random.ts";

/** The definition, in the half-complex order. */
function dft(frame: ArrayLike<number>): Float64Array {
  const size = frame.length;
  const spectrum = new Float64Array(size);
  for (let bin = 0; bin <= size / 2; bin++) {
    let re = 0;
    let im = 0;
    for (let i = 0; i < size; i++) {
      const angle = 2 * Math.PI * (bin * i % size) / size;
      re += frame[i] * Math.cos(angle);
      im -= frame[i] * Math.sin(angle);
    }
    spectrum[bin === 0 ? 0 : 2 * bin - 1] = re;
    if (bin > 0 && bin < size / 2) spectrum[2 * bin] = im;
  }
  return spectrum;
}

for (const [Fft, tolerance] of [[RealFft32, 2e-7], [RealFft64, 1e-15]] as const) {
  Deno.test(`${Fft.name} agrees with the definition for every size, frame after frame`, () => {
    const random = new SeededRandom(5);
    for (const size of [4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048]) {
      const fft = new Fft(size);
      for (let frame = 0; frame < 2; frame++) {
        const samples = Float32Array.from({ length: size }, () => random.real() - 0.5);
        fft.input.set(samples);
        const spectrum = fft.transform();
        const expected = dft(samples);
        const peak = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const allowed = tolerance * peak * Math.max(2, Math.log2(size));
        expected.forEach((value, at) => {
          assert(Math.abs(spectrum[at] - value) <= allowed, `size ${size}, value ${at}`);
        });
      }
    }
  });

  Deno.test(`${Fft.name} throws on a size that is no power of two from 4 on`, () => {
    for (const size of [0, 1, 2, 3, 12, 480, 4.5, NaN, Infinity, -8, 2 ** 30]) {
      assert.throws(() => new Fft(size), RangeError);
    }
  });
}
