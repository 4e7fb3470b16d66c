/**
 * How the programs that are DUTs are called.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ThimbleError } from "../errors.ts";
import type { DutMode } from "../serial/dut.ts";
import type { ProgramCall } from "./dut_program.ts";
import { findQemu, type QemuMachine } from "./find_qemu.ts";
import type { LabDut } from "./lab.ts";

const run = promisify(execFile);

/** A machine of QEMU with the firmware's port for it: registers as firmware/lab/trace.c takes them. */
interface Machine {
  name: QemuMachine;
  port: string;
  board?: string;
  registers: Readonly<Record<string, string>>;
}

const machines: Readonly<Record<string, Machine>> = {
  "qemu:mps2-an386": {
    name: "mps2-an386",
    port: "mps2-an386",
    // UART 0; GPIO 0, which QEMU does not have: the firmware writes 0 and 1 to it all the same.
    registers: { read: "40004000", write: "40004000", turn: "40010004" },
  },
  "qemu:b-l475e": {
    name: "b-l475e-iot01a",
    port: "stm32l4",
    board: "b-l475e",
    // USART1; GPIO A.
    registers: { read: "40013824", write: "40013828", fall: "48000028", rise: "48000018" },
  },
};

/** The firmware's port for a DUT. */
export function firmwarePort(dut: LabDut): { port: string; board?: string } {
  const { port, board } = machines[dut] ?? { port: "native" };
  return { port, board };
}

/** Where the times of a DUT that is a program come from, in words. */
export function programSourceText(dut: LabDut): string {
  const machine = machines[dut];
  return machine
    ? `instruction counts of QEMU's ${machine.name}, 8 ns each: no board's times`
    : "the firmware as a program of this machine, by its clock: no board's times";
}

/**
 * How a DUT is started.
 *
 * @param options.firmware The program that was built for it.
 * @param options.trace Whether it has to trace what it does.
 * @param options.folder Where files may be made.
 * @throws {QemuNotFoundError} Where there is no QEMU with the machine.
 * @throws {ThimbleError} Where it has to trace, and the C compiler for QEMU's plugin is missing.
 */
export async function dutCall(
  dut: LabDut,
  options: { firmware: string; mode: DutMode; folder: string; signal?: AbortSignal },
): Promise<ProgramCall> {
  const { firmware, mode, folder, signal } = options;
  const machine = machines[dut];
  if (!machine) {
    return { command: firmware, args: mode === "energy" ? ["--energy", "--trace"] : [] };
  }
  const command = await findQemu(machine.name, { signal });
  const args = [
    ...["-M", machine.name, "-kernel", firmware, "-display", "none", "-monitor", "none"],
    // Every instruction takes 8 ns, and idle time passes as on the machine's clock.
    ...["-icount", "shift=3,sleep=on", "-serial", "stdio"],
  ];
  if (mode === "energy") {
    const plugin = await buildPlugin(command, folder, signal);
    const registers = Object.entries(machine.registers).map((pair) => pair.join("="));
    args.push("-plugin", [plugin, ...registers].join(","));
  }
  return { name: command, ...await boundToThisProcess(command, args) };
}

/**
 * A call of a program that ends with this process however that ends, where the system can do that: Linux, with the command
 * `setpriv` of util-linux. QEMU goes on when its standard input is closed.
 */
async function boundToThisProcess(command: string, args: string[]): Promise<ProgramCall> {
  const bind = ["--pdeathsig", "KILL", "--"];
  const canBind = await run("setpriv", [...bind, "true"]).then(() => true, () => false);
  return canBind ? { command: "setpriv", args: [...bind, command, ...args] } : { command, args };
}

/** Compiles firmware/lab/trace.c for a QEMU. */
async function buildPlugin(qemu: string, folder: string, signal?: AbortSignal): Promise<string> {
  const source = fileURLToPath(new URL("../../firmware/lab/trace.c", import.meta.url));
  const { stdout } = await run(qemu, ["--version"], { signal });
  const major = Number(/version (\d+)\./.exec(stdout)?.[1]);
  const out = join(folder, "trace.so");
  const args = ["-std=c11", "-D_DEFAULT_SOURCE", "-O2", "-fPIC", "-shared"]
    .concat([`-DTRACE_INTERFACE=${major >= 9 ? 2 : 1}`, "-o", out, source]);
  try {
    await run("cc", args, { signal });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new ThimbleError("Cannot build the plugin that tells when QEMU's DUT does what", {
      hint: "'apt-get install --no-install-recommends gcc libc6-dev'",
      cause,
    });
  }
  return out;
}
