/**
 * A trace thinned out to the smallest and the largest value of each stretch, so that no spike is lost.
 *
 * @module
 */

/** Power of a trace, from bucket to bucket of equally many samples. */
export interface PowerEnvelope {
  /** Seconds of a bucket. */
  bucketS: number;
  /** Smallest power in each bucket, in mW; NaN where no sample is left. */
  low: Float32Array;
  /** Largest power in each bucket; the same array as `low` where a bucket is one sample. */
  high: Float32Array;
  /** Buckets in which samples are missing. */
  gaps: number[];
}

/**
 * Makes an envelope.
 *
 * @param samplesUj Energy of each sample period in µJ; what is not finite is missing.
 * @param sampleRateHz Samples a second.
 * @param mostValues Largest number of values to keep, `low` and `high` together.
 */
export function powerEnvelope(
  samplesUj: Float32Array | Float64Array,
  sampleRateHz: number,
  mostValues: number,
): PowerEnvelope {
  const { length } = samplesUj;
  const toMw = sampleRateHz / 1000;
  const gaps: number[] = [];
  if (length <= mostValues) {
    const low = new Float32Array(length);
    for (let i = 0; i < length; i++) {
      low[i] = Number.isFinite(samplesUj[i]) ? samplesUj[i] * toMw : NaN;
      if (Number.isNaN(low[i])) gaps.push(i);
    }
    return { bucketS: 1 / sampleRateHz, low, high: low, gaps };
  }
  const size = Math.ceil(length / Math.max(1, Math.floor(mostValues / 2)));
  const count = Math.ceil(length / size);
  const [low, high] = [new Float32Array(count), new Float32Array(count)];
  for (let bucket = 0, start = 0; bucket < count; bucket++, start += size) {
    const end = Math.min(length, start + size);
    let sum = 0;
    let least = Infinity;
    let most = -Infinity;
    for (let i = start; i < end; i++) {
      const value = samplesUj[i];
      sum += value;
      if (value < least) least = value;
      if (value > most) most = value;
    }
    // By the sum, as that costs less than to look at each.
    if (!Number.isFinite(sum)) {
      gaps.push(bucket);
      [least, most] = [Infinity, -Infinity];
      for (let i = start; i < end; i++) {
        if (!Number.isFinite(samplesUj[i])) continue;
        least = Math.min(least, samplesUj[i]);
        most = Math.max(most, samplesUj[i]);
      }
    }
    low[bucket] = least <= most ? least * toMw : NaN;
    high[bucket] = least <= most ? most * toMw : NaN;
  }
  return { bucketS: size / sampleRateHz, low, high, gaps };
}

/** A line of power over time. */
export interface PowerLine {
  /** Seconds. */
  x: number[];
  /** mW; null where samples are missing, and between two traces. */
  y: (number | null)[];
}

/**
 * What a line shows of an envelope between two times: at most about `mostPoints` points, among them the smallest and the
 * largest value of every stretch that a point stands for; half as many more where samples stand alone between gaps.
 *
 * Stands alone, without anything from around it: the same text also runs in the page, where the reader zooms.
 *
 * @param offsetS Where the envelope begins on the axis of time.
 */
export function viewLine(
  low: ArrayLike<number>,
  high: ArrayLike<number>,
  bucketS: number,
  offsetS: number,
  fromS: number,
  toS: number,
  mostPoints: number,
): PowerLine {
  const x: number[] = [];
  const y: (number | null)[] = [];
  const first = Math.min(low.length, Math.max(0, Math.floor((fromS - offsetS) / bucketS) - 1));
  const last = Math.max(first, Math.min(low.length, Math.ceil((toS - offsetS) / bucketS) + 1));
  const isSamples = low === high;
  const perGroup = isSamples ? 1 : 2;
  const size = last - first <= mostPoints / perGroup
    ? 1
    : Math.ceil((last - first) / Math.max(1, Math.floor(mostPoints / 2)));
  const push = (index: number, value: number | null) => {
    x.push(Number((offsetS + (index + 0.5) * bucketS).toPrecision(9)));
    y.push(value === null ? null : Number(value.toPrecision(6)));
  };
  for (let start = first; start < last; start += size) {
    const end = Math.min(last, start + size);
    let lowest = -1;
    let highest = -1;
    for (let i = start; i < end; i++) {
      // Not a number where samples are missing.
      if (low[i] === low[i] && (lowest < 0 || low[i] < low[lowest])) lowest = i;
      if (high[i] === high[i] && (highest < 0 || high[i] > high[highest])) highest = i;
    }
    if (lowest < 0) push(start, null);
    else if (low[lowest] === high[highest]) push(lowest, low[lowest]);
    else if (lowest <= highest) {
      push(lowest, low[lowest]);
      push(highest, high[highest]);
    } else {
      push(highest, high[highest]);
      push(lowest, low[lowest]);
    }
  }
  // A line of one point would not be seen: it becomes as wide as what it stands for.
  const halfS = size * bucketS / 2;
  const isGap = (i: number) => i < 0 || i >= y.length || y[i] === null;
  for (let i = y.length - 1; i >= 0; i--) {
    if (isGap(i) || !isGap(i - 1) || !isGap(i + 1)) continue;
    x.splice(i, 1, Number((x[i] - halfS).toPrecision(9)), Number((x[i] + halfS).toPrecision(9)));
    y.splice(i, 0, y[i]);
  }
  return { x, y };
}
