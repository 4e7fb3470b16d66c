/**
 * Ports by name, as a command line or a configuration gives them.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { PosixSerialPort } from "./posix_port.ts";
import { ProcessPort } from "./process_port.ts";
import type { SerialPort } from "./serial_port.ts";
import { UnixSocketPort } from "./unix_socket_port.ts";

/**
 * The port that `spec` names, closed:
 *
 * | spec | port |
 * |---|---|
 * | `/dev/ttyACM0` | a serial port ({@linkcode PosixSerialPort}) |
 * | `unix:/tmp/board.sock` | a socket to connect to ({@linkcode UnixSocketPort}) |
 * | `unix-listen:/tmp/board.sock` | a socket that the other end connects to |
 * | `exec:qemu-system-arm -M "mps2-an386"` | a program's standard input and output ({@linkcode ProcessPort}) |
 *
 * Arguments of a program are split at white space; '…' and "…" hold it together. There is no shell.
 *
 * @throws {InputError} When it names no port.
 *
 * @example
 * ```ts
 * import { portFromSpec, ProcessPort } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const port = portFromSpec("exec:printf 'm-ready\\r\\n'");
 * assert(port instanceof ProcessPort);
 * assert.deepEqual(port.args, ["m-ready\\r\\n"]);
 * ```
 */
export function portFromSpec(spec: string): SerialPort {
  const [, kind, rest] = /^([a-z-]+):(.*)$/s.exec(spec) ?? [, "path", spec];
  if (rest.trim() !== "" && !rest.includes("\0")) {
    if (kind === "path" && rest.startsWith("/")) return new PosixSerialPort(rest);
    if (kind === "unix") return new UnixSocketPort(rest);
    if (kind === "unix-listen") return new UnixSocketPort(rest, { listen: true });
    if (kind === "exec") {
      const [command, ...args] = splitWords(rest, spec);
      return new ProcessPort(command, { args });
    }
  }
  throw new InputError(`Cannot tell which port '${spec}' is`, {
    source: spec,
    hint:
      "Pass a device ('/dev/ttyACM0'), 'unix:PATH', 'unix-listen:PATH' or 'exec:COMMAND ARGUMENT…'",
  });
}

function splitWords(text: string, spec: string): string[] {
  if (/['"]/.test(text.replaceAll(/'[^']*'|"[^"]*"/g, ""))) {
    throw new InputError(`Cannot split '${spec}' into words as a quote is not closed`, {
      source: spec,
      hint: "Close it, or put the other kind of quote around it",
    });
  }
  // A word is a run of quoted and unquoted parts.
  return [...text.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) =>
    word.replaceAll(/'([^']*)'|"([^"]*)"/g, (_, single, double) => single ?? double)
  );
}
