/**
 * How long a simulated board takes, from a few documented figures. It is a model, not a measurement: it gives durations
 * of a believable size, the same on every machine, and nothing more.
 *
 * @module
 */

/** Cycles of a simulated processor. */
export interface CostModel {
  /** What is modelled, for whoever reads the result. */
  name: string;
  /** Cycles a second. */
  clockHz: number;
  /** Cycles of one multiply-accumulate. */
  cyclesPerMac: number;
  /** Cycles of an inference besides. */
  cyclesPerInference: number;
}

/**
 * The default: a Cortex-M4F at 120 MHz with int8 kernels that use its dual multiply-accumulate, in round figures.
 * 2.4 cycles a multiply-accumulate is what instruction counts of such kernels give; nothing was measured on silicon.
 */
export const cortexM4Cost: CostModel = {
  name: "cost model of a Cortex-M4F at 120 MHz (2.4 cycles a multiply-accumulate)",
  clockHz: 120_000_000,
  cyclesPerMac: 2.4,
  cyclesPerInference: 24_000,
};

/**
 * Simulated duration of one inference in µs, whole.
 *
 * @param macs Multiply-accumulates of the model.
 *
 * @example
 * ```ts
 * import { cortexM4Cost, inferenceUs } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.equal(inferenceUs(2_656_768, cortexM4Cost), 53_335);
 * ```
 */
export function inferenceUs(macs: number, cost: CostModel): number {
  return Math.round((macs * cost.cyclesPerMac + cost.cyclesPerInference) / cost.clockHz * 1e6);
}
