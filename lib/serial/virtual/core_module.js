// A module of its own, and JavaScript, as TypeScript does not know source phase imports yet.
// @ts-self-types="./core_module.d.ts"
import source module from "./core.wasm";

export const coreModule = module;
