/** libFuzzer on the command core. */
import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import { buildFirmware } from "../../firmware/ports/build.ts";
import { testWith } from "../reference.ts";
import { fuzz, fuzzer, fuzzLimit } from "./fuzz_tools.ts";

const firmware = new URL("../../firmware/", import.meta.url).pathname;
const corpus = [`${firmware}fuzz/corpus`];
const options = ["-max_len=400", "-timeout=5", `-dict=${firmware}fuzz/core.dict`];

testWith(fuzzer, "the core survives a fuzzer", async () => {
  const dir = await Deno.makeTempDir();
  try {
    await buildFirmware("fuzz", `${dir}/fuzz`);
    const limits = [...options, fuzzLimit(50_000)];
    const { code, log, inputs } = await fuzz(`${dir}/fuzz`, dir, limits, corpus);
    assert.equal(code, 0, log.slice(-3000));
    assert.ok(inputs >= 50_000, `${inputs} inputs`);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

const faults = [
  {
    what: "hex bytes behind the end of an input",
    file: "input.c",
    line: "if (b->position >= b->size) {",
    fault: "if (b->size == 0) {",
  },
  {
    what: "raw bytes beyond what was announced",
    file: "raw.c",
    line: "if (count == 0 || count > missing) {",
    fault: "if (count == 0 || count > 9999) {",
  },
  {
    what: "a command that is longer than its buffer",
    file: "command.c",
    line: "} else if (line_length < line_limit) {",
    fault: "} else if (line_length < line_limit + 30) {",
  },
  {
    what: "a shift by more than there is",
    file: "input.c",
    line: "count == 0 || count > b->size) {",
    fault: "count == 0 || count > 9999) {",
  },
];

for (const { what, file, line, fault } of faults) {
  testWith(fuzzer, `the fuzzer finds ${what} where the bounds test is missing`, async () => {
    const dir = await Deno.makeTempDir();
    try {
      for (const part of ["core", "fuzz", "ports/build.ts"]) {
        await cp(firmware + part, `${dir}/firmware/${part}`, { recursive: true });
      }
      const path = `${dir}/firmware/core/${file}`;
      const text = await Deno.readTextFile(path);
      assert.equal(text.split(line).length, 2, `'${line}' is in ${file} once`);
      await Deno.writeTextFile(path, text.replace(line, fault));
      const copy: { buildFirmware: typeof buildFirmware } = await import(
        `file://${dir}/firmware/ports/build.ts`
      );
      await copy.buildFirmware("fuzz", `${dir}/fuzzer`);
      const { code, log } = await fuzz(`${dir}/fuzzer`, dir, [...options, "-runs=500000"], corpus);
      assert.notEqual(code, 0, "nothing was found");
      assert.match(log, /runtime error: index|AddressSanitizer|deadly signal/);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  });
}
