/** What tests of the firmware need to run. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { buildFirmware, type BuildOptions } from "../../firmware/ports/build.ts";
import { findQemu, type QemuMachine, QemuNotFoundError } from "../../lib/lab/find_qemu.ts";

async function missing(...commands: string[]): Promise<string[]> {
  const absent: string[] = [];
  for (const command of commands) {
    await promisify(execFile)(command, ["--version"]).catch(() => absent.push(command));
  }
  return absent;
}

/** A need for `testWith`. */
export async function needs(
  commands: string[],
  packages: string,
): Promise<{ present: boolean; otherwise: string }> {
  const absent = await missing(...commands);
  return {
    present: absent.length === 0,
    otherwise: `no ${absent.join(", ")}, apt-get install --no-install-recommends ${packages}`,
  };
}

export const gcc = await needs(["gcc", "size"], "gcc libc6-dev binutils");
export const clang = await needs(["clang-14", "wasm-ld"], "clang lld");
export const cppcheck = await needs(["cppcheck"], "cppcheck");
/** A machine of QEMU's and a compiler for it, and a need for `testWith`. */
export interface Emulator {
  machine: QemuMachine;
  /** What to start. */
  program: string;
  /** What is built for it. */
  port: string;
  board?: string;
  present: boolean;
  otherwise: string;
}

async function emulator(machine: QemuMachine, port: string, board?: string): Promise<Emulator> {
  const compiler = await needs(
    ["arm-none-eabi-gcc"],
    "gcc-arm-none-eabi libnewlib-arm-none-eabi",
  );
  try {
    return { machine, program: await findQemu(machine), port, board, ...compiler };
  } catch (error) {
    if (!(error instanceof QemuNotFoundError)) throw error;
    const otherwise = `${error.message}. ${error.hint}`;
    return { machine, program: "", port, board, present: false, otherwise };
  }
}

/** Stock QEMU's Cortex-M4F. */
export const qemu = await emulator("mps2-an386", "mps2-an386");
/** An STM32L4, from QEMU 9 on. */
export const l475 = await emulator("b-l475e-iot01a", "stm32l4", "b-l475e");

/** Builds a port in a folder of its own, which is removed in the end. */
export async function withFirmware(
  port: string,
  options: BuildOptions,
  use: (file: string, dir: string) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    const file = `${dir}/${port}`;
    await buildFirmware(port, file, options);
    await use(file, dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}
