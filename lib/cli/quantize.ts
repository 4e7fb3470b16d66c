import { basename } from "node:path";
import { InputError } from "../errors.ts";
import { calibrationMethods } from "../training/quantization/clip_range.ts";
import { elementCount, type Graph } from "../model/graph.ts";
import { loadModel } from "../model/load_model.ts";
import { remainingMs } from "../runner/progress.ts";
import type { LossExplanation } from "../training/quantization/explain_loss.ts";
import type { StoredInput } from "../training/quantization/calibration_data.ts";
import type { QuantizationRecipe } from "../training/quantization/recipe.ts";
import type { QuantizedModel } from "../training/quantization/quantize_model.ts";
import { readText } from "../sessions/read_text.ts";
import {
  oneOf,
  positionals,
  readArguments,
  realNumber,
  required,
  wholeNumber,
} from "./arguments.ts";
import { ExitCode } from "./exit_code.ts";
import { ProgressLine } from "./progress_line.ts";
import { alignColumns } from "./text_table.ts";
import { writeWhole } from "./write_whole.ts";

const usage =
  `Usage: thimble quantize FLOAT.tflite --calibration FILE.f32|DIR --out INT8.tflite [OPTIONS]

Quantizes a float32 model to int8 as the TFLite converter does it: activations by calibration, weights
with a scale for each output. Ranges are found on the inputs in FILE (float32, one after another) or in
DIR (.f32 files, or .bin files as the benchmark's evaluation sets have them).

  --calibration P     the inputs
  --out FILE          .tflite, or .onnx (QuantizeLinear and DequantizeLinear)
  --method M          minmax, percentile, mse or entropy: how ranges are chosen  [minmax]
  --percent P         of percentile: values inside, of a hundred  [99.99]
  --count N           use only N inputs, spread evenly
  --recipe FILE       JSON: method, percent, equalize, biasCorrection, weightBits, perChannel,
                      weightMethod, io, input: {scale, zeroPoint}, and layers: [{match: {operator, kind, name}, precision,
                      weightBits, perChannel, weightMethod, range}]
  --weight-bits N     2 to 8, stored as int8  [8]
  --pack              write weights of 4 bits and fewer as TFLite's packed INT4, two a byte
  --equalize          equalize the weights of neighbouring layers first
  --bias-correction   take off biases what rounding the weights adds
  --io T              int8, uint8 or float32: what the model takes and gives  [int8]
  --scale S           of .bin files of bytes: real = S · (stored − Z); known for kws, ic and vww
  --zero-point Z      see --scale  [0]
  --unsigned          with --scale: bytes are 0 to 255 rather than −128 to 127
  --closed LIST       closed division: refuse samples that are not on the official LIST
  --explain           say what each layer costs, on the first 64 of the inputs
  --json              print JSON
  --help              print this

Options win over the recipe.

  thimble quantize dscnn.tflite --calibration calibration.f32 --out dscnn_int8.tflite
  thimble quantize resnet.tflite --calibration data/ic --method mse --weight-bits 4 --out resnet_w4.tflite`;

/** Of a recipe or a list. */
const mostTextBytes = 10_000_000;

/** `thimble quantize`. */
export async function quantizeCommand(args: string[]): Promise<number> {
  const parsed = readArguments(args, {
    calibration: { type: "string" },
    out: { type: "string" },
    method: { type: "string" },
    percent: { type: "string" },
    count: { type: "string" },
    recipe: { type: "string" },
    "weight-bits": { type: "string" },
    pack: { type: "boolean" },
    equalize: { type: "boolean" },
    "bias-correction": { type: "boolean" },
    io: { type: "string" },
    scale: { type: "string" },
    "zero-point": { type: "string" },
    unsigned: { type: "boolean" },
    closed: { type: "string" },
    explain: { type: "boolean" },
    json: { type: "boolean" },
    help: { type: "boolean" },
  }, "quantize");
  const { values } = parsed;
  if (values.help) {
    console.log(usage);
    return ExitCode.done;
  }
  const [path] = positionals(parsed, ["FLOAT.tflite"]);
  const calibration = required(values.calibration, "--calibration");
  const out = required(values.out, "--out");
  if (!/\.(tflite|onnx)$/.test(out)) {
    throw new InputError(`Cannot tell the format of '${out}'`, {
      source: out,
      hint: "End its name with .tflite or .onnx",
    });
  }
  if (values.pack && out.endsWith(".onnx")) {
    throw new InputError(`Cannot pack weights in '${out}'`, {
      source: "--pack",
      hint: "Leave out --pack, or write a .tflite file",
    });
  }
  const recipe = await recipeOf(values);
  const count = wholeNumber(values.count, "--count");
  const float = await loadModel(path);
  // Before OUT is written: it may be the same file.
  const inputBytes = (await Deno.stat(path)).size;
  const { checkCalibrationList, readCalibration } = await import(
    "../training/quantization/calibration_data.ts"
  );
  const data = await readCalibration(calibration, float.tensors[float.inputs[0]], {
    stored: storedOf(values),
    count,
  });
  if (values.closed !== undefined) {
    const { calibrationEntries } = await import("../submission/calibration_list.ts");
    const list = calibrationEntries(await readText(values.closed, mostTextBytes));
    checkCalibrationList(data.files, list.map(({ sample }) => sample));
  }
  const { quantizeModel } = await import("../training/quantization/quantize_model.ts");
  let quantized: QuantizedModel;
  {
    using line = new ProgressLine("Calibrating");
    const start = performance.now();
    quantized = await quantizeModel(float, data.inputs, {
      // Files of bytes fit the model as they are.
      input: data.input,
      ...recipe,
      onProgress: (done, total) =>
        line.update({
          type: "progress",
          done,
          total,
          unit: "inputs",
          text: "",
          remainingMs: remainingMs(performance.now() - start, done, total - done),
        }),
    });
  }
  const bytes = out.endsWith(".onnx")
    ? (await import("../model/onnx/write_onnx.ts")).writeOnnx(quantized.graph, { form: "qdq" })
    : (await import("../model/tflite/write_tflite.ts")).writeTflite(quantized.graph, {
      packInt4: values.pack,
    });
  await writeWhole(out, bytes);
  const loss = values.explain ? await explain(float, data.inputs, recipe) : undefined;
  console.log(
    values.json
      ? JSON.stringify({ out, bytes: bytes.length, layers: quantized.layers, loss }, null, 2)
      : report(
        quantized,
        `${basename(path)} (${inputBytes} bytes)`,
        `${out} (${bytes.length} bytes)`,
      ),
  );
  if (loss && !values.json) console.log(`\n${lossText(loss)}`);
  return ExitCode.done;
}

/** What the bytes of `.bin` files stand for, where the options say it. */
function storedOf(
  values: { scale?: string; "zero-point"?: string; unsigned?: boolean },
): StoredInput | undefined {
  const scale = realNumber(values.scale, "--scale", { above: 0, hint: "Write a number above 0" });
  const [least, greatest] = values.unsigned ? [0, 255] : [-128, 127];
  const text = values["zero-point"];
  const hint = `Write a whole number from ${least} to ${greatest}`;
  const zeroPoint = realNumber(text, "--zero-point", { least, hint }) ?? 0;
  if (zeroPoint > greatest || !Number.isInteger(zeroPoint)) {
    throw new InputError(`Cannot read '${text}' for --zero-point`, {
      source: "--zero-point",
      hint,
    });
  }
  return scale === undefined ? undefined : { scale, zeroPoint, signed: !values.unsigned };
}

async function explain(float: Graph, inputs: Float32Array, recipe: QuantizationRecipe) {
  const { explainLoss } = await import("../training/quantization/explain_loss.ts");
  const few = 64 * elementCount(float.tensors[float.inputs[0]].shape);
  using line = new ProgressLine("Explaining");
  const start = performance.now();
  return await explainLoss(float, inputs, {
    ...recipe,
    inputs: inputs.subarray(0, few),
    onProgress: (done, total) =>
      line.update({
        type: "progress",
        done,
        total,
        unit: "models",
        text: "",
        remainingMs: remainingMs(performance.now() - start, done, total - done),
      }),
  });
}

function lossText({ all, layers }: LossExplanation): string {
  const decibels = (value: number) => Number.isFinite(value) ? value.toFixed(1) : "no error";
  const rows = layers.map(({ operator, kind, alone, without }) => [
    String(operator),
    kind,
    decibels(alone.error.signalToNoiseDb),
    decibels(without.error.signalToNoiseDb),
  ]);
  const header = ["", "layer", "alone, dB", "all but it, dB"];
  return `${
    alignColumns(header, rows)
  }\n\nSignal to noise at the output; with every layer quantized ${
    decibels(all.error.signalToNoiseDb)
  } dB. The layer with the smallest figure alone costs most.`;
}

function report({ layers }: QuantizedModel, from: string, to: string): string {
  const rows = layers.map(({ operator, kind, precision, weightBits, range }) => [
    String(operator),
    kind,
    precision,
    weightBits === undefined ? "" : `${weightBits} bit`,
    range.min.toPrecision(4),
    range.max.toPrecision(4),
  ]);
  const header = ["", "layer", "precision", "weights", "from", "to"];
  return `${alignColumns(header, rows)}\n\n${from} became ${to}`;
}

async function recipeOf(values: {
  recipe?: string;
  method?: string;
  percent?: string;
  "weight-bits"?: string;
  equalize?: boolean;
  "bias-correction"?: boolean;
  io?: string;
}): Promise<QuantizationRecipe> {
  const { parseRecipe } = await import("../training/quantization/recipe.ts");
  const recipe = values.recipe === undefined
    ? {}
    : parseRecipe(await readText(values.recipe, mostTextBytes), values.recipe);
  const method = oneOf(values.method, "--method", calibrationMethods);
  const io = oneOf(values.io, "--io", ["int8", "uint8", "float32"]);
  const bits = wholeNumber(values["weight-bits"], "--weight-bits", 2);
  const percent = realNumber(values.percent, "--percent");
  // One reader, and so one set of rules, for file and options.
  return parseRecipe(
    JSON.stringify({
      ...recipe,
      ...method && { method },
      ...percent !== undefined && { percent },
      ...bits !== undefined && { weightBits: bits },
      ...values.equalize && { equalize: true },
      ...values["bias-correction"] && { biasCorrection: true },
      ...io && { io },
    }),
    "options",
  );
}
