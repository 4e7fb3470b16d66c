import { TrainingError } from "./errors.ts";

/**
 * A range of the plan's memory, in floats: `whole`, or with a part of `stride` floats for each item of the batch or each
 * of its shards.
 */
export interface Buffer {
  readonly each: "whole" | "item" | "shard";
  /** Floats of a part; of all where it is whole. */
  readonly stride: number;
  readonly bytes: number;
  /** Whether it keeps its place and values from step to step. */
  readonly lasting: boolean;
  /** Where it begins. Of those that do not last, known once the arena is planned. */
  offset: number;
}

/** Stacks of threads. */
const STACK_BYTES = 16384;
/** Below lie the first thread's stack and whatever the compiler put there. */
const FIRST_BYTE = 65536;
const ALIGNMENT = 128;
/** What WebAssembly can address. */
const MOST_BYTES = 2 ** 32 - 65536;
const CONTROL_FLOATS = 32;
/** Kernels read up to three vectors beyond the end of a buffer. */
const SLACK_BYTES = 64;

/** Fields of `struct control`, see kernels.h: indices of 32-bit words. */
export const controlWords = {
  finished: 3,
  threads: 4,
  shards: 5,
  items: 6,
  step: 7,
  seed: 8,
  update: 9,
  rate: 10,
  decay: 11,
} as const;

const aligned = (bytes: number) => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** Lays out what lasts: control, weights, tables. The arena and the programs come behind it. */
export class PlanMemory {
  readonly control: Buffer;
  /** 1 where the step's loss is a number, else 0. */
  readonly finite: Buffer;
  readonly #constants: { buffer: Buffer; values: Int32Array }[] = [];
  readonly #tables = new Map<string, Buffer>();
  #bytes = FIRST_BYTE;

  constructor(readonly batchSize: number, readonly shards: number) {
    this.control = this.allocate(CONTROL_FLOATS);
    this.finite = this.allocate(1);
  }

  /** Bytes that are taken. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes memory that lasts. */
  allocate(floats: number): Buffer {
    const offset = this.#bytes;
    const bytes = floats * 4;
    this.#bytes = aligned(offset + bytes + SLACK_BYTES);
    if (this.#bytes > MOST_BYTES) throw tooLarge(this.#bytes);
    return { each: "whole", stride: floats, bytes, lasting: true, offset };
  }

  /** One buffer for each item of the batch, which lasts. */
  allocateItems(size: number): Buffer {
    return { ...this.allocate(size * this.batchSize), each: "item", stride: size };
  }

  /** Integers that kernels read; those of one key are kept once. */
  table(key: string, make: () => ArrayLike<number>): Buffer {
    const known = this.#tables.get(key);
    if (known) return known;
    const values = Int32Array.from(make());
    const buffer = this.allocate(values.length);
    this.#constants.push({ buffer, values });
    this.#tables.set(key, buffer);
    return buffer;
  }

  /** Takes memory for a thread other than the first: its stack, from its upper end. */
  allocateStack(): number {
    return this.allocate(STACK_BYTES / 4).offset + STACK_BYTES;
  }

  /** Room for an arena: from here on nothing else is taken from it. */
  reserve(bytes: number): number {
    return this.allocate(Math.ceil(bytes / 4)).offset;
  }

  /** The memory itself, with its tables. */
  create(): WebAssembly.Memory {
    const pages = Math.ceil(this.#bytes / 65536) + 1;
    let memory: WebAssembly.Memory;
    try {
      memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    } catch (error) {
      if (error instanceof RangeError) throw tooLarge(this.#bytes, error);
      throw error;
    }
    const words = new Int32Array(memory.buffer);
    for (const { buffer, values } of this.#constants) words.set(values, buffer.offset / 4);
    return memory;
  }
}

/** A part of a buffer that is whole. */
export function partOf(buffer: Buffer, firstFloat: number, floats: number): Buffer {
  return { ...buffer, stride: floats, bytes: floats * 4, offset: buffer.offset + firstFloat * 4 };
}

function tooLarge(bytes: number, cause?: unknown): TrainingError {
  return new TrainingError(
    `Cannot plan a training step in ${Math.ceil(bytes / 2 ** 20)} MiB of memory`,
    { cause, hint: "Lower 'batchSize'" },
  );
}
