/** Firmware in QEMU, with a unix socket as its serial line, and a log of what QEMU has to say. */
import { UnixSocketPort } from "../../lib/serial/unix_socket_port.ts";
import type { Emulator } from "./ports_tools.ts";

/** What QEMU runs. */
export interface Emulation {
  emulator: Emulator;
  file: string;
  /** For sockets and the log. */
  dir: string;
  /** The serial line: 0 is the machine's first. @default {0} */
  line?: number;
  /** Further arguments. */
  options?: string[];
}

/** Where QEMU's log is. */
export const logIn = (dir: string): string => `${dir}/qemu.log`;

/** QEMU with its serial line at `path`. */
export function startQemu(
  { emulator, file, dir, line = 0, options = [] }: Emulation,
  path: string,
): Deno.ChildProcess {
  return new Deno.Command(emulator.program, {
    args: [
      ...["-M", emulator.machine, "-kernel", file, "-display", "none", "-monitor", "none"],
      ...Array.from({ length: line }, () => ["-serial", "null"]).flat(),
      ...["-serial", `unix:${path}`, "-d", "unimp,guest_errors", "-D", logIn(dir), ...options],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

/** Runs QEMU, from `open()` on, for as long as `use` takes. */
export async function emulate(
  emulation: Emulation,
  use: (port: UnixSocketPort, open: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const path = `${emulation.dir}/serial.sock`;
  const port = new UnixSocketPort(path, { listen: true });
  let process: Deno.ChildProcess | undefined;
  const open = async () => {
    const opened = port.open({ baudRate: 115_200 });
    process = startQemu(emulation, path);
    await opened;
  };
  try {
    await use(port, open);
  } finally {
    process?.kill("SIGKILL");
    await process?.status;
  }
}
