/**
 * Flashing an Arduino UNO, by avrdude.
 *
 * @module
 */
import { InputError } from "../../errors.ts";
import { listPorts } from "../list_ports.ts";
import { FlashError } from "./flash_error.ts";
import type { FlashImage } from "./flash_image.ts";

/** How {@linkcode flashUno} finds the board. */
export interface FlashUnoOptions {
  /** The board's port. @default {the only one of an Arduino} */
  port?: string;
  /** Only find the board and say what would be called. @default {false} */
  dryRun?: boolean;
  /** Folder that stands for "/": a made-up one in a test. */
  root?: string;
  /** Ends avrdude when it aborts. */
  signal?: AbortSignal;
}

/** What came of it. */
export interface FlashedUno {
  /** The board's port. */
  port: string;
  /** The command, as in a shell. */
  command: string;
}

/** What a port must not be, however it is named: the debugger of another board, or an energy monitor. */
const others: readonly string[] = ["st-link", "j-link", "daplink", "lpm01a", "ppk2", "stm32"];

/**
 * Has avrdude write a program in Intel HEX to an Arduino UNO, and verify it. avrdude asks the bootloader for the chip's
 * signature first, and writes to nothing but an ATmega328P.
 *
 * @throws {InputError} Where there is no Arduino, more than one, or the port is that of something else.
 * @throws {FlashError} Where avrdude is missing, with the command to call, or where it fails, with its words.
 *
 * @example
 * ```ts
 * import { flashUno, readFlashImage } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const image = await readFlashImage("firmware/io-manager/io_manager.hex");
 * const { command } = await flashUno(image, { port: "/dev/ttyACM0", dryRun: true });
 * assert.match(command, /^avrdude -p atmega328p -c arduino -P \/dev\/ttyACM0/);
 * ```
 */
export async function flashUno(
  image: FlashImage,
  options: FlashUnoOptions = {},
): Promise<FlashedUno> {
  if (!options.dryRun) await checkAvrdude(image, options.port);
  const port = await findPort(options);
  const args = argumentsFor(image, port);
  const command = asTyped(args);
  if (!options.dryRun) await run(args, command, options.signal);
  return { port, command };
}

function argumentsFor(image: FlashImage, port: string): string[] {
  return [
    ...["-p", "atmega328p", "-c", "arduino", "-P", port, "-b", "115200", "-D"],
    ...["-U", `flash:w:${image.path}:i`],
  ];
}

const asTyped = (args: string[]) => ["avrdude", ...args].map(shellWord).join(" ");

async function checkAvrdude(image: FlashImage, port = "PORT"): Promise<void> {
  try {
    await new Deno.Command("avrdude", { args: ["-?"], stdin: "null" }).output();
  } catch (cause) {
    throw new FlashError("Cannot flash the UNO as avrdude cannot be started", {
      hint: `'apt-get install avrdude' or 'brew install avrdude', then: ${
        asTyped(argumentsFor(image, port))
      }`,
      cause,
    });
  }
}

async function findPort({ port, root, dryRun }: FlashUnoOptions): Promise<string> {
  if (port !== undefined && dryRun) return port;
  const ports = await listPorts({ root });
  if (port !== undefined) {
    const known = ports.find(({ path, byId }) => path === port || byId === port);
    if (known === undefined || !others.includes(known.kind)) return port;
    throw new InputError(`Cannot flash '${port}' as an UNO as it is of kind '${known.kind}'`, {
      source: port,
      hint: "Name the port of the UNO: 'thimble devices --list' lists them",
    });
  }
  const arduinos = ports.filter(({ kind }) => kind === "arduino");
  if (arduinos.length === 1) return arduinos[0].path;
  throw new InputError(
    arduinos.length === 0
      ? "Cannot find an Arduino"
      : `Cannot choose between ${arduinos.map(({ path }) => `'${path}'`).join(" and ")}`,
    {
      source: "port",
      hint: arduinos.length === 0
        ? "Plug it in, or name its port: those of copies cannot be told from other adapters"
        : "Name one",
    },
  );
}

async function run(args: string[], command: string, signal?: AbortSignal): Promise<void> {
  const output = await new Deno.Command("avrdude", { args, stdin: "null", signal }).output();
  signal?.throwIfAborted();
  if (output.success) return;
  const words = new TextDecoder().decode(output.stderr).trim().split("\n").slice(-4).join("; ");
  throw new FlashError(`Cannot flash the UNO as avrdude ended with code '${output.code}'`, {
    hint: `It was called as: ${command}${words ? `. It said: ${words.slice(0, 400)}` : ""}`,
  });
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
