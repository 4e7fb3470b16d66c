import { ModelError } from "./errors.ts";
import type { Graph } from "./graph.ts";

/** Larger files are no models of this size class; reading them would only fill memory. */
const largestModel = 256 * 1024 * 1024;

/**
 * Reads a model file: TFLite by its identifier, ONNX otherwise.
 *
 * @param path A `.tflite` or `.onnx` file.
 * @throws {ModelError} The file cannot be opened, is damaged, or holds something that is not supported.
 *
 * @example
 * ```ts
 * import { demoModel, loadModel } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const graph = await loadModel(demoModel());
 * assert.equal(graph.operators.length, 5);
 * ```
 */
export async function loadModel(path: string): Promise<Graph> {
  let bytes: Uint8Array;
  try {
    const { size, isFile } = await Deno.stat(path);
    if (!isFile) throw new TypeError("It is no file");
    if (size > largestModel) throw new RangeError(`It has ${size} bytes`);
    bytes = await Deno.readFile(path);
  } catch (cause) {
    throw new ModelError(`Cannot open the model '${path}'`, {
      cause,
      hint: "Name a .tflite or .onnx file",
    });
  }
  const identifier = String.fromCharCode(...bytes.subarray(4, 8));
  if (identifier === "TFL3" || path.endsWith(".tflite")) {
    const { readTflite } = await import("./tflite/read_tflite.ts");
    return readTflite(bytes);
  }
  const { readOnnx } = await import("./onnx/read_onnx.ts");
  return readOnnx(bytes);
}
