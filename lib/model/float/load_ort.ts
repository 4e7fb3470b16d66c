/**
 * onnxruntime-web, loaded when first asked for: it is 14 MB.
 *
 * @module
 */

/** The parts of onnxruntime-web in use. */
export type Ort = typeof import("onnxruntime-web");

let loading: Promise<Ort> | undefined;

/** Loads onnxruntime-web, once, from node_modules: single thread, no network. */
export function loadOrt(): Promise<Ort> {
  loading ??= import("onnxruntime-web").then((ort) => {
    ort.env.wasm.numThreads = 1;
    // Its warnings are about graph optimizations that it leaves out.
    ort.env.logLevel = "error";
    return ort;
  });
  return loading;
}
