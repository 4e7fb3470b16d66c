/**
 * Builds the firmware with one command and says how large it is:
 *
 *     deno run --allow-read --allow-write --allow-env --allow-run firmware/ports/build.ts native --out dut
 *     deno run --allow-read --allow-write --allow-env --allow-run firmware/ports/build.ts mps2-an386 --model FOLDER --energy --out dut.elf
 *
 * A model is a folder of C files that implement the model's part of firmware/core/th.h; they may include `engine.h`.
 * Without one, the firmware gives its input back ("echo"). `fuzz` makes a fuzzer of the core, to be run with
 * `-dict=firmware/fuzz/core.dict -max_len=400 -max_total_time=60 NEW_FOLDER firmware/fuzz/corpus`.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs, promisify } from "node:util";

const run = promisify(execFile);
const firmware = resolve(import.meta.dirname!, "..");

const warnings = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"];

interface Port {
  /** Below firmware/; with the model in it where `withModel` is false. */
  folder: string;
  withModel: boolean;
  compiler: string;
  /** What decides about the code; the firmware shows it (`build%`). */
  flags: readonly string[];
  link: readonly string[];
  /** Prints the size of a program; without one, its file is what is flashed. */
  size?: string;
}

const ports: { readonly [name: string]: Port } = {
  native: {
    folder: "ports/native",
    withModel: true,
    compiler: "gcc",
    flags: ["-std=c11", "-O2"],
    link: [],
    size: "size",
  },
  wasm: {
    folder: "ports/wasm",
    withModel: false,
    compiler: "clang-14",
    flags: ["--target=wasm32", "-std=c11", "-O2", "-fno-builtin"],
    link: [
      "-nostdlib",
      "-Wl,--no-entry,--strip-all,--stack-first,-z,stack-size=16384",
      "-Wl,--export=board_boot,--export=board_receive,--export=board_idle",
      ...["name", "profile", "benchmark", "hash", "model", "baud", "results", "failure", "received"]
        .map((data) => `-Wl,--export=board_${data}`),
    ],
  },
  "mps2-an386": {
    folder: "ports/mps2-an386",
    withModel: true,
    compiler: "arm-none-eabi-gcc",
    flags: ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"]
      .concat(["-std=c11", "-O2", "-ffunction-sections", "-fdata-sections"]),
    link: ["-nostartfiles", "--specs=nano.specs", "-Wl,--gc-sections"]
      .concat(["-T", join(firmware, "ports/mps2-an386/port.ld")]),
    size: "arm-none-eabi-size",
  },
  // Buffers so small that a fuzzer reaches their ends.
  fuzz: {
    folder: "fuzz",
    withModel: false,
    compiler: "clang-14",
    flags: ["-std=c11", "-O1", "-g", "-fsanitize=fuzzer,address,undefined"]
      .concat(["-fno-sanitize-recover=all", "-DTH_INPUT_BYTES=32", "-DTH_COMMAND_BYTES=40"])
      .concat(["-DTH_CHUNK_BYTES=24", "-DTH_RESULTS=2", "-DTH_MAXIMUM_ITERATIONS=100"]),
    link: [],
    size: "size",
  },
};

/** How the firmware is built. */
export interface BuildOptions {
  /** Folder of the model's C files. `ports/echo` by default. */
  model?: string;
  /** For ports that decide at compile time: timestamps are edges on a pin. */
  energy?: boolean;
  /** Macros such as `TH_INPUT_BYTES`. */
  macros?: Readonly<Record<string, number>>;
  /** Further flags, such as sanitizers. */
  flags?: readonly string[];
  /** Instead of the port's own. */
  compiler?: string;
}

async function sourcesIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".c")).sort();
  if (names.length === 0) throw new Error(`Cannot find C files in '${folder}'`);
  return names.map((name) => join(folder, name));
}

/**
 * Compiles the firmware of a port into one file.
 *
 * @returns What `size` says of it; for WebAssembly the number of bytes.
 * @throws Where the port is unknown, or a compiler is absent or refuses; the message has its words.
 */
export async function buildFirmware(
  port: string,
  out: string,
  options: BuildOptions = {},
): Promise<string> {
  if (!Object.hasOwn(ports, port)) {
    throw new Error(`Cannot build '${port}': expected one of ${Object.keys(ports).join(", ")}`);
  }
  const { folder, withModel, flags, link, size, ...own } = ports[port];
  const shown = [
    ...flags,
    ...Object.entries(options.macros ?? {}).map(([name, value]) => `-D${name}=${value}`),
    ...(options.energy ? ["-DTH_ENERGY_MODE"] : []),
    ...options.flags ?? [],
  ];
  const sources = [
    ...await sourcesIn(join(firmware, "core")),
    ...await sourcesIn(join(firmware, folder)),
  ];
  if (withModel) {
    sources.push(...await sourcesIn(options.model ?? join(firmware, "ports/echo")));
    if (options.model) sources.push(...await sourcesIn(join(firmware, "engine")));
  }
  await run(options.compiler ?? own.compiler, [
    ...shown,
    ...warnings,
    `-DTH_BUILD_FLAGS="${shown.join(" ")}"`,
    ...["-I", join(firmware, "core"), "-I", join(firmware, "engine")],
    ...["-o", resolve(out)],
    ...sources,
    ...link,
  ]);
  if (size) return (await run(size, [out])).stdout.trimEnd();
  return `${(await stat(out)).size} bytes`;
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      out: { type: "string" },
      model: { type: "string" },
      energy: { type: "boolean" },
    },
  });
  const port = positionals[0] ?? "native";
  const out = values.out ?? `thimble-${port}`;
  console.log(await buildFirmware(port, out, values));
  console.log(`Wrote '${out}'`);
}
