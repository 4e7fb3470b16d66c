/**
 * The one map between sample indices and time.
 *
 * @module
 */

/** A moment by both measures. */
export interface TimePoint {
  /** Samples that had been taken. */
  index: number;
  /** Time in µs since sample 0. */
  timeUs: number;
}

/**
 * Maps sample indices to the monitor's time and back: straight lines through points, and beyond the last one the nominal
 * rate. **The past never moves**: what the map says of an index at or before the last point, it says for ever.
 *
 * @example
 * ```ts
 * import { TimeMap } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const map = new TimeMap(1000);
 * assert.equal(map.timeUs(500), 500_000);
 * map.add({ index: 1000, timeUs: 1_001_000 });
 * assert.equal(map.timeUs(500), 500_500);
 * map.add({ index: 2000, timeUs: 2_000_000 });
 * assert.equal(map.timeUs(500), 500_500);
 * assert.equal(map.index(500_500), 500);
 * ```
 */
export class TimeMap {
  /** Nominal samples a second. */
  readonly sampleRateHz: number;
  readonly #points: TimePoint[] = [{ index: 0, timeUs: 0 }];

  /**
   * A map that knows the nominal rate and that sample 0 is at time 0.
   *
   * @throws {RangeError} When the rate is not above zero.
   */
  constructor(sampleRateHz: number) {
    if (!(sampleRateHz > 0 && Number.isFinite(sampleRateHz))) {
      throw new RangeError(`Cannot map time at '${sampleRateHz}' samples a second`);
    }
    this.sampleRateHz = sampleRateHz;
  }

  /** All points, in order. */
  get points(): readonly TimePoint[] {
    return this.#points;
  }

  /**
   * Adds a point beyond the last one.
   *
   * @returns Whether it was taken: one that is not later, by both measures, than the last would move the past, or turn time
   * back, and is left out.
   */
  add(point: TimePoint): boolean {
    const last = this.#points[this.#points.length - 1];
    if (!Number.isFinite(point.index) || !Number.isFinite(point.timeUs)) return false;
    if (!(point.index > last.index && point.timeUs > last.timeUs)) return false;
    this.#points.push({ index: point.index, timeUs: point.timeUs });
    return true;
  }

  /** Time of a sample index, which may be fractional, in µs since sample 0. */
  timeUs(index: number): number {
    const after = this.#after("index", index);
    const periodUs = 1e6 / this.sampleRateHz;
    if (after === this.#points.length) {
      const last = this.#points[after - 1];
      return last.timeUs + (index - last.index) * periodUs;
    }
    if (after === 0) return index * periodUs;
    return along(this.#points[after - 1], this.#points[after], "index", "timeUs", index);
  }

  /** Sample index, fractional, at a time in µs since sample 0. */
  index(timeUs: number): number {
    const after = this.#after("timeUs", timeUs);
    const perUs = this.sampleRateHz / 1e6;
    if (after === this.#points.length) {
      const last = this.#points[after - 1];
      return last.index + (timeUs - last.timeUs) * perUs;
    }
    if (after === 0) return timeUs * perUs;
    return along(this.#points[after - 1], this.#points[after], "timeUs", "index", timeUs);
  }

  /** How many points are at or before `value`. */
  #after(key: keyof TimePoint, value: number): number {
    let low = 0;
    let high = this.#points.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#points[middle][key] <= value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function along(
  a: TimePoint,
  b: TimePoint,
  from: keyof TimePoint,
  to: keyof TimePoint,
  value: number,
): number {
  return a[to] + (value - a[from]) / (b[from] - a[from]) * (b[to] - a[to]);
}
