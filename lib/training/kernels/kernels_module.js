// A module of its own, and JavaScript, as TypeScript does not know source phase imports yet.
// @ts-self-types="./kernels_module.d.ts"
import source module from "./kernels.wasm";

export const kernelsModule = module;
