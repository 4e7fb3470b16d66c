/**
 * Builds the firmware with one command and says how large it is:
 *
 *     deno run --allow-read --allow-write --allow-env --allow-run firmware/ports/build.ts native --out dut
 *     deno run --allow-read --allow-write --allow-env --allow-run firmware/ports/build.ts stm32l4 --board nucleo-l4r5zi --model FOLDER --energy --out dut.elf
 *
 * A model is a folder of C files that implement the model's part of firmware/core/th.h; they may include `engine.h`.
 * Without one, the firmware gives its input back ("echo"). `fuzz` makes a fuzzer of the core, to be run with
 * `-dict=firmware/fuzz/core.dict -max_len=400 -max_total_time=60 NEW_FOLDER firmware/fuzz/corpus`; `fuzz-model` one of a
 * model, with `-max_total_time=60`.
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
  /** Below firmware/, what is compiled; with the model in it where `withModel` is false. */
  folders: readonly string[];
  withModel: boolean;
  /** Boards that it is for, the first by default; without any, its name is that of its board. */
  boards?: readonly string[];
  compiler: string;
  /** What decides about the code; the firmware shows it (`build%`). */
  flags: readonly string[];
  link: readonly string[];
  /** Prints the size of a program; without one, its file is what is flashed. */
  size?: string;
  /** Whether `BOARD.ld`, in the last folder, says what goes where. */
  withScript?: boolean;
  /** Makes what is flashed beside the program: `.bin`, the bytes, and `.hex`, Intel HEX. */
  images?: string;
}

const cortexM4: Omit<Port, "folders"> = {
  withModel: true,
  compiler: "arm-none-eabi-gcc",
  flags: ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"]
    .concat(["-std=c11", "-O2", "-ffunction-sections", "-fdata-sections"]),
  link: ["-nostartfiles", "--specs=nano.specs", "-Wl,--gc-sections"]
    .concat(["-L", join(firmware, "ports/cortex-m")]),
  size: "arm-none-eabi-size",
  withScript: true,
};

const ports: { readonly [name: string]: Port } = {
  native: {
    folders: ["ports/native"],
    withModel: true,
    compiler: "gcc",
    flags: ["-std=c11", "-O2"],
    link: [],
    size: "size",
  },
  wasm: {
    folders: ["ports/wasm"],
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
    ...cortexM4,
    folders: ["ports/cortex-m", "ports/mps2-an386"],
    // QEMU's serial line has no rate: bytes come as fast as the host writes them. A piece of a binary load has room.
    flags: [...cortexM4.flags, "-DTH_RING_BYTES=4096u"],
  },
  stm32l4: {
    ...cortexM4,
    folders: ["ports/cortex-m", "ports/stm32l4"],
    boards: ["nucleo-l4r5zi", "b-l475e"],
    images: "arm-none-eabi-objcopy",
  },
  // What a submitter copies, with empty functions in place of what is to be written.
  template: {
    folders: ["ports/template"],
    withModel: true,
    compiler: "gcc",
    flags: ["-std=c11", "-O2", "-DTH_TEMPLATE_CHECK"],
    link: [],
    size: "size",
  },
  // Buffers so small that a fuzzer reaches their ends.
  fuzz: {
    folders: ["fuzz"],
    withModel: false,
    compiler: "clang-14",
    flags: ["-std=c11", "-O1", "-g", "-fsanitize=fuzzer,address,undefined"]
      .concat(["-fno-sanitize-recover=all", "-DTH_INPUT_BYTES=32", "-DTH_COMMAND_BYTES=40"])
      .concat(["-DTH_CHUNK_BYTES=24", "-DTH_RESULTS=2", "-DTH_MAXIMUM_ITERATIONS=100"]),
    link: [],
    size: "size",
  },
  "fuzz-model": {
    folders: ["fuzz/model"],
    withModel: true,
    compiler: "clang-14",
    flags: ["-std=c11", "-O2", "-g", "-fsanitize=fuzzer,address,undefined"]
      .concat(["-fno-sanitize-recover=all"]),
    link: [],
    size: "size",
  },
};

/** How the firmware is built. */
export interface BuildOptions {
  /** For ports that are for several. The port's first by default. */
  board?: string;
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
 * Compiles the firmware of a port into one file; for boards that are flashed, with `.bin` and `.hex` beside it.
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
  const { folders, withModel, boards = [port], link, size, images, withScript, ...own } =
    ports[port];
  const board = options.board ?? boards[0];
  if (!boards.includes(board)) {
    throw new Error(`Cannot build '${port}' for '${board}': expected ${boards.join(" or ")}`);
  }
  const shown = [
    ...own.flags,
    ...(boards.length > 1 ? [`-DTH_BOARD_${board.toUpperCase().replaceAll("-", "_")}`] : []),
    ...Object.entries(options.macros ?? {}).map(([name, value]) => `-D${name}=${value}`),
    ...(options.energy ? ["-DTH_ENERGY_MODE"] : []),
    ...options.flags ?? [],
  ];
  const sources: string[] = [];
  for (const folder of ["core", ...folders]) {
    sources.push(...await sourcesIn(join(firmware, folder)));
  }
  if (withModel) {
    sources.push(...await sourcesIn(options.model ?? join(firmware, "ports/echo")));
    if (options.model) sources.push(...await sourcesIn(join(firmware, "engine")));
  }
  await run(options.compiler ?? own.compiler, [
    ...shown,
    ...warnings,
    ...[`-DTH_BUILD_PORT="${port}"`, `-DTH_BUILD_BOARD="${board}"`],
    `-DTH_BUILD_FLAGS="${shown.join(" ")}"`,
    ...["-I", join(firmware, "core"), "-I", join(firmware, "engine")],
    ...["-o", resolve(out)],
    ...sources,
    ...link,
    ...(withScript ? ["-T", join(firmware, folders.at(-1)!, `${board}.ld`)] : []),
  ]);
  if (images) {
    for (const [format, type] of [["binary", "bin"], ["ihex", "hex"]]) {
      await run(images, ["-O", format, resolve(out), resolve(imageOf(out, type))]);
    }
  }
  if (size) return (await run(size, [out])).stdout.trimEnd();
  return `${(await stat(out)).size} bytes`;
}

function imageOf(out: string, type: string): string {
  return `${out.replace(/\.elf$/, "")}.${type}`;
}

const usage = `Usage: deno task firmware PORT [OPTIONS]

Builds the firmware of a port (${Object.keys(ports).join(", ")}) and prints its size.

  --out FILE      the program  [thimble-PORT]
  --board B       of stm32l4: ${ports.stm32l4.boards!.join(" or ")}  [the first]
  --model FOLDER  C files of a model, as 'thimble compile' writes them  [ports/echo]
  --energy        for energy mode: timestamps are edges on a pin
  --help          print this

  deno task firmware stm32l4 --board nucleo-l4r5zi --model kws --out dut.elf`;

async function main(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      out: { type: "string" },
      board: { type: "string" },
      model: { type: "string" },
      energy: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return console.log(usage);
  if (positionals.length > 1) throw new Error(`Cannot build '${positionals.join(" ")}' at once`);
  const port = positionals[0] ?? "native";
  const out = values.out ?? `thimble-${port}${ports[port]?.images ? ".elf" : ""}`;
  console.log(await buildFirmware(port, out, values));
  console.log(`Wrote '${out}'`);
}

if (import.meta.main) {
  await main(Deno.args).catch((error) => {
    // A compiler's own words say more than how it was called.
    console.error(error.stderr || error.message);
    Deno.exit(1);
  });
}
