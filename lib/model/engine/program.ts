import { ModelError } from "../errors.ts";
import { CALL_BYTES, type MemoryImage, memoryImage } from "./memory_image.ts";
import type { Plan } from "./plan.ts";

const PAGE_BYTES = 65536;

/** Where programs begin: the engine's own stack and constants take less than the first page. */
const BASE = PAGE_BYTES;

/** A plan laid out in the memory of the engine: plain data, for this thread or another. */
export interface Program extends MemoryImage {
  callCount: number;
  inputBytes: number;
  outputBytes: number;
}

/**
 * Lays a plan out.
 *
 * @param maxBytes What the program needs may be this large.
 * @throws {ModelError} It is larger.
 */
export function programOf(plan: Plan, maxBytes: number): Program {
  const image = memoryImage(plan, BASE);
  if (image.size > maxBytes) {
    throw new ModelError(
      `Cannot run the model as it takes ${image.size} bytes of memory: expected at most ${maxBytes}`,
    );
  }
  return {
    ...image,
    callCount: plan.calls.length,
    inputBytes: plan.slots[plan.input.slot].bytes,
    outputBytes: plan.slots[plan.output.slot].bytes,
  };
}

/** A program in an instance of the engine. */
export class ProgramRunner {
  /** Views of the memory: where a run finds its input, and where it leaves its output. */
  readonly input: Int8Array;
  readonly output: Int8Array;
  readonly #run: (calls: number, count: number) => void;
  readonly #program: Program;

  constructor(program: Program, module: WebAssembly.Module) {
    const { exports } = new WebAssembly.Instance(module);
    const memory = exports.memory as WebAssembly.Memory;
    const missing = BASE + program.size - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
    new Uint8Array(memory.buffer).set(program.bytes, BASE);
    this.input = new Int8Array(memory.buffer, program.input, program.inputBytes);
    this.output = new Int8Array(memory.buffer, program.output, program.outputBytes);
    this.#run = exports.engine_run as (calls: number, count: number) => void;
    this.#program = program;
  }

  /** Runs the whole program, or `count` of its calls from `first` on. */
  run(first = 0, count: number = this.#program.callCount): void {
    this.#run(this.#program.calls + first * CALL_BYTES, count);
  }

  /** One run after another: inputs end to end, outputs likewise. */
  runBatch(inputs: Int8Array): Int8Array {
    const size = this.input.length;
    const count = inputs.length / size;
    const outputs = new Int8Array(count * this.output.length);
    for (let i = 0; i < count; i++) {
      this.input.set(inputs.subarray(i * size, (i + 1) * size));
      this.run();
      outputs.set(this.output, i * this.output.length);
    }
    return outputs;
  }
}
