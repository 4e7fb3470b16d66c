import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import { Conversation } from "../../lib/serial/conversation.ts";
import { loadInput } from "../../lib/serial/load_input.ts";
import type { SerialPort } from "../../lib/serial/serial_port.ts";

/** How long an answer may take on a machine that does other things too, in ms. */
const deadlineMs = 120_000;

/**
 * Firmware that is given its inputs as bytes, by the library's own loader: what QEMU's serial line loses on a busy machine
 * is sent again. Answers are text, to the last digit.
 */
export class LoadingBoard implements AsyncDisposable {
  readonly #port: SerialPort;
  readonly #conversation: Conversation;

  private constructor(port: SerialPort) {
    this.#port = port;
    this.#conversation = new Conversation(port);
  }

  /** Opens a port and waits for the banner. */
  static async connect(port: SerialPort): Promise<LoadingBoard> {
    await port.open({ baudRate: 115_200 });
    const board = new LoadingBoard(port);
    await board.#conversation.listen({ deadlineMs });
    return board;
  }

  /** The lines of the answer to a command. */
  ask(command: string): Promise<string[]> {
    return this.#conversation.ask(command, { deadlineMs });
  }

  /**
   * A whole input, or the end of the next window, whose first `keptBytes` are there already.
   *
   * @returns What had to be mended.
   */
  async load(bytes: Uint8Array, keptBytes = 0): Promise<string[]> {
    const notices: string[] = [];
    await loadInput(bytes, {
      ...{ chunkBytes: 31, attempts: 4, readBack: false, keptBytes },
      sendPiece: (piece) => this.#sendPiece(piece),
      ask: (command) => this.ask(command),
      resynchronize: (cause) => Promise.reject(cause),
      errorData: (command) => this.#conversation.errorData(command),
      onNotice: (text) => void notices.push(text),
    });
    return notices;
  }

  async #sendPiece(piece: Uint8Array): Promise<string[]> {
    await this.ask(`db raw ${piece.length} ${crc32(piece).toString(16).padStart(8, "0")}`);
    return await this.#conversation.ask("(bytes)", { deadlineMs, raw: piece });
  }

  /** Time between the two timestamps, and what was printed. */
  async infer(
    iterations: number,
    warmups: number,
  ): Promise<{ durationUs: number; results: string[] }> {
    const text = (await this.ask(`infer ${iterations} ${warmups}`)).join("\n");
    const laps = [...text.matchAll(/m-lap-us-(\d+)/g)].map((match) => Number(match[1]));
    const results = /m-results-\[(.*)\]/.exec(text)?.[1].split(",");
    assert.ok(laps.length === 2 && results, text);
    return { durationUs: laps[1] - laps[0], results };
  }

  /** Bytes of the stack that were in use at most, and that there are. */
  async stack(): Promise<{ used: number; reserved: number }> {
    const [text] = await this.ask("stack");
    const [, used, reserved] = /^m-stack-\[(\d+),(\d+)\]$/.exec(text)!;
    return { used: Number(used), reserved: Number(reserved) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#conversation[Symbol.asyncDispose]();
    await this.#port.close();
  }
}
