/** The plugin that tells when the firmware touches its pins, for the plugin interfaces of QEMU before and from 9 on. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { testWith } from "../reference.ts";
import { cppcheck, gcc } from "./ports_tools.ts";

const source = fileURLToPath(new URL("../../firmware/lab/trace.c", import.meta.url));
const run = promisify(execFile);

testWith(gcc, "trace.c compiles without a warning for each plugin interface", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const version of [1, 2]) {
      const { stderr } = await run("cc", [
        ...["-std=c11", "-D_DEFAULT_SOURCE", "-O2", "-fPIC", "-shared"],
        ...["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"],
        ...[`-DTRACE_INTERFACE=${version}`, "-o", `${folder}/trace${version}.so`, source],
      ]);
      assert.equal(stderr, "");
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

testWith(cppcheck, "cppcheck finds nothing in trace.c", async () => {
  await run("cppcheck", [
    ...["--quiet", "--error-exitcode=1", "--enable=warning,portability", "--std=c11"],
    ...["-DTRACE_INTERFACE=2", "--suppress=missingIncludeSystem", source],
  ]);
});
