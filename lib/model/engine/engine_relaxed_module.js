// @ts-self-types="./engine_relaxed_module.d.ts"
import source module from "./engine_relaxed.wasm";

export const engineRelaxedModule = module;
