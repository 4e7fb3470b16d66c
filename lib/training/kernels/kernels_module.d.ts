/** The kernels of this folder, compiled by build_kernels.ts. */
export declare const kernelsModule: WebAssembly.Module;
