import { InputError } from "../errors.ts";
import { ExitCode } from "./exit_code.ts";

const usage = `Usage: thimble model COMMAND MODEL… [OPTIONS]

  info MODEL             operators, multiply-accumulates, memory, layer by layer
  run MODEL              one inference on a file of raw values
  convert MODEL OUT      TFLite to ONNX or back
  compare A B            same graph? which weights differ? is B a quantization of A?
  fingerprint MODEL      which arithmetic made a log of outputs
  evaluate MODEL         top-1 and AUC on a data set, in exact int8

MODEL is a .tflite or .onnx file. 'thimble model COMMAND --help' tells more.`;

const commands: Record<string, () => Promise<(args: string[]) => Promise<number>>> = {
  info: async () => (await import("./model/info.ts")).infoCommand,
  run: async () => (await import("./model/run.ts")).runModelCommand,
  convert: async () => (await import("./model/convert.ts")).convertCommand,
  compare: async () => (await import("./model/compare.ts")).compareCommand,
  fingerprint: async () => (await import("./model/fingerprint.ts")).fingerprintCommand,
  evaluate: async () => (await import("./model/evaluate.ts")).evaluateCommand,
};

/** `thimble model`. */
export async function modelCommand(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help") {
    console.log(usage);
    return name === undefined ? ExitCode.usage : ExitCode.done;
  }
  if (!Object.hasOwn(commands, name)) {
    throw new InputError(`Cannot find the command 'model ${name}'`, {
      source: "arguments",
      hint: `There are ${Object.keys(commands).join(", ")}`,
    });
  }
  return await (await commands[name]())(rest);
}
