/**
 * Compiles the kernels of training to WebAssembly: `deno task build:training` writes calls.h and kernels.wasm beside
 * this file. The compiler is Debian 12's clang-14 with its lld; the same sources give the same bytes.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { callsHeader } from "./calls.ts";

const dir = import.meta.dirname!;

/** The bytes of the module, from the sources and calls.h as they lie here. */
export async function buildKernels(): Promise<Uint8Array<ArrayBuffer>> {
  const sources = (await readdir(dir)).filter((name) => name.endsWith(".c")).sort();
  const out = await mkdtemp(join(tmpdir(), "kernels-"));
  try {
    const file = join(out, "kernels.wasm");
    await promisify(execFile)("clang-14", [
      ...["--target=wasm32", "-std=c11", "-O3", "-nostdlib", "-ffreestanding"],
      ...["-msimd128", "-mbulk-memory", "-matomics", "-mmutable-globals"],
      ...["-Wall", "-Wextra", "-Wconversion", "-Werror"],
      "-Wl,--no-entry,--strip-all,--stack-first,-z,stack-size=16384",
      "-Wl,--import-memory,--shared-memory,--max-memory=4294967296",
      "-Wl,--export=__stack_pointer",
      ...["-o", file],
      ...sources,
    ], { cwd: dir });
    return new Uint8Array(await readFile(file));
  } finally {
    await rm(out, { recursive: true });
  }
}

if (import.meta.main) {
  await writeFile(join(dir, "calls.h"), callsHeader());
  await writeFile(join(dir, "kernels.wasm"), await buildKernels());
}
