/**
 * Passes of the real FFT in double precision. `from` holds `outer` sub-sequences of `inner` samples for each of the
 * radix's branches, [branch][outer][inner]; `to` takes them as [outer][branch][inner].
 *
 * @module
 */
const SQRT_HALF = Math.SQRT1_2;

/** One pass of radix 4. */
export function radix4Float64(
  inner: number,
  outer: number,
  from: Float64Array,
  to: Float64Array,
  twiddles: Float64Array,
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
    const odd = x3 + x1;
    const even = x0 + x2;
    to[h + 2 * inner] = x3 - x1;
    to[h + inner + last] = x0 - x2;
    to[h] = even + odd;
    to[h + 3 * inner + last] = even - odd;
  }
  if (inner === 1) return;
  for (let k = 0; k < outer; k++) {
    const c = inner * k + last;
    const h = inner * 4 * k;
    const x0 = from[c];
    const x1 = from[c + branch];
    const x2 = from[c + 2 * branch];
    const x3 = from[c + 3 * branch];
    const im = -SQRT_HALF * (x1 + x3);
    const re = SQRT_HALF * (x1 - x3);
    to[h + last] = x0 + re;
    to[h + 2 * inner + last] = x0 - re;
    to[h + 3 * inner] = im + x2;
    to[h + inner] = im - x2;
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
      const re1 = cos1 * a1 + sin1 * b1;
      const im1 = cos1 * b1 - sin1 * a1;
      const re2 = cos2 * a2 + sin2 * b2;
      const im2 = cos2 * b2 - sin2 * a2;
      const re3 = cos3 * a3 + sin3 * b3;
      const im3 = cos3 * b3 - sin3 * a3;
      const a0 = from[c - 1];
      const b0 = from[c];
      const sumRe13 = re3 + re1;
      const diffRe31 = re3 - re1;
      const sumIm13 = im1 + im3;
      const diffIm13 = im1 - im3;
      const sumRe02 = a0 + re2;
      const diffRe02 = a0 - re2;
      const sumIm02 = b0 + im2;
      const diffIm02 = b0 - im2;
      to[h - 1] = sumRe02 + sumRe13;
      to[mirrored + 3 * inner - 1] = sumRe02 - sumRe13;
      to[h] = sumIm13 + sumIm02;
      to[mirrored + 3 * inner] = sumIm13 - sumIm02;
      to[h + 2 * inner - 1] = diffRe02 + diffIm13;
      to[mirrored + inner - 1] = diffRe02 - diffIm13;
      to[h + 2 * inner] = diffRe31 + diffIm02;
      to[mirrored + inner] = diffRe31 - diffIm02;
    }
  }
}

/** One pass of radix 2. */
export function radix2Float64(
  inner: number,
  outer: number,
  from: Float64Array,
  to: Float64Array,
  twiddles: Float64Array,
): void {
  const branch = inner * outer;
  const last = inner - 1;
  for (let k = 0; k < outer; k++) {
    const c = inner * k;
    const h = inner * 2 * k;
    const x0 = from[c];
    const x1 = from[c + branch];
    to[h] = x0 + x1;
    to[h + inner + last] = x0 - x1;
    if (inner === 1) continue;
    to[h + inner] = -from[c + branch + last];
    to[h + last] = from[c + last];
    for (let i = 2; i < inner; i += 2) {
      const cos1 = twiddles[i - 2];
      const sin1 = twiddles[i - 1];
      const a1 = from[c + branch + i - 1];
      const b1 = from[c + branch + i];
      const re1 = cos1 * a1 + sin1 * b1;
      const im1 = cos1 * b1 - sin1 * a1;
      const a0 = from[c + i - 1];
      const b0 = from[c + i];
      const mirrored = h + inner + inner - i;
      to[h + i - 1] = a0 + re1;
      to[mirrored - 1] = a0 - re1;
      to[h + i] = im1 + b0;
      to[mirrored] = im1 - b0;
    }
  }
}
