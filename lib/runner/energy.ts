/**
 * Energy: five windows of at least ten seconds and ten inferences each, while a monitor samples what the DUT takes.
 *
 * @module
 */
import { minimumWindowUs, windowCount } from "../benchmarks.ts";
import { type Clock, systemClock } from "../clock.ts";
import { CumulativeEnergy } from "../scoring/cumulative_energy.ts";
import type { EnergyWindowRecord, NoticeRecord } from "../sessions/events.ts";
import { mostMissing } from "../sessions/score_windows.ts";
import { EdgeError, LostSamplesError } from "./energy_errors.ts";
import type { EnergyRecorder } from "./energy_recorder.ts";
import { segmentOf } from "./evaluation_set.ts";
import type { IoEdges } from "./io_edges.ts";
import { paceAfterTry } from "./pace_after_try.ts";
import { planWindow, type RunOptions, WindowError } from "./performance.ts";
import type { Progress } from "./progress.ts";

/** What {@linkcode runEnergy} is given. */
export interface EnergyRunOptions extends RunOptions {
  /** Where samples and edges arrive. */
  recorder: EnergyRecorder;
  /** Index of the trace in the session. */
  trace: number;
  /** Samples a second. */
  sampleRateHz: number;
  /** Where the monitor does not see the timestamp pin: the edges of the IO manager. */
  ioEdges?: IoEdges;
}

// A probe this long is exact to a percent at 1000 samples a second.
const shortestProbeMs = 250;
const mostTries = 3;
// Behind the last edge, for one that does not belong there.
const settleMs = 20;
// Monitors deliver up to a second late.
const edgeDeadlineMs = 5000;

/** What one `infer` was, by the edges. */
interface Burst {
  startSample: number;
  endSample: number;
  results: number[];
}

/**
 * Runs the energy windows that are not done yet; each takes one input, in order. How many inferences a window has is
 * planned from a probe. Each window's energy is that of the samples between its two edges, to the nearest sample.
 *
 * @throws {EdgeError} When a window has not exactly two edges.
 * @throws {LostSamplesError} When more than 0.1 % of a window's samples are lost.
 * @throws {WindowError} When no window of ten seconds comes about.
 * @throws {DutError} What could not be mended.
 * @throws {MonitorError} When the monitor fails.
 */
export async function* runEnergy(
  options: EnergyRunOptions,
): AsyncGenerator<EnergyWindowRecord | NoticeRecord | Progress> {
  const { dut, benchmark, inputs, recorder, trace, sampleRateHz, signal } = options;
  const { done = new Set(), clock = systemClock } = options;
  const { resultCount } = benchmark;
  let oneUs: number | undefined;
  const progress = (done: number, text: string): Progress => ({
    type: "progress",
    done,
    total: windowCount,
    unit: "windows",
    text,
  });
  yield progress(done.size, "checking the timestamp pin");
  await checkPin(options);
  for (let index = 0; index < windowCount; index++) {
    if (done.has(index)) continue;
    const { file, label, windowing } = inputs.files[index % inputs.files.length];
    yield progress(index, `loading ${file}`);
    // At once, so that simulated time stands still meanwhile, and a simulated run is the same each time.
    const bytes = Deno.readFileSync(`${inputs.folder}/${file}`);
    signal?.throwIfAborted();
    await dut.load(segmentOf(bytes, 0, windowing));
    oneUs ??= await probe(options, index, clock);
    let reserve = 1;
    let slowestUs = oneUs;
    for (let attempt = 1;; attempt++) {
      const plan = planWindow(oneUs / reserve);
      yield progress(index, `${plan.iterations} inferences on ${file}`);
      signal?.throwIfAborted();
      const deadlineMs = (plan.iterations + plan.warmups) * slowestUs / 1000 * 1.5 + 10_000;
      const burst = await infer(options, index, { ...plan, resultCount, deadlineMs });
      const time = new Date().toISOString();
      const { startSample, endSample, results } = burst;
      if (recorder.length < endSample) {
        throw new LostSamplesError(
          `Cannot score window ${index + 1} as the monitor's samples end before it does`,
          {
            window: index,
            missing: endSample - Math.max(startSample, recorder.length),
            samples: endSample - startSample,
            hint: "Sample at a lower rate, and look at the monitor; the same command then goes on",
          },
        );
      }
      const energy = new CumulativeEnergy(recorder.read(startSample, endSample));
      const { samples, missing, energy: energyUj } = energy.between(0, endSample - startSample);
      if (missing > samples * mostMissing) {
        const share = (100 * missing / samples).toFixed(2);
        throw new LostSamplesError(
          `Cannot score window ${index + 1} as ${share} % of its samples are lost: at most 0.1 %`,
          {
            window: index,
            missing,
            samples,
            hint: "Connect the monitor straight to this machine, or sample at a lower rate; " +
              "the same command then goes on",
          },
        );
      }
      const elapsedUs = samples / sampleRateHz * 1e6;
      // A probe is exact to a percent: ten percent off is an edge that stands for another, or a board that changes its pace.
      const fits = Math.abs(elapsedUs / plan.iterations / oneUs - 1) < 0.1;
      if (elapsedUs >= minimumWindowUs && (fits || attempt > 1)) {
        const window = { type: "energy", time, index, file, label, ...plan, trace } as const;
        yield { ...window, startSample, samples, missing, energyUj, results };
        break;
      }
      const took = `${(elapsedUs / 1e6).toFixed(3)} s for ${plan.iterations} inferences`;
      if (attempt >= mostTries) {
        throw new WindowError(`Cannot get a window of 10 s as the last try took ${took}`, {
          elapsedUs,
          hint: "Check the wire of the DUT's timestamp pin",
        });
      }
      yield {
        type: "notice",
        time,
        text: `Window ${index + 1} took ${took}, not as expected: once more`,
      };
      const triedUs = elapsedUs / plan.iterations;
      const pace = paceAfterTry(oneUs, elapsedUs, plan.iterations);
      oneUs = elapsedUs >= minimumWindowUs ? triedUs : pace.oneUs;
      slowestUs = Math.max(slowestUs, oneUs);
      reserve *= pace.reserve;
    }
  }
  yield progress(windowCount, "done");
}

// One timestamp has to make one edge, before ten minutes are spent on windows without any.
async function checkPin(options: EnergyRunOptions): Promise<void> {
  for (let attempt = 1;; attempt++) {
    const { edges } = await edgesOf(options, 1, () => options.dut.timestamp());
    if (edges.length === 1) return;
    // Pins can jump once while a board starts.
    if (edges.length > 1 && attempt === 1) continue;
    throw new EdgeError(
      `Cannot measure energy as a timestamp of the DUT makes ${edges.length} edges: expected 1`,
      {
        edges,
        expected: 1,
        hint: "Check the wire from the DUT's timestamp pin, and the ground between the boards",
      },
    );
  }
}

// Has something done that makes edges, and waits for them.
async function edgesOf<T>(
  { recorder, ioEdges }: EnergyRunOptions,
  count: number,
  act: () => Promise<T>,
): Promise<{ edges: number[]; result: T }> {
  const before = recorder.edges.length;
  await ioEdges?.begin();
  const result = await act();
  for (const timeMs of await ioEdges?.end() ?? []) recorder.addEdgeAt(timeMs);
  const settled = { settleMs, deadlineMs: edgeDeadlineMs };
  return { edges: await recorder.edgesFrom(before, count, settled), result };
}

async function infer(
  options: EnergyRunOptions,
  window: number,
  command: { iterations: number; warmups?: number; resultCount: number; deadlineMs?: number },
): Promise<Burst> {
  const { edges, result } = await edgesOf(options, 2, () => options.dut.infer(command));
  const { results } = result;
  if (edges.length !== 2) {
    const is = edges.length < 2 ? "one was lost" : "some do not belong there";
    throw new EdgeError(
      `Cannot score window ${window + 1} as it has ${edges.length} edges, not 2: ${is}`,
      {
        window,
        edges,
        expected: 2,
        hint: `Check the wire from the DUT's timestamp pin to the ${
          options.ioEdges ? "IO manager" : "monitor"
        }; the same command then goes on`,
      },
    );
  }
  const [startSample, endSample] = edges.map(Math.round);
  if (endSample <= startSample) {
    throw new EdgeError(`Cannot score window ${window + 1} as its edges are in the same sample`, {
      window,
      edges,
      expected: 2,
      hint: "Sample at a higher rate",
    });
  }
  return { startSample, endSample, results };
}

// Measures inferences until they last long enough to plan by; gives µs of one.
async function probe(options: EnergyRunOptions, window: number, clock: Clock): Promise<number> {
  const { benchmark: { resultCount }, sampleRateHz } = options;
  const began = clock.now();
  for (let iterations = 1;;) {
    let elapsedMs = 0;
    try {
      const { startSample, endSample } = await infer(options, window, { iterations, resultCount });
      elapsedMs = (endSample - startSample) / sampleRateHz * 1000;
    } catch (error) {
      // Short ones can end in the sample in which they begin.
      const isShort = error instanceof EdgeError && error.edges.length === 2;
      if (!isShort || iterations >= 1e7) throw error;
    }
    if (elapsedMs >= shortestProbeMs) return elapsedMs * 1000 / iterations;
    if (iterations >= 1e7 || clock.now() - began > 120_000) {
      throw new WindowError(
        `Cannot plan a window as ${iterations} inferences take ${elapsedMs.toFixed(1)} ms`,
        { elapsedUs: elapsedMs * 1000, hint: "Check the wire of the DUT's timestamp pin" },
      );
    }
    const factor = Math.ceil(1.5 * shortestProbeMs / Math.max(elapsedMs, 1));
    iterations *= Math.min(100, Math.max(2, factor));
  }
}
