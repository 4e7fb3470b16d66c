import { LineSplitter } from "../serial/lines.ts";
import { PortLostError } from "../serial/port_errors.ts";
import { ProcessPort } from "../serial/process_port.ts";
import { type TraceLine, traceLine } from "./line_time.ts";

/** How a DUT that is a program is started. */
export interface ProgramCall {
  /** What messages call it. @default {the program} */
  name?: string;
  /** The program. */
  command: string;
  /** Its arguments. */
  args: readonly string[];
}

/** Who hears what a program does. */
export interface ProgramListener {
  /** It has sent something. */
  text(bytes: Uint8Array): void;
  /** It has told what it did. */
  trace?(line: TraceLine): void;
  /** It has ended, and nobody has asked it to. */
  ended(error: PortLostError): void;
}

/** What is kept of lines that are no trace, such as error messages. */
const mostWords = 20;

/**
 * A program that is a DUT, running: its standard input and output are the serial line, and on standard error it may trace
 * what it does. It ends when it is disposed, and with this process.
 */
export class DutProgram implements AsyncDisposable {
  readonly #name: string;
  readonly #port: ProcessPort;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #pump: Promise<void>;
  #isOver = false;
  // Where this process ends without disposing of anything.
  readonly #kill = () => void this.#port.close();

  /**
   * Starts it.
   *
   * @throws {PortError} Where it cannot be started.
   */
  static async start(call: ProgramCall, listener: ProgramListener): Promise<DutProgram> {
    const words: string[] = [];
    const splitter = new LineSplitter();
    const port = new ProcessPort(call.command, {
      args: [...call.args],
      onStderr: (bytes) => {
        for (const text of splitter.push(bytes)) {
          const line = traceLine(text);
          if (line) listener.trace?.(line);
          else if (words.push(text) > mostWords) words.shift();
        }
      },
    });
    await port.open({ baudRate: 115_200 });
    const lastWords = () => [...words, splitter.rest].join(" ").trim();
    return new DutProgram(call.name ?? call.command, port, listener, lastWords);
  }

  private constructor(
    name: string,
    port: ProcessPort,
    listener: ProgramListener,
    words: () => string,
  ) {
    this.#name = name;
    this.#port = port;
    this.#writer = port.writable!.getWriter();
    this.#writer.closed.catch(() => {});
    this.#pump = this.#read(listener, words);
    addEventListener("unload", this.#kill);
  }

  /** Gives it bytes. What it does not take any more is lost: it tells when it has ended. */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#writer.write(bytes).catch(() => {});
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    removeEventListener("unload", this.#kill);
    await this.#port.close();
    await this.#pump;
  }

  async #read(listener: ProgramListener, words: () => string): Promise<void> {
    const reader = this.#port.readable!.getReader();
    for (;;) {
      const { value } = await reader.read().catch(() => ({ value: undefined }));
      if (value) listener.text(value);
      else break;
    }
    if (this.#isOver) return;
    removeEventListener("unload", this.#kill);
    await this.#port.close();
    const code = this.#port.exitCode;
    listener.ended(
      new PortLostError(
        `Cannot go on with the DUT as '${this.#name}' has ended with exit code '${code}'`,
        {
          port: this.#port.name,
          hint: words()
            ? `Its last words were: '${words().slice(-300)}'`
            : "Run it by itself in a terminal to see why",
        },
      ),
    );
  }
}
