/** The firmware's core, compiled by firmware/ports/build.ts. */
export declare const coreModule: WebAssembly.Module;
