import { InputError } from "../../errors.ts";
import { loadModel } from "../../model/load_model.ts";
import { positionals, readArguments } from "../arguments.ts";
import { ExitCode } from "../exit_code.ts";
import { writeWhole } from "../write_whole.ts";

const usage = `Usage: thimble model convert MODEL OUT [--form float|qdq|qlinear]

Writes MODEL as OUT: TFLite or ONNX, by the ending of its name.

  --form F  of ONNX: float, qdq (QuantizeLinear and DequantizeLinear) or qlinear (QLinearConv …)
            [qdq for quantized models, float for others]
  --help    print this`;

/** `thimble model convert`. */
export async function convertCommand(args: string[]): Promise<number> {
  const parsed = readArguments(args, {
    form: { type: "string" },
    help: { type: "boolean" },
  }, "model convert");
  if (parsed.values.help) {
    console.log(usage);
    return ExitCode.done;
  }
  const [path, out] = positionals(parsed, ["MODEL", "OUT"]);
  const { form } = parsed.values;
  if (form !== undefined && form !== "float" && form !== "qdq" && form !== "qlinear") {
    throw new InputError(`Cannot write ONNX in the form '${form}'`, {
      source: "--form",
      hint: "Name float, qdq or qlinear",
    });
  }
  const graph = await loadModel(path);
  let bytes: Uint8Array;
  if (out.endsWith(".tflite")) {
    bytes = (await import("../../model/tflite/write_tflite.ts")).writeTflite(graph);
  } else if (out.endsWith(".onnx")) {
    bytes = (await import("../../model/onnx/write_onnx.ts")).writeOnnx(graph, { form });
  } else {
    throw new InputError(`Cannot tell the format of '${out}'`, {
      source: out,
      hint: "End its name with .tflite or .onnx",
    });
  }
  await writeWhole(out, bytes);
  console.log(`Wrote '${out}', ${bytes.length} bytes`);
  return ExitCode.done;
}
