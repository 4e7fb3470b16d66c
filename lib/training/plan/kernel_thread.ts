import { kernelsModule } from "../kernels/kernels_module.js";

/** What a thread needs to run programs: plain data, which can go to a worker. */
export interface ThreadJob {
  memory: WebAssembly.Memory;
  /** Upper end of the thread's stack; undefined for the first thread, which has the module's own. */
  stack?: number;
  /** Addresses, in bytes. */
  control: number;
  scratch: number;
}

/** A program in memory. */
export interface PlacedProgram {
  offset: number;
  words: number;
}

/** Makes a thread ready: what it returns runs a program, together with all other threads. */
export function prepareThread(job: ThreadJob): (program: PlacedProgram) => void {
  const { exports } = new WebAssembly.Instance(kernelsModule, {
    env: { memory: job.memory },
    math: { exp: Math.exp, log: Math.log },
  });
  if (job.stack !== undefined) {
    (exports.__stack_pointer as WebAssembly.Global).value = job.stack;
  }
  const run = exports.run as (
    control: number,
    plan: number,
    words: number,
    scratch: number,
  ) => void;
  return ({ offset, words }) => run(job.control, offset, words, job.scratch);
}
