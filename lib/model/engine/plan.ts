/**
 * A model as a list of kernel calls: what a graph is lowered to, before it is written into a memory or into C.
 *
 * @module
 */
import type { Tensor } from "../graph.ts";
import type { Rounding } from "../int8/requantize.ts";
import type { Channels } from "./channels.ts";
import type { EngineTarget } from "./layout.ts";

/** The kernels of firmware/engine, in the order of their numbers in plan.h. */
export const kernelNames = [
  "conv_2d",
  "depthwise_conv_2d",
  "fully_connected",
  "average_pool_2d",
  "max_pool_2d",
  "add",
  "mul",
  "lookup",
  "mean",
  "softmax",
  "fill",
  "move",
  "quantize",
  "dequantize",
] as const;

/** One of the kernels of firmware/engine. */
export type KernelName = typeof kernelNames[number];

/** A field of a kernel's parameters. Numbers are int32; typed arrays and channels are pointed to. */
export type Field =
  | number
  | { float32: number }
  | readonly number[]
  | Int8Array
  | Int32Array
  | Channels
  | Fields;

/** A kernel's parameters, in the order of the struct in engine.h. */
export interface Fields {
  readonly [name: string]: Field;
}

/** One call. Inputs and output are indices into {@linkcode Plan.slots}. */
export interface KernelCall {
  kernel: KernelName;
  params: Fields;
  inputs: readonly number[];
  output: number;
  /** Working memory during the call. */
  scratchBytes: number;
  /** Index of the operator that the call belongs to. */
  operator: number;
}

/** The memory of one tensor, or of several that are the same bytes. */
export interface Slot {
  bytes: number;
  /** The bytes of a constant; undefined for an activation. */
  data?: Uint8Array;
}

/** A lowered model. */
export interface Plan {
  target: EngineTarget;
  rounding: Rounding;
  slots: readonly Slot[];
  calls: readonly KernelCall[];
  /** What a run takes: its tensor, and the slot of its values. */
  input: { tensor: Tensor; slot: number };
  /** What a run gives. */
  output: { tensor: Tensor; slot: number };
}
