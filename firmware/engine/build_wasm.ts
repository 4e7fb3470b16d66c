/**
 * Compiles the kernels to WebAssembly: `deno task build:wasm` writes lib/model/engine/engine*.wasm. The compiler is
 * Debian 12's clang-14 with its lld; the same sources give the same bytes.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { exchangeSimdOpcode } from "./wasm_opcodes.ts";

/**
 * What a build is for. `simd` and `relaxed` are committed; the others are for tests: portable C on the weights of each,
 * and kernels on emulated instructions.
 */
export type EngineBuild =
  | "simd"
  | "relaxed"
  | "relaxed-unsigned"
  | "relaxed-signed"
  | "relaxed-inexact"
  | "plain-simd"
  | "plain-relaxed"
  | "plain-board"
  | "dsp";

const compiler = "clang-14";

const flags: { readonly [B in EngineBuild]: readonly string[] } = {
  simd: ["-msimd128"],
  relaxed: ["-msimd128", "-mrelaxed-simd", "-Wl,--export=engine_dot_kind"],
  "relaxed-unsigned": ["-msimd128", "-DENGINE_EMULATE_RELAXED=1", "-Wl,--export=engine_dot_kind"],
  "relaxed-signed": ["-msimd128", "-DENGINE_EMULATE_RELAXED=2", "-Wl,--export=engine_dot_kind"],
  "relaxed-inexact": ["-msimd128", "-DENGINE_EMULATE_RELAXED=3", "-Wl,--export=engine_dot_kind"],
  "plain-simd": ["-DENGINE_LAYOUT=1"],
  "plain-relaxed": ["-DENGINE_LAYOUT=2"],
  "plain-board": [],
  dsp: ["-DENGINE_EMULATE_DSP"],
};

/** Builds for tests stop where C leaves open what happens. */
const forTests = ["-O1", "-fsanitize=undefined", "-fsanitize-trap=undefined"];

/** i8x16.laneselect as clang 14 encodes it, and i32x4.relaxed_dot_i8x16_i7x16_add_s: see relaxed.h. */
const STAND_IN = 0xb2;
const RELAXED_DOT = 0x113;

const warnings = ["-Wall", "-Wextra", "-Wconversion", "-Werror"];

/** The builds that are committed, and where. */
export const committedBuilds: { readonly [B in EngineBuild]?: URL } = {
  simd: new URL("../../lib/model/engine/engine.wasm", import.meta.url),
  relaxed: new URL("../../lib/model/engine/engine_relaxed.wasm", import.meta.url),
};

/** Whether the compiler is there. */
export async function hasCompiler(): Promise<boolean> {
  try {
    await promisify(execFile)(compiler, ["--version"]);
    return true;
  } catch {
    return false;
  }
}

/** The bytes of a build. */
export async function buildEngine(build: EngineBuild): Promise<Uint8Array<ArrayBuffer>> {
  const dir = import.meta.dirname!;
  const sources = (await readdir(dir)).filter((name) => name.endsWith(".c")).sort();
  const out = await mkdtemp(join(tmpdir(), "engine-"));
  try {
    const file = join(out, "engine.wasm");
    await promisify(execFile)(compiler, [
      ...["--target=wasm32", "-std=c11", "-fno-builtin", "-nostdlib"],
      ...warnings,
      ...flags[build],
      ...committedBuilds[build] ? ["-O3"] : forTests,
      "-Wl,--no-entry,--strip-all,--stack-first,-z,stack-size=16384",
      "-Wl,--export=engine_run",
      ...["-o", file],
      ...sources,
    ], { cwd: dir });
    const module = new Uint8Array(await readFile(file));
    if (build === "relaxed" && exchangeSimdOpcode(module, STAND_IN, RELAXED_DOT) === 0) {
      throw new Error("Cannot find the instruction that stands in for the relaxed dot product");
    }
    return module;
  } finally {
    await rm(out, { recursive: true });
  }
}

if (import.meta.main) {
  for (const [build, file] of Object.entries(committedBuilds)) {
    await writeFile(file, await buildEngine(build as EngineBuild));
  }
}
