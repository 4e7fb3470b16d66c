/**
 * Records the kernel calls of a step, finds memory for what they need, and puts barriers where calls depend on each
 * other.
 *
 * @module
 */
import { planArena } from "../../model/plan_arena.ts";
import { type ArgumentKind, type CallDeclaration, type CallKind, calls } from "../kernels/calls.ts";
import { Value, Weight } from "./value.ts";
import type { Buffer, PlanMemory } from "./plan_memory.ts";
import type { WeightMemory } from "./weight_memory.ts";

/**
 * When a call is made. `prepare`: what is made of weights, before the batch is looked at; `forward` and `backward`: what
 * is made of the batch; `gather`: gradients of what the model has once, brought together from the shards, in the order
 * of the gradients; `update`: the optimiser, and moving averages.
 *
 * All calls of a phase come before those of the next, whenever they are recorded. What a call reads of an earlier phase
 * has to be there still: see `keepGradient`.
 */
export type Phase = "prepare" | "forward" | "backward" | "gather" | "update";

const phases: readonly Phase[] = ["prepare", "forward", "backward", "gather", "update"];

/** The arguments of a call. `parts` is added by itself. */
export type CallArguments<K extends CallKind> = {
  [N in Exclude<keyof (typeof calls)[K]["arguments"], "parts">]:
    (typeof calls)[K]["arguments"][N] extends "int" | "float" ? number : Buffer | null;
};

interface RecordedCall {
  kind: CallKind;
  /** 0 where it is made for each shard. */
  parts: number;
  values: { readonly [name: string]: number | Buffer | null };
}

/** Memory that a call reads or writes. */
interface Access {
  buffer: Buffer;
  /** Whether it is only the shard's part. */
  own: boolean;
  writes: boolean;
  /** Whether it writes where no other call does that fills the same buffer. */
  fills: boolean;
}

/** A program for plan.c, but for the arena's place. */
export interface RecordedProgram {
  /** Of all that does not last. */
  arenaBytes: number;
  /** Floats of scratch memory that each thread needs. */
  scratchFloats: number;
  /** The words, once the arena has its place. */
  encode(arenaOffset: number): Int32Array;
}

/** Elements of a part, where elements are worked on one by one. */
const PART_ELEMENTS = 8192;

/** Parts for a call on so many elements. */
export function elementParts(count: number): number {
  return Math.max(1, Math.ceil(count / PART_ELEMENTS));
}

/** Takes the calls of operations down. */
export class Recorder {
  readonly #calls = new Map<Phase, RecordedCall[]>(phases.map((phase) => [phase, []]));
  readonly #data = new Map<Value, Buffer>();
  readonly #gradients = new Map<Value, Buffer>();
  readonly #needs = new Set<Value>();
  /** Whose gradient a buffer is, of those that have yet to be read. */
  readonly #holders = new Map<Buffer, Set<Value>>();
  /** Stands for calls that are made later. */
  readonly #kept = new Value("kept", []);
  #scratchFloats = 0;

  /**
   * Begins a recording.
   *
   * @param training Whether gradients are wanted, and operations behave as in training.
   */
  constructor(
    readonly memory: PlanMemory,
    readonly weights: WeightMemory,
    readonly training: boolean,
  ) {
    for (const weight of weights.all) {
      if (training && weight.trainable) this.#needs.add(weight);
    }
  }

  /** A value's memory. */
  data(value: Value): Buffer {
    if (value instanceof Weight) return this.weights.of(value);
    let buffer = this.#data.get(value);
    if (!buffer) {
      buffer = value.each === "item" ? this.items(value.size) : this.whole(value.size);
      this.#data.set(value, buffer);
    }
    return buffer;
  }

  /** Gives a value memory that is there: the input's, or that of a value with the same elements. */
  place(value: Value, buffer: Buffer): void {
    this.#data.set(value, buffer);
  }

  /** Whether the loss depends on trainable weights by way of this value. */
  needsGradient(value: Value): boolean {
    return this.#needs.has(value);
  }

  /** Says that it does. */
  needGradient(value: Value): void {
    this.#needs.add(value);
  }

  /** Whether anything was added to a value's gradient. */
  hasGradient(value: Value): boolean {
    return this.#gradients.has(value);
  }

  /** Says that a value's gradient was read, by the operation that makes the value: it may be changed. */
  releaseGradient(value: Value): void {
    this.#holders.get(this.gradient(value))!.delete(value);
  }

  /** The gradient of a value that operations after it have added to. */
  gradient(value: Value): Buffer {
    const buffer = this.#gradients.get(value);
    if (!buffer) throw new Error(`The value '${value.name}' has no gradient yet`);
    return buffer;
  }

  /**
   * Where to put a part of a value's gradient, and whether it is to be added to what is there (1) or not (0);
   * undefined where nobody needs it.
   */
  addGradient(value: Value): { buffer: Buffer; accumulate: 0 | 1 } | undefined {
    if (!this.#needs.has(value)) return undefined;
    const known = this.#gradients.get(value);
    if (!known) {
      const buffer = this.#newGradient(value);
      this.#hold(value, buffer);
      return { buffer, accumulate: 0 };
    }
    const buffer = this.#writableGradient(value);
    if (buffer !== known) this.#copy(known, buffer, value.size);
    return { buffer, accumulate: 1 };
  }

  /** Where an operation may change its output's gradient: in its place, or beside it where others still need it. */
  changedGradient(output: Value): Buffer {
    return this.#writableGradient(output);
  }

  /** Keeps a gradient as it is to the end, for calls of `gather`. */
  keepGradient(value: Value): Buffer {
    const buffer = this.gradient(value);
    this.#holders.get(buffer)!.add(this.#kept);
    return buffer;
  }

  /** Adds a gradient to those of an operation's inputs as it is; values share its memory until one of them is added to. */
  passGradient(from: Buffer, output: Value, inputs: readonly Value[]): void {
    this.#holders.get(from)?.delete(output);
    for (const input of inputs) {
      if (!this.#needs.has(input)) continue;
      if (!this.#gradients.has(input)) {
        this.#hold(input, from);
        continue;
      }
      const { buffer, accumulate } = this.addGradient(input)!;
      const { size } = input;
      this.call("backward", "transfer", { x: from, y: buffer, size, accumulate });
    }
  }

  #newGradient(value: Value): Buffer {
    if (value instanceof Weight) return this.weights.gradientOf(value);
    return value.each === "item" ? this.items(value.size) : this.whole(value.size);
  }

  #hold(value: Value, buffer: Buffer): void {
    this.#gradients.set(value, buffer);
    const holders = this.#holders.get(buffer);
    if (holders) holders.add(value);
    else this.#holders.set(buffer, new Set([value]));
  }

  #writableGradient(value: Value): Buffer {
    const known = this.gradient(value);
    const holders = this.#holders.get(known)!;
    if (![...holders].some((other) => other !== value)) return known;
    holders.delete(value);
    const buffer = this.#newGradient(value);
    this.#hold(value, buffer);
    return buffer;
  }

  #copy(x: Buffer, y: Buffer, size: number): void {
    if (x.each === "whole") throw new Error("The gradient of what a model has once is kept");
    this.call("backward", "transfer", { x, y, size, accumulate: 0 });
  }

  /** Adds the sum of all shards' partial gradients to that of a value which the model has once. */
  gatherGradient(value: Value, partials: Buffer): void {
    const { buffer, accumulate } = this.addGradient(value)!;
    this.call("gather", "reduce", {
      partials,
      weights: null,
      gradient: buffer,
      count: value.size,
      l2: 0,
      accumulate,
    }, elementParts(value.size));
  }

  /** Memory for each item of the batch, for as long as calls use it. */
  items(size: number): Buffer {
    return this.#temporary("item", size, size * this.memory.batchSize);
  }

  /** Memory for each shard of the batch. */
  shards(size: number): Buffer {
    return this.#temporary("shard", size, size * this.memory.shards);
  }

  /** Memory for one value. */
  whole(size: number): Buffer {
    return this.#temporary("whole", size, size);
  }

  #temporary(each: Buffer["each"], stride: number, floats: number): Buffer {
    return { each, stride, bytes: floats * 4, lasting: false, offset: NaN };
  }

  /** Asks for so much scratch memory in every thread. */
  scratch(floats: number): void {
    this.#scratchFloats = Math.max(this.#scratchFloats, floats);
  }

  /**
   * Records a call.
   *
   * @param parts Of a call that is made once: in how many parts.
   */
  call<K extends CallKind>(phase: Phase, kind: K, values: CallArguments<K>, parts = 1): void {
    const declaration: CallDeclaration = calls[kind];
    const call: RecordedCall = {
      kind,
      parts: declaration.each === "shard" ? 0 : parts,
      values: { ...values, parts },
    };
    for (const { buffer, own, writes } of accesses(call)) {
      if (writes && declaration.each === "shard" && !own) {
        throw new Error(`Each shard would write all ${buffer.stride} floats in '${kind}'`);
      }
    }
    this.#calls.get(phase)!.push(call);
  }

  /** Ends the recording. */
  finish(): RecordedProgram {
    const recorded = phases.flatMap((phase) => this.#calls.get(phase)!);
    const uses = new Map<Buffer, { firstUse: number; lastUse: number }>();
    recorded.forEach((call, index) => {
      for (const { buffer } of accesses(call)) {
        if (buffer.lasting) continue;
        const use = uses.get(buffer);
        if (use) use.lastUse = index;
        else uses.set(buffer, { firstUse: index, lastUse: index });
      }
    });
    const buffers = [...uses.keys()];
    // Kernels read up to three vectors beyond the end.
    const plan = planArena(
      buffers.map((buffer) => ({ bytes: buffer.bytes + 64, ...uses.get(buffer)! })),
      128,
    );
    return {
      arenaBytes: plan.bytes,
      scratchFloats: this.#scratchFloats,
      encode: (arenaOffset) => {
        buffers.forEach((buffer, i) => buffer.offset = arenaOffset + plan.offsets[i]);
        return encodeRegions(regionsOf(recorded));
      },
    };
  }
}

const pointers: readonly ArgumentKind[] = ["read", "readAll", "write", "fill", "update"];

function accesses({ kind, values }: RecordedCall): Access[] {
  const { each, arguments: kinds }: CallDeclaration = calls[kind];
  return Object.entries(kinds).flatMap(([name, argument]): Access[] => {
    const buffer = values[name];
    if (!pointers.includes(argument) || buffer === null || typeof buffer === "number") return [];
    return [{
      buffer,
      own: each === "shard" && argument !== "readAll" && buffer.each !== "whole",
      writes: argument === "write" || argument === "fill" || argument === "update",
      fills: argument === "fill",
    }];
  });
}

/** Whether a call has to wait until all of another are done. */
function depend(a: Access, b: Access): boolean {
  if (!a.writes && !b.writes) return false;
  const x = a.buffer, y = b.buffer;
  if (a.fills && b.fills && x === y) return false;
  if (x.offset + x.bytes <= y.offset || y.offset + y.bytes <= x.offset) return false;
  const samePart = a.own && b.own && x.offset === y.offset && x.each === y.each &&
    x.stride === y.stride;
  return !samePart;
}

/** Calls between which threads need not wait for each other. */
function regionsOf(recorded: readonly RecordedCall[]): RecordedCall[][] {
  const regions: RecordedCall[][] = [];
  let region: RecordedCall[] = [];
  let touched: Access[] = [];
  for (const call of recorded) {
    const touches = accesses(call);
    if (touches.some((access) => touched.some((other) => depend(access, other)))) {
      regions.push(region);
      region = [];
      touched = [];
    }
    region.push(call);
    touched.push(...touches);
  }
  return [...regions, region].filter(({ length }) => length > 0);
}

const kinds = Object.keys(calls);

/** The words of plan.c's region_head and call_head. */
function encodeRegions(regions: readonly RecordedCall[][]): Int32Array {
  const words: number[] = [];
  for (const region of regions) {
    const body = region.flatMap((call) => {
      const fields = Object.entries(calls[call.kind].arguments as CallDeclaration["arguments"])
        .map(([name, kind]) => word(call.values[name], kind));
      return [kinds.indexOf(call.kind), fields.length + 3, call.parts, ...fields];
    });
    const parts = region.reduce((sum, call) => sum + call.parts, 0);
    const sharded = region.some((call) => call.parts === 0);
    for (const part of [body.length, parts, Number(sharded)]) words.push(part);
    for (const value of body) words.push(value);
  }
  return Int32Array.from(words);
}

const bits = new DataView(new ArrayBuffer(4));

function word(value: number | Buffer | null, kind: ArgumentKind): number {
  if (value === null) return 0;
  if (typeof value !== "number") return value.offset | 0;
  if (kind !== "float") return value;
  bits.setFloat32(0, value);
  return bits.getInt32(0);
}
