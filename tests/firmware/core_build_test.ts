import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { promisify } from "node:util";
import { buildFirmware } from "../../firmware/ports/build.ts";
import { testWith } from "../reference.ts";
import { clang, cppcheck, gcc, needs } from "./ports_tools.ts";

const run = promisify(execFile);
const firmware = new URL("../../firmware/", import.meta.url).pathname;
const arm = await needs(["arm-none-eabi-gcc"], "gcc-arm-none-eabi libnewlib-arm-none-eabi");

async function sources(folder: string): Promise<string[]> {
  return (await readdir(firmware + folder)).filter((name) => name.endsWith(".c"))
    .map((name) => firmware + folder + name);
}

testWith(cppcheck, "cppcheck has nothing to say about the firmware", async () => {
  const folders = ["core", "fuzz"];
  for (const port of await readdir(`${firmware}ports`, { withFileTypes: true })) {
    if (port.isDirectory()) folders.push(`ports/${port.name}`);
  }
  const { stdout, stderr } = await run("cppcheck", [
    ...["--std=c11", "--enable=warning,style,performance,portability"],
    ...["--error-exitcode=1", "--quiet", "-I", `${firmware}core`],
    ...folders.map((folder) => firmware + folder),
  ]);
  assert.equal(stdout + stderr, "");
});

for (
  const [compiler, need, nm, flags] of [
    ["gcc", gcc, "nm", ["-fanalyzer"]],
    ["clang-14", clang, "nm", ["-Wcast-align", "-Wimplicit-fallthrough"]],
    ["arm-none-eabi-gcc", arm, "arm-none-eabi-nm", ["-mcpu=cortex-m4", "-mthumb", "-fanalyzer"]],
  ] as const
) {
  testWith(need, `${compiler} compiles the core without a warning, on its own`, async () => {
    const dir = await Deno.makeTempDir();
    try {
      await run(compiler, [
        ...["-std=c11", "-O2", "-c", "-Wall", "-Wextra", "-Wconversion", "-Wshadow"],
        ...["-Wstrict-prototypes", "-Wmissing-prototypes", "-pedantic", "-Werror", ...flags],
        ...await sources("core/"),
      ], { cwd: dir });
      const { stdout } = await run(nm, ["-P", ...await readdir(dir)], { cwd: dir });
      const symbols = [...stdout.matchAll(/^(\S+) ([A-Za-z])\b/gm)];
      const defined = new Set(symbols.filter((s) => s[2] !== "U").map((s) => s[1]));
      const outside = symbols.filter((s) => s[2] === "U" && !defined.has(s[1])).map((s) => s[1])
        // What compilers call of themselves where they know a loop, and divisions of 64 bits.
        .filter((name) =>
          !/^(mem(cpy|set|move)|strlen|_GLOBAL_OFFSET_TABLE_|__aeabi_\w+)$/.test(name)
        );
      assert.deepEqual([...new Set(outside)].sort(), [
        ...["th_infer", "th_initial_baud", "th_interrupted", "th_load_tensor", "th_model"],
        ...["th_name", "th_operator", "th_profile", "th_result", "th_set_baud"],
        ...["th_supports_baud", "th_timestamp_edge", "th_timestamp_us", "th_transmit"],
      ]);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  });
}

testWith(arm, "the ports for boards compile without a warning that is to be had", async () => {
  const flags = ["-Wstrict-prototypes", "-Wmissing-prototypes", "-Wcast-align", "-Wundef"]
    .concat(["-Wswitch-enum", "-Wformat=2", "-fanalyzer"]);
  const dir = await Deno.makeTempDir();
  try {
    for (
      const [port, board] of [
        ["mps2-an386", undefined],
        ["stm32l4", "nucleo-l4r5zi"],
        ["stm32l4", "b-l475e"],
      ] as const
    ) {
      for (const energy of [false, true]) {
        await buildFirmware(port, `${dir}/dut`, { board, energy, flags });
      }
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

testWith(arm, "the template names what is to be written, and is whole but for that", async () => {
  const dir = await Deno.makeTempDir();
  const compile = (...flags: string[]) =>
    run("arm-none-eabi-gcc", [
      ...["-std=c11", "-O2", "-c", "-Wall", "-Wextra", "-Wconversion", "-Werror", ...flags],
      ...[
        "-mcpu=cortex-m4",
        "-mthumb",
        "-I",
        `${firmware}core`,
        `${firmware}ports/template/port.c`,
      ],
    ], { cwd: dir });
  try {
    await assert.rejects(compile(), ({ stderr }: { stderr: string }) => {
      const missing = new Set(
        [...stderr.matchAll(/#error "Write: ([^"]+)"/g)].map((match) => match[1]),
      );
      assert.equal(missing.size, 8, stderr);
      return true;
    });
    await compile("-DTH_TEMPLATE_CHECK");
    const { stdout } = await run("arm-none-eabi-nm", ["-P", "port.o"], { cwd: dir });
    const defined = [...stdout.matchAll(/^(th_\w+) T/gm)].map((match) => match[1]);
    const header = await Deno.readTextFile(`${firmware}core/th.h`);
    const [portPart] = header.split("---- The model ---");
    const declared = [...portPart.matchAll(/\b(th_\w+)\([a-z].*\);/g)].map((match) => match[1]);
    assert.ok(declared.length > 5);
    assert.deepEqual(defined.sort(), declared.sort());
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

/** `deno task firmware`, as a process. */
async function firmwareTask(...args: string[]) {
  const task = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-R", "-W", "-E", "--allow-run", `${firmware}ports/build.ts`, ...args],
    env: { NO_COLOR: "1" },
  });
  const { code, stdout, stderr } = await task.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

testWith(
  gcc,
  "deno task firmware says what it takes, and what is wrong in the words of the compiler",
  async () => {
    const dir = await Deno.makeTempDir();
    try {
      const help = await firmwareTask("--help");
      assert.equal(help.code, 0);
      assert.match(help.out, /^Usage: deno task firmware PORT/);
      const built = await firmwareTask("native", "--out", `${dir}/dut`);
      assert.equal(built.code, 0, built.err);
      assert.match(built.out, /text\s+data\s+bss.*\n.*\nWrote '/);
      await Deno.mkdir(`${dir}/model`);
      await Deno.writeTextFile(`${dir}/model/model.c`, "#error not yet\n");
      for (
        const [args, words] of [
          [["toaster"], /^Cannot build 'toaster': expected one of native, /],
          [
            ["native", "--board", "moon", "--out", `${dir}/dut`],
            /^Cannot build 'native' for 'moon'/,
          ],
          [["native", "wasm"], /^Cannot build 'native wasm' at once/],
          [["native", "--fast"], /^Unknown option '--fast'/],
          [["native", "--model", `${dir}/model`, "--out", `${dir}/dut`], /error: #error not yet/],
          [["native", "--model", `${dir}/none`, "--out", `${dir}/dut`], /none'/],
        ] satisfies [string[], RegExp][]
      ) {
        const { code, err } = await firmwareTask(...args);
        assert.equal(code, 1);
        assert.match(err, words);
        assert.doesNotMatch(err, /\n\s+at /, "no stack");
      }
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  },
);

testWith(gcc, "the template's own names clash with none of the C library's", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const headers = [
      "unistd",
      "time",
      "stdio",
      "stdlib",
      "string",
      "signal",
      "math",
      "fcntl",
      "poll",
    ]
      .flatMap((name) => ["-include", `${name}.h`]);
    const flags = ["-D_GNU_SOURCE", ...headers];
    await buildFirmware("template", `${dir}/dut`, { flags });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
