/**
 * Which QEMU to start for a machine.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ThimbleError, type ThimbleErrorOptions } from "../errors.ts";

/** QEMU's machines that the firmware has a port for: `mps2-an386`, and `stm32l4` on `b-l475e-iot01a`. */
export type QemuMachine = "mps2-an386" | "b-l475e-iot01a";

/** How to look for a QEMU. */
export interface FindQemuOptions {
  /**
   * Programs to ask, in this order: paths, or names that are looked up in PATH.
   *
   * @default {the environment variable THIMBLE_QEMU where it is set, then "qemu-system-arm"}
   */
  programs?: readonly string[];
  /** Ends the search. */
  signal?: AbortSignal;
}

/** No QEMU here has the machine. Carries which programs were asked. */
export class QemuNotFoundError extends ThimbleError {
  /** Name of the class. */
  override name = "QemuNotFoundError";
  /** The machine that was looked for. */
  readonly machine: QemuMachine;
  /** What was asked, in order. */
  readonly programs: readonly string[];

  /** Makes the error. */
  constructor(
    message: string,
    options: ThimbleErrorOptions & { machine: QemuMachine; programs: readonly string[] },
  ) {
    super(message, options);
    this.machine = options.machine;
    this.programs = options.programs;
  }
}

const hints: Readonly<Record<QemuMachine, string>> = {
  "mps2-an386":
    "'apt-get install --no-install-recommends qemu-system-arm', or name a program in THIMBLE_QEMU",
  "b-l475e-iot01a":
    "It came with QEMU 9.0: on Debian 12 add the suite 'bookworm-backports' to apt's sources and run " +
    "'apt-get install --no-install-recommends -t bookworm-backports qemu-system-arm', " +
    "or name a program in THIMBLE_QEMU",
};

/**
 * Finds a QEMU for Arm that has `machine`, by asking each program for its list.
 *
 * Needs `--allow-env=THIMBLE_QEMU` and `--allow-run` of the programs.
 *
 * @returns The program as it is to be started: a path, or a name in PATH.
 * @throws {QemuNotFoundError} Where none of the programs is there and has the machine.
 *
 * @example
 * ```ts
 * import { findQemu, QemuNotFoundError } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const search = findQemu("b-l475e-iot01a", { programs: ["/no/such/qemu"] });
 * await assert.rejects(search, QemuNotFoundError);
 * ```
 */
export async function findQemu(
  machine: QemuMachine,
  options: FindQemuOptions = {},
): Promise<string> {
  const programs = options.programs ?? defaultPrograms();
  const found: string[] = [];
  for (const program of programs) {
    const machines = await machinesOf(program, options.signal);
    if (machines?.includes(machine)) return program;
    found.push(machines ? `'${program}' does not have it` : `'${program}' cannot be started`);
  }
  throw new QemuNotFoundError(
    `Cannot find a QEMU with the machine '${machine}': ${found.join(", ")}`,
    { machine, programs, hint: hints[machine] },
  );
}

function defaultPrograms(): string[] {
  const named = Deno.env.get("THIMBLE_QEMU");
  return named ? [named, "qemu-system-arm"] : ["qemu-system-arm"];
}

/** The machines of a program, or undefined where it does not list any. */
async function machinesOf(program: string, signal?: AbortSignal): Promise<string[] | undefined> {
  signal?.throwIfAborted();
  try {
    const { stdout } = await promisify(execFile)(program, ["-M", "help"], {
      signal,
      timeout: 10_000,
    });
    return stdout.split("\n").map((line) => line.split(" ")[0]);
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}
