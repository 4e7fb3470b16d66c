/**
 * Whether the edges of a window stand where its power says that they should.
 *
 * @module
 */
import type { CumulativeEnergy } from "./cumulative_energy.ts";

/** One edge of a window beside the power around it. */
export interface EdgeAlignment {
  /** Energy that the window would gain or lose if the edge slipped by one sample, the larger of both ways, in µJ. */
  slipUj: number;
  /** Where the power makes its largest step nearby, in samples from the edge; undefined where it makes none. */
  stepSamples?: number;
  /** Height of that step in µJ a sample. */
  stepUj?: number;
  /** Whether the step is clearly elsewhere than the edge. */
  isDoubtful: boolean;
}

/** Both edges of a window. */
export interface WindowAlignment {
  /** Where it begins. */
  start: EdgeAlignment;
  /** Where it ends. */
  end: EdgeAlignment;
  /** Energy change if one edge slips by one sample, the worst of both, in percent of the window. */
  slipPercent: number;
}

/** How {@linkcode windowAlignment} looks. */
export interface AlignmentOptions {
  /** How far from an edge a step is looked for, in samples. @default {200} */
  reach?: number;
  /** Samples that are averaged on either side of a step. @default {20} */
  span?: number;
  /** How far from the edge a step may be, in samples. @default {5} */
  tolerance?: number;
}

/**
 * Compares the edges of a window with the steps of the power around them. Where the board computes from one edge to the
 * other, and does less before and after, its power steps at the edges; a step that stands clearly elsewhere is a reason to
 * doubt the wire, the monitor's clock or the firmware. After warm-ups there is no step at the start, and nothing is said.
 *
 * A step counts where the means of `span` samples on either side differ by a tenth of the window's mean power and by six
 * times the typical difference nearby. An edge is doubtful where the step is farther than `tolerance` away and higher than
 * what the power does at the edge itself, and where the samples between both are clearly of the other side: a board's power
 * steps inside of windows too, from layer to layer.
 *
 * @param energy Of the whole trace.
 * @param startSample First sample of the window.
 * @param samples Samples in it.
 *
 * @example
 * ```ts
 * import { CumulativeEnergy, windowAlignment } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const samples = new Float32Array(3000).fill(10).fill(100, 1000, 2000);
 * const energy = new CumulativeEnergy(samples);
 * assert.equal(windowAlignment(energy, 1000, 1000).start.isDoubtful, false);
 * const late = windowAlignment(energy, 1030, 1000);
 * assert.deepEqual([late.start.stepSamples, late.start.isDoubtful], [-30, true]);
 * ```
 */
export function windowAlignment(
  energy: CumulativeEnergy,
  startSample: number,
  samples: number,
  options: AlignmentOptions = {},
): WindowAlignment {
  const whole = energy.between(startSample, startSample + samples).energy;
  const meanUj = whole / samples;
  const settings = { reach: 200, span: 20, tolerance: 5, ...options };
  const start = edgeAlignment(energy, startSample, "start", meanUj, settings);
  const end = edgeAlignment(energy, startSample + samples, "end", meanUj, settings);
  return { start, end, slipPercent: 100 * Math.max(start.slipUj, end.slipUj) / whole };
}

function edgeAlignment(
  energy: CumulativeEnergy,
  edge: number,
  side: "start" | "end",
  meanUj: number,
  { reach, span, tolerance }: Required<AlignmentOptions>,
): EdgeAlignment {
  const sample = (index: number) => Math.abs(energy.between(index, index + 1).measured);
  const slipUj = Math.max(sample(edge - 1), sample(edge));
  const unclear = { slipUj, isDoubtful: false };
  // At the start power rises, at the end it falls; so does what lies outside beside the window.
  const sign = side === "start" ? 1 : -1;
  const first = Math.max(edge - reach, span);
  const last = Math.min(edge + reach, energy.length - span);
  const heights: number[] = [];
  for (let at = first; at <= last; at++) {
    const height = sign * stepAt(energy, at, span);
    heights.push(Number.isFinite(height) ? height : 0);
  }
  if (heights.length === 0) return unclear;
  const highest = heights.reduce((a, b) => Math.max(a, b));
  const typical = heights.map(Math.abs).sort((a, b) => a - b)[heights.length >> 1];
  if (highest < 0.1 * meanUj || highest < 6 * typical) return unclear;
  // Of a flat top its middle.
  const top = heights.flatMap((height, i) => height >= highest * (1 - 1e-9) ? [i] : []);
  const step = first + top[top.length >> 1];
  const isFar = Math.abs(step - edge) > tolerance && highest > 1.2 * (heights[edge - first] ?? 0);
  return {
    slipUj,
    stepSamples: step - edge,
    stepUj: stepAt(energy, step, span),
    isDoubtful: isFar && isOutOfPlace(energy, edge, step, side, meanUj, reach),
  };
}

// What lies between edge and step has to look like the other side of the edge, to a quarter of the difference of both.
function isOutOfPlace(
  energy: CumulativeEnergy,
  edge: number,
  step: number,
  side: "start" | "end",
  insideUj: number,
  reach: number,
): boolean {
  const mean = (from: number, to: number) => {
    const { energy: sum, samples } = energy.between(from, to);
    return sum / samples;
  };
  const outsideUj = side === "start"
    ? mean(Math.min(edge, step) - reach, Math.min(edge, step))
    : mean(Math.max(edge, step), Math.max(edge, step) + reach);
  const betweenUj = mean(Math.min(edge, step), Math.max(edge, step));
  const isInside = side === "start" ? step > edge : step < edge;
  const otherUj = isInside ? outsideUj : insideUj;
  return Math.abs(betweenUj - otherUj) < 0.25 * Math.abs(insideUj - outsideUj);
}

function stepAt(energy: CumulativeEnergy, at: number, span: number): number {
  const after = energy.between(at, at + span).energy;
  return (after - energy.between(at - span, at).energy) / span;
}
