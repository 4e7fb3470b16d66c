/**
 * The protocol of the firmware's core, written a second time, in TypeScript, to compare the core with.
 *
 * @module
 */
import { printable } from "../../lib/serial/lines.ts";
import { cortexM4Cost, inferenceUs } from "../../lib/serial/virtual/cost_model.ts";
import type { VirtualBoardOptions } from "../../lib/serial/virtual/virtual_board.ts";

/** The largest input that the official firmware has room for, in bytes. */
const bufferBytes = 96 * 96 * 3;
/** The official firmware's command buffer, in bytes. */
const commandBytes = 80;
/** What one command may ask for, so that no command runs for ever. */
const maximumIterations = 10_000_000;
const bootUs = 50_000;

/** What the core has to do: answers and times, without its extensions. */
export class ReferenceBoard {
  readonly #options: Required<Omit<VirtualBoardOptions, "onSend">>;
  readonly #buffer = new Uint8Array(bufferBytes);
  #size = 0;
  #position = 0;
  #command = "";
  #commandTooLong = false;
  #lastResults: string[] = [];
  #timeUs = 0;
  #out = "";

  /** Makes a board without power; see `boot()`. */
  constructor(options: VirtualBoardOptions) {
    this.#options = {
      benchmark: options.benchmark,
      model: options.model,
      name: options.name ?? "thimble-virtual",
      mode: options.mode ?? "performance",
      cost: options.cost ?? cortexM4Cost,
      baudRate: options.baudRate ?? 115_200,
      onEdge: options.onEdge ?? (() => {}),
    };
  }

  /** The board's clock in µs since it booted; simulated. */
  get timeUs(): number {
    return Math.round(this.#timeUs);
  }

  /** Powers the board on; returns its banner. What it was given before is lost. */
  boot(): string {
    this.#size = this.#position = 0;
    this.#command = "";
    this.#commandTooLong = false;
    this.#lastResults = [];
    this.#timeUs = bootUs;
    this.#out = "";
    this.#print(`m-timestamp-mode-${this.#options.mode}`);
    this.#print("m-init-done");
    this.#print("m-ready");
    return this.#flush();
  }

  /** Takes bytes from the host; returns what the board answers to them, often nothing. */
  receive(bytes: Uint8Array): string {
    for (const byte of bytes) {
      this.#timeUs += this.#byteUs;
      if (byte !== 0x25) {
        if (this.#command.length < commandBytes - 1) this.#command += String.fromCharCode(byte);
        else this.#commandTooLong = true;
        continue;
      }
      const command = this.#command;
      const tooLong = this.#commandTooLong;
      this.#command = "";
      this.#commandTooLong = false;
      if (tooLong) this.#print(`e-[Command is longer than ${commandBytes - 1} characters]`);
      else this.#execute(command);
      this.#print("m-ready");
    }
    return this.#flush();
  }

  get #byteUs(): number {
    return 10e6 / this.#options.baudRate;
  }

  #print(line: string): void {
    this.#out += line + "\r\n";
    this.#timeUs += (line.length + 2) * this.#byteUs;
  }

  #flush(): string {
    const out = this.#out;
    this.#out = "";
    return out;
  }

  #execute(command: string): void {
    const words = command.trim().split(/ +/);
    switch (words[0]) {
      case "name":
        return this.#print(`m-name-dut-[${this.#options.name}]`);
      case "profile":
        this.#print("m-profile-[Thimble virtual board, simulated time]");
        return this.#print(`m-model-[${this.#options.benchmark.id}]`);
      case "timestamp":
        return this.#timestamp();
      case "db":
        return this.#data(words.slice(1));
      case "infer":
        return this.#infer(words.slice(1));
      case "results":
        return this.#print(`m-results-[${this.#lastResults.join(",")}]`);
      case "help":
        return this.#print(
          "name, profile, timestamp, db load N, db HEX, db print, infer N [W], results",
        );
      default:
        return this.#print(`e-[Unknown command: ${printable(words[0])}]`);
    }
  }

  #timestamp(): void {
    if (this.#options.mode === "energy") this.#options.onEdge(this.timeUs);
    else this.#print(`m-lap-us-${this.timeUs}`);
  }

  #data(words: string[]): void {
    if (words[0] === "load") return this.#load(words[1]);
    if (words[0] === "print") return this.#printBuffer();
    const hex = words[0] ?? "";
    if (hex === "") return this.#print("e-[Command 'db' requires 'load N', 'print' or hex bytes]");
    if (hex.length % 2 !== 0) return this.#print("e-[Insufficient number of hex digits]");
    for (let i = 0; i < hex.length; i += 2) {
      if (this.#position >= this.#size) {
        return this.#print(`e-[Already holds the ${this.#size} bytes that were announced]`);
      }
      const digits = hex.slice(i, i + 2);
      if (!/^[0-9a-f]{2}$/i.test(digits)) {
        return this.#print(`e-[Invalid hex digit '${printable(digits)}']`);
      }
      this.#buffer[this.#position++] = parseInt(digits, 16);
      if (this.#position === this.#size) this.#print("m-load-done");
    }
  }

  #load(word: string | undefined): void {
    const size = count(word);
    if (size === undefined || size === 0) {
      return this.#print("e-[Command 'db load' requires a number of bytes]");
    }
    if (size > bufferBytes) {
      return this.#print(`e-[Supplied buffer size ${size} exceeds maximum of ${bufferBytes}]`);
    }
    this.#size = size;
    this.#position = 0;
    this.#print(`m-[Expecting ${size} bytes]`);
  }

  #printBuffer(): void {
    for (let i = 0; i < this.#size; i += 8) {
      const row = this.#buffer.subarray(i, Math.min(i + 8, this.#size));
      this.#print("m-buffer-" + Array.from(row, (b) => b.toString(16).padStart(2, "0")).join("-"));
    }
  }

  #infer(words: string[]): void {
    const iterations = count(words[0]);
    const warmups = words[1] === undefined ? 10 : count(words[1]);
    if (iterations === undefined || iterations < 1 || iterations > maximumIterations) {
      return this.#print(`e-[Command 'infer' requires 1 to ${maximumIterations} iterations]`);
    }
    if (warmups === undefined || warmups > maximumIterations) {
      return this.#print(`e-[Command 'infer' requires 0 to ${maximumIterations} warmups]`);
    }
    const { benchmark, model, cost } = this.#options;
    if (this.#size !== benchmark.input.bytes || this.#position !== this.#size) {
      return this.#print(`e-[Input is not loaded: ${benchmark.input.bytes} bytes expected]`);
    }
    let results: string[];
    try {
      // The model is deterministic: one inference stands for all of them.
      results = model.results(this.#buffer.subarray(0, this.#size));
    } catch (error) {
      return this.#print(`e-[Inference failed: ${printable(String(error))}]`);
    }
    const oneUs = inferenceUs(model.macs, cost);
    this.#print(`m-warmup-start-${warmups}`);
    this.#timeUs += warmups * oneUs;
    this.#print("m-warmup-done");
    this.#print(`m-infer-start-${iterations}`);
    this.#timestamp();
    this.#timeUs += iterations * oneUs;
    this.#timestamp();
    this.#print("m-infer-done");
    this.#lastResults = results;
    this.#print(`m-results-[${this.#lastResults.join(",")}]`);
  }
}

// A count as the wire has it: digits only.
function count(word: string | undefined): number | undefined {
  return word !== undefined && /^[0-9]{1,10}$/.test(word) ? Number(word) : undefined;
}
