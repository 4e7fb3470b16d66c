/**
 * Runs an int8 TFLite model in LiteRT.js, in a process of its own: its loader expects a script in a page, and its
 * packages are found only beside each other.
 *
 *     deno run -A --no-config --node-modules-dir=manual litert.peer.ts FOLDER MODEL
 *
 * FOLDER is where @litertjs/core is installed. Each number on standard input is a time in ms: for so long it runs, and
 * prints the durations of its inferences as a JSON array.
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** What is used of LiteRT.js: its low-level interface, as its tensors have no int8. */
interface Wasm {
  HEAPU8: Uint8Array;
  _malloc(size: number): number;
  loadModel(environment: unknown, at: number, size: number): {
    getInputTensorType(signature: number, index: number): { bytes(): number };
  };
  compileModel(environment: unknown, model: unknown, options: unknown): Promise<{
    run(signature: number, inputs: readonly Buffer[]): Promise<Buffer[]>;
  }>;
  LiteRtTensorBuffer: {
    createManaged(environment: unknown, type: unknown, of: unknown, size: number): Buffer;
  };
  LiteRtTensorBufferType: { HOST_MEMORY: unknown };
  LiteRtTensorBufferLockMode: { READ: unknown; WRITE: unknown };
}

interface Buffer {
  lock(mode: unknown): number;
  unlock(): void;
  packedSize(): number;
  delete(): void;
}

const [folder, file] = Deno.args;
const home = pathToFileURL(join(folder, "node_modules/@litertjs/core/"));
const files = new URL("wasm/", home);
Object.assign(globalThis, {
  require: createRequire(files),
  __dirname: fileURLToPath(files),
  importScripts: (name: string) => (0, eval)(Deno.readTextFileSync(new URL(name, files))),
  Module: {
    locateFile: (name: string) => fileURLToPath(new URL(name, files)),
    print() {},
    printErr() {},
  },
});
const core = await import(new URL("dist/index.js", home).href);
const loaded = await core.loadLiteRt(files.href, {});
const wasm: Wasm = loaded.liteRtWasm;
const environment = loaded.getDefaultEnvironment().liteRtEnvironment;
const { READ, WRITE } = wasm.LiteRtTensorBufferLockMode;

const bytes = Deno.readFileSync(file);
const at = wasm._malloc(bytes.length);
wasm.HEAPU8.set(bytes, at);
const model = wasm.loadModel(environment, at, bytes.length);
const cpuOptions = { numThreads: 1 };
const compiled = await wasm.compileModel(environment, model, { accelerator: "wasm", cpuOptions });
const type = model.getInputTensorType(0, 0);
const size = type.bytes();
const buffer = wasm.LiteRtTensorBuffer.createManaged(
  environment,
  wasm.LiteRtTensorBufferType.HOST_MEMORY,
  type,
  size,
);
const input = Uint8Array.from({ length: size }, (_, i) => (i * 73 + (i >> 5)) % 256 - 128);

async function infer(): Promise<Int8Array> {
  wasm.HEAPU8.set(input, buffer.lock(WRITE));
  buffer.unlock();
  const [result] = await compiled.run(0, [buffer]);
  const from = result.lock(READ);
  const output = new Int8Array(wasm.HEAPU8.slice(from, from + result.packedSize()).buffer);
  result.unlock();
  result.delete();
  return output;
}

for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const durations: number[] = [];
  for (const end = performance.now() + Number(text); performance.now() < end;) {
    const start = performance.now();
    await infer();
    durations.push(performance.now() - start);
  }
  console.log(JSON.stringify(durations));
}
Deno.exit(0);
