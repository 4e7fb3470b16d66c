/** The same conversation with every port of the firmware, byte by byte, and what its echo model answers. */
import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import type { Dut } from "../../lib/serial/dut.ts";
import type { SerialPort } from "../../lib/serial/serial_port.ts";
import { answer } from "../serial/expected_protocol.ts";

/** Bytes of the echo model's input. */
export const echoBytes = 490;

/** An input in which no two places are alike for long. */
export function echoInput(first: number): Uint8Array {
  return Uint8Array.from(
    { length: echoBytes },
    (_, i) => i === 0 ? first : i * 7 + (i >> 8) & 255,
  );
}

/** What the echo model makes of an input; see firmware/ports/echo/model.c. */
export function echoResults(input: Uint8Array): string[] {
  const crc = crc32(input);
  return [input[0] / 256, input[1] / 256, (crc >>> 16) / 65536, (crc & 0xffff) / 65536]
    .map((value) => printed(value, 6));
}

/** A number as C prints it; toFixed() rounds halves up. */
export function printed(value: number, decimals: number): string {
  const bits = new DataView(new ArrayBuffer(4));
  bits.setFloat32(0, value);
  const word = bits.getUint32(0);
  const sign = word >>> 31 ? "-" : "";
  const exponent = word >>> 23 & 255;
  const fraction = word & 0x7fffff;
  if (exponent === 255) return sign + (fraction ? "nan" : "inf");
  // the value is numerator / 2^149
  const numerator = exponent === 0
    ? BigInt(fraction)
    : BigInt(fraction | 0x800000) << BigInt(exponent - 1);
  const scaled = numerator * 10n ** BigInt(decimals);
  let whole = scaled >> 149n;
  const twice = (scaled - (whole << 149n)) * 2n;
  const one = 1n << 149n;
  if (twice > one || (twice === one && whole % 2n === 1n)) whole++;
  const digits = whole.toString().padStart(decimals + 1, "0");
  const point = digits.length - decimals;
  return sign + digits.slice(0, point) + (decimals > 0 ? "." + digits.slice(point) : "");
}

const hex = (bytes: Uint8Array) =>
  Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
const checksum = (bytes: Uint8Array) => crc32(bytes).toString(16).padStart(8, "0");
const latin1 = (bytes: Uint8Array) => Array.from(bytes, (b) => String.fromCharCode(b)).join("");

/** Who answers. */
export interface Speaker {
  name: string;
  profile: string;
  model: string;
  extensions: string;
  mode?: "performance" | "energy";
}

/** What is sent, and what comes back; durations are T. Characters are bytes. */
export function conversation(speaker: Speaker): [sent: string, received: string][] {
  const input = echoInput(1);
  const next = new Uint8Array([...input.subarray(100), ...echoInput(2).subarray(0, 100)]);
  const energy = speaker.mode === "energy";
  const laps = energy ? [] : ["m-lap-us-T"];
  const inferences = (values: readonly string[]): string =>
    answer(
      ...["m-warmup-start-2", "m-warmup-done", "m-infer-start-3", ...laps, ...laps],
      ...["m-infer-done", `m-results-[${values.join(",")}]`],
    );
  const chunks: [string, string][] = [];
  for (let at = 0; at < echoBytes; at += 31) {
    const last = at + 31 >= echoBytes;
    chunks.push([
      `db ${hex(input.subarray(at, at + 31))}%`,
      answer(...last ? ["m-load-done"] : []),
    ]);
  }
  const withoutInput = answer(`e-[Input is not loaded: ${echoBytes} bytes expected]`);
  return [
    ["name%", answer(`m-name-dut-[${speaker.name}]`)],
    [
      "profile%",
      answer(
        `m-profile-[${speaker.profile}]`,
        `m-model-[${speaker.model}]`,
        `m-extensions-[${speaker.extensions}]`,
      ),
    ],
    ["timestamp%", answer(...laps)],
    ["results%", answer("m-results-[]")],
    ["infer 1%", withoutInput],
    ["infer 0 1%", answer("e-[Command 'infer' requires 1 to 10000000 iterations]")],
    ["infer 1 99999999%", answer("e-[Command 'infer' requires 0 to 10000000 warmups]")],
    ["db load 3%", answer("m-[Expecting 3 bytes]")],
    ["db 0aFf%", answer()],
    ["infer 1%", withoutInput],
    ["db 01fe%", answer("m-load-done", "e-[Already holds the 3 bytes that were announced]")],
    ["db print%", answer("m-buffer-0a-ff-01")],
    ["infer 1%", withoutInput],
    ["%", answer("e-[Unknown command: ]")],
    ["\x00\x1b[31m\xff \r\n%", answer("e-[Unknown command: \\x00\\x1b[31m\\xff]")],
    ["x".repeat(79) + "%", answer(`e-[Unknown command: ${"x".repeat(79)}]`)],
    ["x".repeat(5000) + "%", answer("e-[Command is longer than 79 characters]")],
    ["db load 27649%", answer("e-[Supplied buffer size 27649 exceeds maximum of 27648]")],
    [
      "db load 9999999999%",
      answer("e-[Supplied buffer size 9999999999 exceeds maximum of 27648]"),
    ],
    [`db load ${echoBytes}%`, answer(`m-[Expecting ${echoBytes} bytes]`)],
    ...chunks,
    ["infer 3 2%", inferences(echoResults(input))],
    ["results%", answer(`m-results-[${echoResults(input).join(",")}]`)],
    // A window further: 390 bytes stay, 100 are new
    ["db shift 100%", answer("m-[Expecting 100 bytes]")],
    [
      `db raw 100 ${checksum(next.subarray(390))}%`,
      answer("m-[Expecting 100 raw bytes]"),
    ],
    [latin1(next.subarray(390)), answer("m-load-done")],
    ["infer 3 2%", inferences(echoResults(next))],
    // The whole of it in one go, damaged at first
    [`db load ${echoBytes}%`, answer(`m-[Expecting ${echoBytes} bytes]`)],
    [
      `db raw ${echoBytes} ${checksum(input)}%`,
      answer(`m-[Expecting ${echoBytes} raw bytes]`),
    ],
    [
      latin1(next),
      answer(`e-[Wrong checksum: ${echoBytes} raw bytes have ${checksum(next)}]`),
    ],
    ["infer 1%", withoutInput],
    [
      `db raw ${echoBytes} ${checksum(next)}%`,
      answer(`m-[Expecting ${echoBytes} raw bytes]`),
    ],
    [latin1(next), answer("m-load-done")],
    ["infer 3 2%", inferences(echoResults(next))],
    // Wider commands, only once they were asked for
    [`db ${hex(input)}%`, answer("e-[Command is longer than 79 characters]")],
    ["chunk 490%", answer("m-chunk-490")],
    [`db load ${echoBytes}%`, answer(`m-[Expecting ${echoBytes} bytes]`)],
    [`db ${hex(input)}%`, answer("m-load-done")],
    ["infer 3 2%", inferences(echoResults(input))],
    ["chunk 513%", answer("e-[Command 'chunk' requires 1 to 512 bytes]")],
    // CTRL-C drops half a command
    ["infer 99\x03name%", answer(`m-name-dut-[${speaker.name}]`)],
    ...speaker.extensions.includes("optime")
      ? [
        ["optime 5%", answer("m-optime-[0,CRC,T]", "m-optime-[1,SPLIT,T]")],
      ] satisfies [string, string][]
      : [],
  ];
}

function withoutTimes(text: string): string {
  return text.replace(/m-lap-us-\d+/g, "m-lap-us-T").replace(/(m-optime-\[\d+,\w+,)\d+/g, "$1T");
}

/** A port that is open, as text. */
export class Line implements AsyncDisposable {
  readonly #port: SerialPort;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #received = "";

  /** Takes an open port. */
  constructor(port: SerialPort) {
    this.#port = port;
    this.#reader = port.readable!.getReader();
    this.#writer = port.writable!.getWriter();
  }

  /** Sends characters as bytes. */
  async send(text: string): Promise<void> {
    await this.#writer.write(Uint8Array.from(text, (c) => c.charCodeAt(0)));
  }

  /** What comes until `last`, with it. */
  async receive(last = "m-ready\r\n"): Promise<string> {
    for (;;) {
      const start = this.#received.indexOf(last);
      if (start >= 0) {
        const end = start + last.length;
        const text = this.#received.slice(0, end);
        this.#received = this.#received.slice(end);
        return text;
      }
      const { value, done } = await this.#reader.read();
      if (done) throw new Error(`Cannot read further than '${this.#received}'`);
      this.#received += latin1(value);
    }
  }

  /** Sends commands one after the other; what the last one is answered. */
  async ask(...commands: string[]): Promise<string> {
    let answer = "";
    for (const command of commands) {
      await this.send(command);
      answer = await this.receive();
    }
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#reader.releaseLock();
    this.#writer.releaseLock();
    await this.#port.close();
  }
}

/** Gives the echo model an input. */
export async function loadEcho(line: Line): Promise<void> {
  const loaded = await line.ask("chunk 490%", "db load 490%", `db ${hex(echoInput(0))}%`);
  assert.equal(loaded, answer("m-load-done"));
}

/** Holds the conversation on an open line whose banner has not been read; every byte must be right. */
export async function holdConversation(line: Line, speaker: Speaker): Promise<void> {
  assert.equal(
    await line.receive(),
    answer(`m-timestamp-mode-${speaker.mode ?? "performance"}`, "m-init-done"),
  );
  for (const [sent, expected] of conversation(speaker)) {
    await line.send(sent);
    assert.equal(withoutTimes(await line.receive()), expected, JSON.stringify(sent));
  }
}

/** What a host of ours does with it: loads, inferences, results that depend on every byte. */
export async function useDut(dut: Dut, rounds = 3): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const input = echoInput(round);
    await dut.load(input);
    const { results, startUs, endUs } = await dut.infer({ iterations: 10, warmups: 1 });
    assert.deepEqual(results, echoResults(input).map(Number));
    assert.ok(startUs === undefined || endUs! >= startUs);
  }
}
