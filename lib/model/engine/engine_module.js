// A module of its own, and JavaScript, as TypeScript does not know source phase imports yet.
// @ts-self-types="./engine_module.d.ts"
import source module from "./engine.wasm";

export const engineModule = module;
