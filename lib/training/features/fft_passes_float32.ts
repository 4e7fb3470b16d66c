/**
 * Passes of the real FFT that round to single precision after every operation. `from` holds `outer` sub-sequences of `inner` samples for each of the
 * radix's branches, [branch][outer][inner]; `to` takes them as [outer][branch][inner].
 *
 * @module
 */
const round = Math.fround;
const SQRT_HALF = round(Math.SQRT1_2);

/** One pass of radix 4. */
export function radix4Float32(
  inner: number,
  outer: number,
  from: Float32Array,
  to: Float32Array,
  twiddles: Float32Array,
): void {
  const branch = inner * outer;
  const last = inner - 1;
  for (let k = 0; k < outer; k++) {
    const c = inner * k;
    const h = inner * 4 * k;
    const x0 = from[c];
    const x1 = from[c + branch];
    const x2 = from[c + 2 * branch];
    const x3 = from[c + 3 * branch];
    const odd = round(x3 + x1);
    const even = round(x0 + x2);
    to[h + 2 * inner] = round(x3 - x1);
    to[h + inner + last] = round(x0 - x2);
    to[h] = round(even + odd);
    to[h + 3 * inner + last] = round(even - odd);
  }
  if (inner === 1) return;
  for (let k = 0; k < outer; k++) {
    const c = inner * k + last;
    const h = inner * 4 * k;
    const x0 = from[c];
    const x1 = from[c + branch];
    const x2 = from[c + 2 * branch];
    const x3 = from[c + 3 * branch];
    const im = round(-SQRT_HALF * round(x1 + x3));
    const re = round(SQRT_HALF * round(x1 - x3));
    to[h + last] = round(x0 + re);
    to[h + 2 * inner + last] = round(x0 - re);
    to[h + 3 * inner] = round(im + x2);
    to[h + inner] = round(im - x2);
  }
  for (let i = 2; i < inner; i += 2) {
    const cos1 = twiddles[i - 2];
    const sin1 = twiddles[i - 1];
    const cos2 = twiddles[i - 2 + last];
    const sin2 = twiddles[i - 1 + last];
    const cos3 = twiddles[i - 2 + 2 * last];
    const sin3 = twiddles[i - 1 + 2 * last];
    for (let k = 0; k < outer; k++) {
      const c = inner * k + i;
      const h = inner * 4 * k + i;
      const mirrored = inner * 4 * k + inner - i;
      const a1 = from[c + branch - 1];
      const b1 = from[c + branch];
      const a2 = from[c + 2 * branch - 1];
      const b2 = from[c + 2 * branch];
      const a3 = from[c + 3 * branch - 1];
      const b3 = from[c + 3 * branch];
      const re1 = round(round(cos1 * a1) + round(sin1 * b1));
      const im1 = round(round(cos1 * b1) - round(sin1 * a1));
      const re2 = round(round(cos2 * a2) + round(sin2 * b2));
      const im2 = round(round(cos2 * b2) - round(sin2 * a2));
      const re3 = round(round(cos3 * a3) + round(sin3 * b3));
      const im3 = round(round(cos3 * b3) - round(sin3 * a3));
      const a0 = from[c - 1];
      const b0 = from[c];
      const sumRe13 = round(re3 + re1);
      const diffRe31 = round(re3 - re1);
      const sumIm13 = round(im1 + im3);
      const diffIm13 = round(im1 - im3);
      const sumRe02 = round(a0 + re2);
      const diffRe02 = round(a0 - re2);
      const sumIm02 = round(b0 + im2);
      const diffIm02 = round(b0 - im2);
      to[h - 1] = round(sumRe02 + sumRe13);
      to[mirrored + 3 * inner - 1] = round(sumRe02 - sumRe13);
      to[h] = round(sumIm13 + sumIm02);
      to[mirrored + 3 * inner] = round(sumIm13 - sumIm02);
      to[h + 2 * inner - 1] = round(diffRe02 + diffIm13);
      to[mirrored + inner - 1] = round(diffRe02 - diffIm13);
      to[h + 2 * inner] = round(diffRe31 + diffIm02);
      to[mirrored + inner] = round(diffRe31 - diffIm02);
    }
  }
}

/** One pass of radix 2. */
export function radix2Float32(
  inner: number,
  outer: number,
  from: Float32Array,
  to: Float32Array,
  twiddles: Float32Array,
): void {
  const branch = inner * outer;
  const last = inner - 1;
  for (let k = 0; k < outer; k++) {
    const c = inner * k;
    const h = inner * 2 * k;
    const x0 = from[c];
    const x1 = from[c + branch];
    to[h] = round(x0 + x1);
    to[h + inner + last] = round(x0 - x1);
    if (inner === 1) continue;
    to[h + inner] = -from[c + branch + last];
    to[h + last] = from[c + last];
    for (let i = 2; i < inner; i += 2) {
      const cos1 = twiddles[i - 2];
      const sin1 = twiddles[i - 1];
      const a1 = from[c + branch + i - 1];
      const b1 = from[c + branch + i];
      const re1 = round(round(cos1 * a1) + round(sin1 * b1));
      const im1 = round(round(cos1 * b1) - round(sin1 * a1));
      const a0 = from[c + i - 1];
      const b0 = from[c + i];
      const mirrored = h + inner + inner - i;
      to[h + i - 1] = round(a0 + re1);
      to[mirrored - 1] = round(a0 - re1);
      to[h + i] = round(im1 + b0);
      to[mirrored] = round(im1 - b0);
    }
  }
}
