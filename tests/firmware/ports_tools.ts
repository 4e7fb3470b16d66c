/** What tests of the firmware need to run. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { buildFirmware, type BuildOptions } from "../../firmware/ports/build.ts";

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
export const qemu = await needs(
  ["arm-none-eabi-gcc", "qemu-system-arm"],
  "gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm",
);

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
