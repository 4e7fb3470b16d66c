import { InputError } from "../../errors.ts";
import { elementCount, type Graph } from "../../model/graph.ts";
import { loadModel } from "../../model/load_model.ts";
import { positionals, readArguments, required } from "../arguments.ts";
import { ExitCode } from "../exit_code.ts";
import { inputRoundingOf, roundingOf } from "./arithmetic.ts";

const usage = `Usage: thimble model run MODEL --input FILE [OPTIONS]

Runs one inference on a file of raw values and prints the outputs, one line.

  --input FILE         raw values, little-endian
  --type T             int8, uint8 or float32: what FILE holds  [what the model takes]
  --arithmetic A       tflm (rounds twice, TFLite Micro) or single (rounds once)  [tflm]
  --input-rounding R   round or truncate: how float32 becomes int8  [round]
  --float              run in float32, through onnxruntime-web
  --json               print JSON
  --help               print this`;

/** `thimble model run`. */
export async function runModelCommand(args: string[]): Promise<number> {
  const parsed = readArguments(args, {
    input: { type: "string" },
    type: { type: "string" },
    arithmetic: { type: "string" },
    "input-rounding": { type: "string" },
    float: { type: "boolean" },
    json: { type: "boolean" },
    help: { type: "boolean" },
  }, "model run");
  const { values } = parsed;
  if (values.help) {
    console.log(usage);
    return ExitCode.done;
  }
  const [path] = positionals(parsed, ["MODEL"]);
  const file = required(values.input, "--input");
  const rounding = roundingOf(values.arithmetic);
  const inputRounding = inputRoundingOf(values["input-rounding"]);
  const graph = await loadModel(path);
  const modelTakes = graph.tensors[graph.inputs[0]].type;
  const elements = await readElements(file, values.type ?? modelTakes, graph);
  let outputs: number[];
  if (values.float || modelTakes === "float32") {
    const { runFloat } = await import("../../model/float/float_executor.ts");
    outputs = Array.from(await runFloat(graph, Float32Array.from(elements)));
  } else {
    const { Int8Engine } = await import("../../model/engine/int8_engine.ts");
    const { quantizeInput } = await import("../../model/int8/quantize_input.ts");
    using engine = await Int8Engine.load(graph, { rounding });
    outputs = Array.from(engine.run(quantizeInput(elements, engine.input, inputRounding)));
  }
  console.log(values.json ? JSON.stringify(outputs) : outputs.join(" "));
  return ExitCode.done;
}

async function readElements(
  file: string,
  type: string,
  graph: Graph,
): Promise<Int8Array | Uint8Array | Float32Array> {
  const makers: Record<string, (bytes: Uint8Array) => Int8Array | Uint8Array | Float32Array> = {
    int8: (bytes) => new Int8Array(bytes.buffer),
    uint8: (bytes) => bytes,
    float32: (bytes) => new Float32Array(bytes.buffer, 0, bytes.length >> 2),
  };
  if (!Object.hasOwn(makers, type)) {
    throw new InputError(`Cannot read '${type}' values`, {
      source: "--type",
      hint: "Name int8, uint8 or float32",
    });
  }
  let bytes: Uint8Array;
  try {
    bytes = (await Deno.readFile(file)).slice();
  } catch (cause) {
    throw new InputError(`Cannot open the input '${file}'`, { source: file, cause });
  }
  const elements = makers[type](bytes);
  const expected = elementCount(graph.tensors[graph.inputs[0]].shape);
  const whole = elements.byteLength === bytes.length;
  if (elements.length !== expected || !whole) {
    throw new InputError(
      `Cannot use '${file}' as it has ${bytes.length} bytes: ${expected} values of '${type}' expected`,
      { source: file, hint: "Name what it holds with --type" },
    );
  }
  return elements;
}
