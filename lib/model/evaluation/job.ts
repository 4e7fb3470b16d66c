import type { Program } from "../engine/program.ts";
import { ProgramRunner } from "../engine/program.ts";
import type { Tensor } from "../graph.ts";
import { type InputRounding, quantizeInput } from "../int8/quantize_input.ts";

/** Values of several inputs, end to end. */
export type Values = Int8Array<ArrayBuffer> | Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

/** All that a thread needs to evaluate: plain data, which can go to a worker. */
export interface EvaluationJob {
  program: Program;
  module: WebAssembly.Module;
  /** The model's input. */
  tensor: Tensor;
  inputRounding: InputRounding;
}

/** Makes a job ready in this thread: what it returns gives the outputs of inputs, end to end. */
export function prepare(job: EvaluationJob): (values: Values) => Int8Array {
  const { program, module, tensor, inputRounding } = job;
  const runner = new ProgramRunner(program, module);
  return (values) =>
    runner.runBatch(
      values instanceof Int8Array ? values : quantizeInput(values, tensor, inputRounding),
    );
}
