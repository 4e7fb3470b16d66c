/**
 * Compiles the IO manager, and writes the file that is flashed:
 *
 *     deno run --allow-read --allow-write --allow-env --allow-run firmware/io-manager/build.ts
 *     avrdude -p atmega328p -c arduino -P /dev/ttyACM0 -b 115200 -D -U flash:w:firmware/io-manager/io_manager.hex:i
 *
 * The compiler is Debian 12's gcc-avr 5.4.0 with avr-libc; the same sources give the same bytes.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

const flags = [
  ...["-mmcu=atmega328p", "-std=c11", "-Os", "-ffunction-sections", "-Wl,--gc-sections"],
  ...["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wstrict-prototypes"],
  ...["-Wmissing-prototypes", "-Werror"],
];

/** The committed program, in Intel HEX. */
export const committedHex: URL = new URL("io_manager.hex", import.meta.url);

/** What a build gives. */
export interface IoManagerBuild {
  /** The program in Intel HEX. */
  hex: string;
  /** Of 32,256 bytes beside the boot loader. */
  flashBytes: number;
  /** Of 2048 bytes, without the stack. */
  ramBytes: number;
}

/**
 * Compiles the sources beside this file.
 *
 * @throws Where the compiler is absent or refuses; the message has its words.
 */
export async function buildIoManager(): Promise<IoManagerBuild> {
  const folder = import.meta.dirname!;
  const out = await mkdtemp(join(tmpdir(), "io-manager-"));
  try {
    const elf = join(out, "io_manager.elf");
    const hex = join(out, "io_manager.hex");
    const sources = (await readdir(folder)).filter((name) => name.endsWith(".c")).sort();
    await run("avr-gcc", [...flags, "-o", elf, ...sources], { cwd: folder });
    await run("avr-objcopy", ["-O", "ihex", "-R", ".eeprom", elf, hex]);
    const { stdout } = await run("avr-size", [elf]);
    const [text, data, bss] = stdout.split("\n")[1].trim().split(/\s+/).map(Number);
    return {
      hex: (await readFile(hex, "utf8")).replaceAll("\r\n", "\n"),
      flashBytes: text + data,
      ramBytes: data + bss,
    };
  } finally {
    await rm(out, { recursive: true });
  }
}

if (import.meta.main) {
  const { hex, flashBytes, ramBytes } = await buildIoManager();
  await writeFile(committedHex, hex);
  console.log(`Wrote ${committedHex.pathname}: ${flashBytes} bytes of flash, ${ramBytes} of RAM`);
}
