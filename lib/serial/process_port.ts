/**
 * A child process as a device: its standard input and output are the wire.
 *
 * @module
 */
import { type Clock, systemClock } from "../clock.ts";
import { PortAccessError, PortError, PortLostError, PortNotFoundError } from "./port_errors.ts";
import { type Wire, WirePort } from "./wire_port.ts";

/** Most bytes of standard error that are kept. */
const STDERR_TAIL = 4096;
/** How long a write that failed waits to learn how the process ended. */
const EXIT_GRACE_MS = 100;

/** How a {@linkcode ProcessPort} starts and ends its process. */
export interface ProcessPortOptions {
  /** Arguments. */
  args?: string[];
  /** Environment variables on top of this process's own. */
  env?: Record<string, string>;
  /** Working directory. */
  cwd?: string;
  /** Called with what it writes to its standard error. */
  onStderr?: (bytes: Uint8Array) => void;
  /**
   * Milliseconds from SIGTERM to SIGKILL at close.
   *
   * @default {2000}
   */
  killAfterMs?: number;
  /**
   * Where deadlines get their time from.
   *
   * @default {systemClock}
   */
  clock?: Clock;
}

/**
 * A child process whose standard input and output are a port: a core built for the host, an emulator, `ssh`.
 *
 * `readable` ends when the process closes its output or exits. Closing the port closes its input and sends SIGTERM, then
 * SIGKILL after a deadline, and waits until it has gone.
 *
 * Needs `--allow-run=COMMAND`.
 *
 * @example
 * ```ts
 * import { ProcessPort } from "thimble";
 * import assert from "node:assert/strict";
 *
 * await using port = new ProcessPort("cat");
 * await port.open({ baudRate: 115200 });
 * await port.writable!.getWriter().write(new TextEncoder().encode("name%"));
 * const { value } = await port.readable!.getReader().read();
 * assert.equal(new TextDecoder().decode(value), "name%");
 * ```
 */
export class ProcessPort extends WirePort {
  /** The program. */
  readonly command: string;
  /** Its arguments. */
  readonly args: readonly string[];
  #options: ProcessPortOptions;
  #stderr = new Uint8Array(0);
  #exit: Deno.CommandStatus | null = null;

  /** Makes a closed port; the process starts at `open()`. */
  constructor(command: string, options: ProcessPortOptions = {}) {
    super(["exec:" + command, ...options.args ?? []].join(" "));
    this.command = command;
    this.args = [...options.args ?? []];
    this.#options = options;
  }

  /** The last 4 KiB that the process wrote to its standard error. */
  get stderrTail(): string {
    return new TextDecoder().decode(this.#stderr);
  }

  /** How the process ended: its exit code (128 + signal for a signal); null while it runs, and before it started. */
  get exitCode(): number | null {
    return this.#exit?.code ?? null;
  }

  /** Starts the process. */
  // deno-lint-ignore require-await -- what it throws must reject
  protected override async connect(): Promise<Wire> {
    const { env, cwd, killAfterMs = 2000, clock = systemClock } = this.#options;
    this.#stderr = new Uint8Array(0);
    this.#exit = null;
    const child = this.#spawn({ env, cwd });
    child.status.then((status) => this.#exit = status);
    const stdout = child.stdout.getReader();
    const stderr = child.stderr.getReader();
    const stdin = child.stdin.getWriter();
    stdin.closed.catch(() => {});
    const drained = this.#keepTail(stderr);
    return {
      read: async () => (await stdout.read().catch(() => null))?.value ?? null,
      write: async (bytes) => {
        try {
          await stdin.write(bytes);
        } catch (cause) {
          await within(clock, EXIT_GRACE_MS, child.status);
          throw this.#lost(cause);
        }
      },
      close: async () => {
        stdin.close().catch(() => {});
        kill(child, "SIGTERM");
        if (!await within(clock, killAfterMs, child.status)) kill(child, "SIGKILL");
        await child.status;
        // A grandchild may hold the pipes open: they are let go, not waited for.
        await Promise.all([stdout.cancel(), stderr.cancel(), drained]);
      },
    };
  }

  #spawn(options: { env?: Record<string, string>; cwd?: string }): Deno.ChildProcess {
    const { command } = this;
    try {
      return new Deno.Command(command, {
        args: [...this.args],
        ...options,
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
    } catch (cause) {
      const port = this.name;
      if (cause instanceof Deno.errors.NotFound) {
        throw new PortNotFoundError(`Cannot start '${command}' as there is no such program`, {
          port,
          hint: options.cwd
            ? `Check its path, and that the folder '${options.cwd}' exists`
            : "Check its path, or install it",
          cause,
        });
      }
      if (cause instanceof Deno.errors.NotCapable) {
        throw new PortAccessError(`Cannot start '${command}' as Deno does not permit it`, {
          port,
          hint: `Run with '--allow-run=${command}'`,
          cause,
        });
      }
      if (cause instanceof Deno.errors.PermissionDenied) {
        throw new PortAccessError(`Cannot start '${command}' as this user may not run it`, {
          port,
          hint: `Check that it is a program: 'chmod +x ${command}'`,
          cause,
        });
      }
      throw new PortError(`Cannot start '${command}'`, { port, cause });
    }
  }

  async #keepTail(stderr: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    for (;;) {
      const { value } = await stderr.read().catch(() => ({ value: undefined }));
      if (!value) return;
      this.#options.onStderr?.(value);
      const all = new Uint8Array(this.#stderr.length + value.length);
      all.set(this.#stderr);
      all.set(value, this.#stderr.length);
      this.#stderr = all.slice(-STDERR_TAIL);
    }
  }

  #lost(cause: unknown): PortLostError {
    const end = this.#exit
      ? this.#exit.signal
        ? `was ended by '${this.#exit.signal}'`
        : `exited with code '${this.#exit.code}'`
      : "closed its input";
    const lastLine = this.stderrTail.trim().split("\n").at(-1);
    return new PortLostError(`Cannot write to '${this.name}' as the process ${end}`, {
      port: this.name,
      hint: lastLine
        ? `Its last words were: '${lastLine}'`
        : "Run it by itself in a terminal to see why",
      cause,
    });
  }
}

function kill(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has ended by itself.
  }
}

/** True when `promise` settles within `ms`. */
function within(clock: Clock, ms: number, promise: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.schedule(ms, () => resolve(false));
    const settle = () => {
      cancel();
      resolve(true);
    };
    promise.then(settle, settle);
  });
}
