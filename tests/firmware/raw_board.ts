import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import type { SerialPort } from "../../lib/serial/serial_port.ts";
import { answer } from "../serial/expected_protocol.ts";
import { Line } from "./ports_conversation.ts";

/** Firmware by its binary loads, with nothing mended: every byte of an answer has to be right. */
export class RawBoard implements AsyncDisposable {
  readonly #line: Line;

  private constructor(line: Line) {
    this.#line = line;
  }

  /** Opens a port and waits for the banner. */
  static async connect(port: SerialPort): Promise<RawBoard> {
    await port.open({ baudRate: 115_200 });
    const line = new Line(port);
    await line.receive();
    return new RawBoard(line);
  }

  /** The answer to a command. */
  async ask(command: string): Promise<string> {
    await this.#line.send(`${command}%`);
    return await this.#line.receive();
  }

  async #send(bytes: Uint8Array): Promise<void> {
    const checksum = crc32(bytes).toString(16).padStart(8, "0");
    assert.equal(
      await this.ask(`db raw ${bytes.length} ${checksum}`),
      answer(`m-[Expecting ${bytes.length} raw bytes]`),
    );
    await this.#line.send(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    assert.equal(await this.#line.receive(), answer("m-load-done"));
  }

  /** A whole input. */
  async load(bytes: Uint8Array): Promise<void> {
    await this.ask(`db load ${bytes.length}`);
    await this.#send(bytes);
  }

  /** The end of the next window, whose start is there already. */
  async shift(bytes: Uint8Array): Promise<void> {
    await this.ask(`db shift ${bytes.length}`);
    await this.#send(bytes);
  }

  /** Time between the two timestamps, and what was printed. */
  async infer(
    iterations: number,
    warmups: number,
  ): Promise<{ durationUs: number; results: string[] }> {
    const text = await this.ask(`infer ${iterations} ${warmups}`);
    const laps = [...text.matchAll(/m-lap-us-(\d+)/g)].map((match) => Number(match[1]));
    const results = /m-results-\[(.*)\]/.exec(text)?.[1].split(",");
    assert.ok(laps.length === 2 && results, text);
    return { durationUs: laps[1] - laps[0], results };
  }

  /** Bytes of the stack that were in use at most, and that there are. */
  async stack(): Promise<{ used: number; reserved: number }> {
    const text = await this.ask("stack");
    const [, used, reserved] = /^m-stack-\[(\d+),(\d+)\]\r\nm-ready\r\n$/.exec(text)!;
    return { used: Number(used), reserved: Number(reserved) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#line[Symbol.asyncDispose]();
  }
}
