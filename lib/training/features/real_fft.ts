/**
 * Discrete Fourier transforms of real frames whose length is a power of two.
 *
 * Two precisions, one algorithm (real radix-4 and radix-2 passes after Swarztrauber's FFTPACK, in the order of pocketfft
 * and ducc0): every sum and product rounded to single precision as TensorFlow does, or in double precision as librosa
 * does. Where a frame is a clean tone, its weak bins are nothing but rounding, and a logarithm makes them plain to see:
 * features only agree with TensorFlow's if the rounding does.
 *
 * @module
 */
import { radix2Float32, radix4Float32 } from "./fft_passes_float32.ts";
import { radix2Float64, radix4Float64 } from "./fft_passes_float64.ts";

type Samples = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

interface Pass<T> {
  radix: 2 | 4;
  /** Length of a sub-sequence of this pass. */
  inner: number;
  /** Number of sub-sequences. */
  outer: number;
  twiddles: T;
}

/** A plan for real frames of one length. It owns its work space: fill {@linkcode input}, call {@linkcode transform}. */
abstract class RealFft<T extends Samples> {
  /** Samples of a frame. */
  readonly size: number;
  /** Where the next frame goes; `transform` overwrites it. */
  readonly input: T;
  readonly #work: T;
  readonly #passes: Pass<T>[];

  /**
   * @param size A power of two of at least 4.
   */
  protected constructor(size: number, make: (length: number) => T) {
    if (!Number.isInteger(Math.log2(size)) || size < 4 || size > 2 ** 20) {
      throw new RangeError(`Cannot transform frames of ${size} samples: a power of two expected`);
    }
    this.size = size;
    this.input = make(size);
    this.#work = make(size);
    this.#passes = passesOf(size, make);
  }

  /** One radix-4 pass. */
  protected abstract radix4(inner: number, outer: number, from: T, to: T, twiddles: T): void;
  /** One radix-2 pass. */
  protected abstract radix2(inner: number, outer: number, from: T, to: T, twiddles: T): void;

  /**
   * Transforms what is in `input`.
   *
   * @returns The half-complex spectrum [`size`]: re 0, re 1, im 1, re 2, im 2, … re size/2. Valid until the next frame.
   */
  transform(): T {
    let from = this.input;
    let to = this.#work;
    for (const { radix, inner, outer, twiddles } of this.#passes) {
      if (radix === 4) this.radix4(inner, outer, from, to, twiddles);
      else this.radix2(inner, outer, from, to, twiddles);
      [from, to] = [to, from];
    }
    return from;
  }
}

/** Passes in the order of their execution; a factor 2, where there is one, comes last. */
function passesOf<T extends Samples>(size: number, make: (length: number) => T): Pass<T>[] {
  const passes: Pass<T>[] = [];
  let inner = 1;
  while (inner < size) {
    const radix = size / inner >= 4 ? 4 : 2;
    const outer = size / inner / radix;
    const twiddles = make((radix - 1) * Math.max(0, inner - 1));
    for (let j = 1; j < radix; j++) {
      for (let i = 1; 2 * i < inner; i++) {
        const angle = 2 * Math.PI * j * outer * i / size;
        const at = (j - 1) * (inner - 1) + 2 * i - 2;
        twiddles[at] = Math.cos(angle);
        twiddles[at + 1] = Math.sin(angle);
      }
    }
    passes.push({ radix, inner, outer, twiddles });
    inner *= radix;
  }
  return passes;
}

/** Rounds after every operation, as single precision does. */
export class RealFft32 extends RealFft<Float32Array<ArrayBuffer>> {
  /** A plan for frames of `size` samples, a power of two of at least 4. */
  constructor(size: number) {
    super(size, (length) => new Float32Array(length));
  }
  protected override radix4 = radix4Float32;
  protected override radix2 = radix2Float32;
}

/** Double precision throughout. */
export class RealFft64 extends RealFft<Float64Array<ArrayBuffer>> {
  /** A plan for frames of `size` samples, a power of two of at least 4. */
  constructor(size: number) {
    super(size, (length) => new Float64Array(length));
  }
  protected override radix4 = radix4Float64;
  protected override radix2 = radix2Float64;
}
