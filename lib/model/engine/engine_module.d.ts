/** The kernels of firmware/engine, compiled by firmware/engine/build_wasm.ts. */
export declare const engineModule: WebAssembly.Module;
