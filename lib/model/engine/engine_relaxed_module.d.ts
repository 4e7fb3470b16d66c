/** As engineModule, with the dot product of relaxed SIMD. */
export declare const engineRelaxedModule: WebAssembly.Module;
