/** libFuzzer on the command core. CI lets it run for longer: `THIMBLE_FUZZ_SECONDS`. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, readdir } from "node:fs/promises";
import { promisify } from "node:util";
import { buildFirmware } from "../../firmware/ports/build.ts";
import { testWith } from "../reference.ts";

const run = promisify(execFile);
const firmware = new URL("../../firmware/", import.meta.url).pathname;

async function canFuzz(): Promise<boolean> {
  try {
    const { stdout } = await run("clang-14", ["--print-runtime-dir"]);
    return (await readdir(stdout.trim())).some((name) => name.startsWith("libclang_rt.fuzzer-"));
  } catch {
    return false;
  }
}

const fuzzer = {
  present: await canFuzz(),
  otherwise:
    "no clang-14 with libFuzzer, apt-get install --no-install-recommends clang libclang-rt-14-dev",
};

interface Outcome {
  code: number;
  log: string;
}

/** Runs a fuzzer that was built, in a folder of its own. */
async function fuzz(file: string, dir: string, limits: string[]): Promise<Outcome> {
  const args = [
    ...["-seed=1", "-max_len=400", "-timeout=5", `-dict=${firmware}fuzz/core.dict`],
    ...[`-artifact_prefix=${dir}/`, "-print_final_stats=1"],
    ...limits,
    // What is found that is new goes to the first folder.
    ...[`${dir}/corpus`, `${firmware}fuzz/corpus`],
  ];
  await Deno.mkdir(`${dir}/corpus`);
  const { code, stderr } = await new Deno.Command(file, { args, stderr: "piped" }).output();
  return { code, log: new TextDecoder().decode(stderr) };
}

testWith(fuzzer, "the core survives a fuzzer", async () => {
  const dir = await Deno.makeTempDir();
  try {
    await buildFirmware("fuzz", `${dir}/fuzz`);
    const seconds = Number(Deno.env.get("THIMBLE_FUZZ_SECONDS") ?? 0);
    const limit = seconds > 0 ? `-max_total_time=${seconds}` : "-runs=50000";
    const { code, log } = await fuzz(`${dir}/fuzz`, dir, [limit]);
    assert.equal(code, 0, log.slice(-3000));
    const executed = Number(/stat::number_of_executed_units:\s*(\d+)/.exec(log)?.[1]);
    assert.ok(executed >= 50_000, `${executed} inputs`);
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
      const { code, log } = await fuzz(`${dir}/fuzzer`, dir, ["-runs=500000"]);
      assert.notEqual(code, 0, "nothing was found");
      assert.match(log, /runtime error: index|AddressSanitizer|deadly signal/);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  });
}
