/**
 * Performance: five windows of at least ten seconds and ten inferences each.
 *
 * @module
 */
import { type Benchmark, minimumIterations, minimumWindowUs, windowCount } from "../benchmarks.ts";
import { type Clock, systemClock, VirtualClock } from "../clock.ts";
import { ThimbleError } from "../errors.ts";
import type { Dut, Inference } from "../serial/dut.ts";
import type { NoticeRecord, WindowRecord } from "../sessions/events.ts";
import { type EvaluationSet, segmentOf } from "./evaluation_set.ts";
import type { Progress } from "./progress.ts";
import { paceAfterTry } from "./pace_after_try.ts";

/** What {@linkcode runPerformance} and {@linkcode runAccuracy} are given. */
export interface RunOptions {
  /** Connected, with firmware of the benchmark in performance mode. */
  dut: Dut;
  /** What is run. */
  benchmark: Benchmark;
  /** Where the inputs come from. */
  inputs: EvaluationSet;
  /** Indices that an earlier run has already; they are left out. */
  done?: ReadonlySet<number>;
  /** What the time left is estimated by. @default {systemClock} */
  clock?: Clock;
  /** Ends the run between two commands when it aborts. */
  signal?: AbortSignal;
}

/** No window of ten seconds could be had. */
export class WindowError extends ThimbleError {
  /** Name of the class. */
  override name = "WindowError";
  /** How long the last try lasted, in µs of the device's clock. */
  readonly elapsedUs: number;

  /** Makes the error. */
  constructor(message: string, options: { elapsedUs: number; hint: string }) {
    super(message, options);
    this.elapsedUs = options.elapsedUs;
  }
}

// Devices may count in steps of a millisecond: a probe this long is exact to a percent.
const shortestProbeUs = 100_000;
const warmupUs = 500_000;
const longestStandstillMs = 2_000;
const mostTries = 3;

/** Iterations and warm-ups of one window. */
export interface WindowPlan {
  /** Measured inferences. */
  iterations: number;
  /** Inferences before them. */
  warmups: number;
}

/**
 * Plans a window from what one inference takes, with two percent to spare, in a number that is easy to read.
 *
 * @param inferenceUs Duration of an inference in µs.
 *
 * @example
 * ```ts
 * import { planWindow } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(planWindow(53_335), { iterations: 200, warmups: 9 });
 * assert.deepEqual(planWindow(1_240_000), { iterations: 10, warmups: 1 });
 * ```
 */
export function planWindow(inferenceUs: number): WindowPlan {
  const needed = Math.max(minimumIterations, Math.ceil(1.02 * minimumWindowUs / inferenceUs));
  const step = 10 ** Math.max(0, Math.floor(Math.log10(needed)) - 1);
  return {
    iterations: Math.ceil(needed / step) * step,
    warmups: Math.min(10, Math.max(1, Math.round(warmupUs / inferenceUs))),
  };
}

// Measures inferences until they last long enough to plan by.
async function probe(dut: Dut, resultCount: number, clock: Clock): Promise<number> {
  const began = clock.now();
  for (let iterations = 1;;) {
    const elapsedUs = elapsed(await dut.infer({ iterations, resultCount }));
    if (elapsedUs === 0) {
      if (iterations >= 100_000 || clock.now() - began > longestStandstillMs) {
        throw new WindowError(
          `Cannot plan a window as the DUT's clock stands still over ${iterations} inferences`,
          { elapsedUs, hint: "Check the DUT's timestamp: it has to count microseconds" },
        );
      }
      // Slowly: how long they last is not known.
      iterations *= 10;
      continue;
    }
    if (elapsedUs >= shortestProbeUs || iterations >= 1_000_000) {
      return Math.max(elapsedUs, 1) / iterations;
    }
    const factor = Math.ceil(shortestProbeUs * 1.5 / Math.max(elapsedUs, 1));
    iterations *= Math.min(1000, Math.max(2, factor));
  }
}

function elapsed(inference: Inference): number {
  const { startUs, endUs } = inference;
  if (startUs === undefined || endUs === undefined) {
    throw new ThimbleError("Cannot measure performance as the DUT gives no times", {
      hint: "Build its firmware for performance mode",
    });
  }
  return endUs - startUs;
}

/**
 * Runs the performance windows that are not done yet. Each takes one input, in order; its number of inferences is
 * planned from a probe, so that the first try is long enough. A window that is too short all the same, or whose
 * duration does not fit its number of inferences, is run again.
 *
 * @throws {WindowError} When no window of ten seconds comes about.
 * @throws {DutError} What could not be mended.
 */
export async function* runPerformance(
  options: RunOptions,
): AsyncGenerator<WindowRecord | NoticeRecord | Progress> {
  const { dut, benchmark, inputs, done = new Set(), clock = systemClock, signal } = options;
  // A simulated board need not be waited for: ten of its seconds are over at once.
  const takesTime = !(clock instanceof VirtualClock);
  let oneUs: number | undefined;
  const progress = (done: number, text: string): Progress => ({
    type: "progress",
    done,
    total: windowCount,
    unit: "windows",
    text,
    remainingMs: takesTime && oneUs
      ? (windowCount - done) * planDurationUs(oneUs) / 1000
      : undefined,
  });
  for (let index = 0; index < windowCount; index++) {
    if (done.has(index)) continue;
    const { file, label, windowing } = inputs.files[index % inputs.files.length];
    yield progress(index, `loading ${file}`);
    const bytes = await Deno.readFile(`${inputs.folder}/${file}`);
    signal?.throwIfAborted();
    await dut.load(segmentOf(bytes, 0, windowing));
    oneUs ??= await probe(dut, benchmark.resultCount, clock);
    let reserve = 1;
    let slowestUs = oneUs;
    for (let attempt = 1;; attempt++) {
      const plan = planWindow(oneUs / reserve);
      const expectedUs = (plan.iterations + plan.warmups) * slowestUs;
      yield progress(index, `${plan.iterations} inferences on ${file}`);
      signal?.throwIfAborted();
      const deadlineMs = expectedUs / 1000 * 1.5 + 10_000;
      const inference = await dut.infer({
        ...plan,
        resultCount: benchmark.resultCount,
        deadlineMs,
      });
      const elapsedUs = elapsed(inference);
      const time = new Date().toISOString();
      // A probe is exact to a percent; ten percent off is a digit lost on the line or a clock that drifts.
      const fits = Math.abs(elapsedUs / plan.iterations / oneUs - 1) < 0.1;
      if (elapsedUs >= minimumWindowUs && (fits || attempt > 1)) {
        const { startUs, endUs, results } = inference;
        yield {
          type: "window",
          time,
          index,
          file,
          label,
          ...plan,
          startUs: startUs!,
          endUs: endUs!,
          results,
        };
        break;
      }
      const took = `${(elapsedUs / 1e6).toFixed(3)} s for ${plan.iterations} inferences`;
      if (attempt >= mostTries) {
        throw new WindowError(`Cannot get a window of 10 s as the last try took ${took}`, {
          elapsedUs,
          hint: "Check the DUT's timestamp: it has to count microseconds and never go back",
        });
      }
      yield {
        type: "notice",
        time,
        text: `Window ${index + 1} took ${took}, not as expected: once more`,
      };
      oneUs = await probe(dut, benchmark.resultCount, clock);
      slowestUs = Math.max(slowestUs, oneUs);
      const pace = paceAfterTry(oneUs, elapsedUs, plan.iterations);
      oneUs = pace.oneUs;
      reserve *= pace.reserve;
    }
  }
  yield progress(windowCount, "done");
}

function planDurationUs(oneUs: number): number {
  const { iterations, warmups } = planWindow(oneUs);
  return (iterations + warmups) * oneUs;
}
