/**
 * A Jupyter kernel process and its client: the messages that run code, and nothing that needs Python.
 * Protocol: https://jupyter-client.readthedocs.io/en/stable/messaging.html
 *
 * @module
 */
import { createHmac, randomUUID } from "node:crypto";
import { delay, systemClock } from "../../lib/clock.ts";
import { ZmtpConnection } from "./zmtp_connection.ts";

/** One message from the kernel. */
export interface KernelMessage {
  /** Such as `stream`, `display_data`, `status`. */
  type: string;
  /** Id of the request it belongs to; empty where it belongs to none. */
  parentId: string;
  /** The payload. */
  content: Record<string, unknown>;
}

/** How a kernel is started. */
export interface KernelOptions {
  /** As `argv` in a kernelspec: the command, with `{connection_file}` where the file's path goes. */
  argv: readonly string[];
  /** Folder that the kernel runs in; Deno looks for its configuration there and above. */
  cwd: string;
  /** Variables on top of this process's own. */
  env?: Record<string, string>;
  /** Ends the kernel, whatever it is doing. */
  signal: AbortSignal;
}

/** How one piece of code is run. */
export interface ExecuteOptions {
  /**
   * The Deno kernel may say that it is idle before the last output is out: wait until nothing came for this long.
   *
   * @default {60}
   */
  graceMs?: number;
  /** Wait longer than the grace time while this is false, but at most `lateMs`. */
  isComplete?: () => boolean;
  /** @default {5000} */
  lateMs?: number;
}

/** The kernel process ended, with what it last printed. */
export class KernelEndedError extends Error {
  override name = "KernelEndedError";
}

const delimiter = "<IDS|MSG>";
const tailBytes = 4096;
const shutdownMs = 1000;
const encoder = new TextEncoder(), decoder = new TextDecoder();

/** A running kernel. Dispose of it: it is killed then. */
export class JupyterKernel implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #connectionFile: string;
  readonly #key: string;
  readonly #session = randomUUID();
  readonly #identity = randomUUID();
  readonly #ended = Promise.withResolvers<never>();
  readonly #replies = new Map<string, (reply: KernelMessage) => void>();
  readonly #idle = new Map<string, () => void>();
  readonly #cleanups: (() => void)[] = [];
  readonly #output = { stdout: "", stderr: "" };
  readonly #readers: Promise<void>[];
  readonly #listeners: Promise<void>[] = [];
  #iopub?: ZmtpConnection;
  #shell?: ZmtpConnection;
  #control?: ZmtpConnection;
  #lastMessageAt = 0;

  /** Is told of every message on the kernel's output channel. */
  onOutput: (message: KernelMessage) => void = () => {};

  private constructor(process: Deno.ChildProcess, connectionFile: string, key: string) {
    this.#process = process;
    this.#connectionFile = connectionFile;
    this.#key = key;
    this.#ended.promise.catch(() => {});
    this.#readers = [this.#keepTail("stdout"), this.#keepTail("stderr")];
    this.#process.status.then(async (status) => {
      await Promise.all(this.#readers);
      this.#ended.reject(
        new KernelEndedError(`The kernel ended with code ${status.code}\n${this.tail}`.trimEnd()),
      );
    });
    const kill = () => this.#kill();
    globalThis.addEventListener("unload", kill);
    this.#cleanups.push(() => globalThis.removeEventListener("unload", kill));
  }

  /**
   * Starts a kernel and waits until it answers.
   *
   * @throws {KernelEndedError} when the process ends first.
   * @throws The signal's reason.
   */
  static async start(options: KernelOptions): Promise<JupyterKernel> {
    options.signal.throwIfAborted();
    const key = randomUUID();
    const names = ["shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"] as const;
    const ports = freePorts(names.length);
    const connection = {
      ip: "127.0.0.1",
      transport: "tcp",
      signature_scheme: "hmac-sha256",
      key,
      kernel_name: "deno",
      ...Object.fromEntries(names.map((name, i) => [name, ports[i]])),
    };
    const connectionFile = await Deno.makeTempFile({ prefix: "kernel-", suffix: ".json" });
    await Deno.writeTextFile(connectionFile, JSON.stringify(connection));
    const [command, ...args] = options.argv.map((argument) =>
      argument.replaceAll("{connection_file}", connectionFile)
    );
    const process = new Deno.Command(command, {
      args,
      cwd: options.cwd,
      env: options.env,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const kernel = new JupyterKernel(process, connectionFile, key);
    try {
      await kernel.#connect(ports[0], ports[1], ports[3], options.signal);
    } catch (error) {
      await kernel[Symbol.asyncDispose]();
      throw error;
    }
    return kernel;
  }

  /** The last that the process itself printed (what cells print comes as messages). */
  get tail(): string {
    return (this.#output.stdout + this.#output.stderr).trim();
  }

  /**
   * Runs code and waits until its outputs are out.
   *
   * @param onRequest Is told the id of the request, which its outputs carry as `parentId`, before any of them comes.
   * @returns The content of the reply; its `status` is `ok` or `error`.
   * @throws {KernelEndedError} when the process ends first.
   * @throws The reason of the signal given at the start.
   */
  async execute(
    code: string,
    onRequest: (id: string) => void = () => {},
    options: ExecuteOptions = {},
  ): Promise<Record<string, unknown>> {
    const { graceMs = 60, isComplete = () => true, lateMs = 5000 } = options;
    const id = randomUUID();
    onRequest(id);
    const idle = new Promise<void>((resolve) => this.#idle.set(id, resolve));
    const reply = await this.#request(this.#shell!, "execute_request", {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: true,
    }, id);
    await Promise.race([idle, this.#ended.promise]);
    this.#idle.delete(id);
    const idleAt = performance.now();
    for (;;) {
      const now = performance.now();
      const isQuiet = now - Math.max(this.#lastMessageAt, idleAt) >= graceMs;
      if ((isQuiet && isComplete()) || now - idleAt >= lateMs + graceMs) break;
      await Promise.race([delay(systemClock, 10), this.#ended.promise]);
    }
    return reply.content;
  }

  /** Asks the kernel to end, then kills it. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
    this.#idle.clear();
    // A kernel behind a launcher (npx) would outlive a kill of the launcher: ask first.
    const control = this.#control;
    if (control !== undefined) {
      const asked = this.#request(control, "shutdown_request", { restart: false }).catch(() => {});
      const timer = Promise.withResolvers<void>();
      const cancel = systemClock.schedule(shutdownMs, timer.resolve);
      await Promise.race([asked, timer.promise]);
      cancel();
    }
    this.#kill();
    await this.#process.status;
    this.#shell?.[Symbol.dispose]();
    control?.[Symbol.dispose]();
    this.#iopub?.[Symbol.dispose]();
    await Promise.all([...this.#readers, ...this.#listeners]);
    await Deno.remove(this.#connectionFile).catch(() => {});
  }
  async #connect(shell: number, iopub: number, control: number, signal: AbortSignal) {
    const onAbort = () => {
      this.#ended.reject(signal.reason);
      this.#kill();
    };
    signal.addEventListener("abort", onAbort, { once: true });
    const dialing = new AbortController();
    this.#cleanups.push(() => signal.removeEventListener("abort", onAbort));
    this.#ended.promise.catch((error) => dialing.abort(error));
    const dial = (port: number, type: "DEALER" | "SUB") =>
      Promise.race([
        ZmtpConnection.dial(port, { type, identity: this.#identity, signal: dialing.signal }),
        this.#ended.promise,
      ]);
    this.#iopub = await dial(iopub, "SUB");
    this.#listeners.push(this.#listen(this.#iopub, (message) => this.#takeOutput(message)));
    this.#shell = await dial(shell, "DEALER");
    this.#listeners.push(this.#listen(this.#shell, (message) => this.#takeReply(message)));
    this.#control = await dial(control, "DEALER");
    this.#listeners.push(this.#listen(this.#control, (message) => this.#takeReply(message)));
    await this.#request(this.#shell, "kernel_info_request", {});
  }

  async #listen(socket: ZmtpConnection, take: (message: KernelMessage) => void): Promise<void> {
    for (;;) {
      let frames;
      try {
        frames = await socket.receive();
      } catch {
        return; // The process's end is what is reported.
      }
      try {
        take(this.#decode(frames));
      } catch (error) {
        this.#ended.reject(error);
        return;
      }
    }
  }

  #takeReply(message: KernelMessage): void {
    this.#replies.get(message.parentId)?.(message);
    this.#replies.delete(message.parentId);
  }

  #takeOutput(message: KernelMessage): void {
    this.#lastMessageAt = performance.now();
    if (message.type === "status" && message.content.execution_state === "idle") {
      this.#idle.get(message.parentId)?.();
    }
    this.onOutput(message);
  }

  async #request(
    socket: ZmtpConnection,
    type: string,
    content: Record<string, unknown>,
    id: string = randomUUID(),
  ): Promise<KernelMessage> {
    const reply = new Promise<KernelMessage>((resolve) => this.#replies.set(id, resolve));
    const header = {
      msg_id: id,
      session: this.#session,
      username: "thimble",
      date: new Date().toISOString(),
      msg_type: type,
      version: "5.3",
    };
    const parts = [header, {}, {}, content].map((part) => encoder.encode(JSON.stringify(part)));
    await Promise.race([
      socket.send([encoder.encode(delimiter), encoder.encode(this.#sign(parts)), ...parts]),
      this.#ended.promise,
    ]);
    return Promise.race([reply, this.#ended.promise]);
  }

  #decode(frames: Uint8Array[]): KernelMessage {
    const texts = frames.map((frame) => decoder.decode(frame));
    const start = texts.indexOf(delimiter);
    const parts = frames.slice(start + 2, start + 6);
    if (start < 0 || parts.length < 4 || texts[start + 1] !== this.#sign(parts)) {
      // The Deno kernel puts another message into one that does not fit the socket's buffer (4 MB on Linux).
      throw new Error("Cannot read a message of the kernel: its signature is missing or wrong");
    }
    const [header, parent, , content] = texts.slice(start + 2, start + 6).map((text) =>
      JSON.parse(text)
    );
    return { type: header.msg_type, parentId: parent?.msg_id ?? "", content };
  }

  #sign(parts: Uint8Array[]): string {
    const hmac = createHmac("sha256", this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }

  async #keepTail(name: "stdout" | "stderr"): Promise<void> {
    for await (const text of this.#process[name].pipeThrough(new TextDecoderStream())) {
      this.#output[name] = (this.#output[name] + text).slice(-tailBytes);
    }
  }

  #kill(): void {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // Ended already.
    }
  }
}

/** Ports that were free a moment ago: the kernel binds them itself. */
function freePorts(count: number): number[] {
  const listeners = Array.from(
    { length: count },
    () => Deno.listen({ port: 0, hostname: "127.0.0.1" }),
  );
  return listeners.map((listener) => {
    listener.close();
    return listener.addr.port;
  });
}
