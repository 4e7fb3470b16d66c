import { engineModule } from "./engine_module.js";
import type { EngineTarget } from "./layout.ts";

/** The kernels that run here, and what plans for them are made for. */
export interface HostEngine {
  module: WebAssembly.Module;
  target: EngineTarget;
}

/** The kernels that run wherever there is WebAssembly SIMD. */
export const simdEngine: HostEngine = {
  module: engineModule,
  target: { layout: "simd", moved: 0 },
};

/** What engine_dot_kind() of relaxed.h says of the machine's dot product, and what activations are moved by for it. */
const movedByKind = new Map([[1, 128], [2, 0]]);

/**
 * Kernels with the dot product of relaxed SIMD, at least twice as fast; undefined where that is not there, or not exact.
 * Which it is lies with the machine: exact on x86 with AVX-VNNI and on Arm with the dot product extension.
 */
export async function relaxedEngine(): Promise<HostEngine | undefined> {
  try {
    const { engineRelaxedModule: module } = await import("./engine_relaxed_module.js");
    return relaxedEngineOf(module);
  } catch (error) {
    if (error instanceof WebAssembly.CompileError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The same of any build of these kernels. */
export function relaxedEngineOf(module: WebAssembly.Module): HostEngine | undefined {
  const { exports } = new WebAssembly.Instance(module);
  const moved = movedByKind.get((exports.engine_dot_kind as () => number)());
  return moved === undefined ? undefined : { module, target: { layout: "relaxed", moved } };
}

let fastest: Promise<HostEngine> | undefined;

/** The fastest kernels that are exact on this machine. */
export function hostEngine(): Promise<HostEngine> {
  fastest ??= relaxedEngine().then((relaxed) => relaxed ?? simdEngine);
  return fastest;
}
