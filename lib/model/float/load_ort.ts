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
  loading ??= (async () => {
    await keepWorker();
    const ort = await import("onnxruntime-web");
    ort.env.wasm.numThreads = 1;
    // Its warnings are about graph optimizations that it leaves out.
    ort.env.logLevel = "error";
    return ort;
  })();
  return loading;
}

/** Where there is Node's `Worker`, onnxruntime-web puts it in the place of the web's: nobody could start one any more. */
async function keepWorker(): Promise<void> {
  const { Worker: nodes } = await import("node:worker_threads");
  let worker: unknown = globalThis.Worker;
  Object.defineProperty(globalThis, "Worker", {
    configurable: true,
    get: () => worker,
    set: (value) => {
      if (value !== nodes) worker = value;
    },
  });
}
