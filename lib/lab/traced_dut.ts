import { DutProgram, type ProgramCall } from "./dut_program.ts";
import { lineTime, type TraceLine } from "./line_time.ts";
import type { DutTurn, TimedDut } from "./timed_dut.ts";

/** How a {@linkcode TracedDut} is made. */
export interface TracedDutOptions {
  /** Starts the program, tracing. */
  call: ProgramCall;
  /** Bits per second of its line. */
  baudRate: number;
  /**
   * How often in a row it has to wait until its turn is over: 2 where a byte that comes just before it waits is only seen
   * the next time.
   */
  waits: number;
}

/** A turn that is not over yet. */
interface OpenTurn {
  resolve(turn: DutTurn): void;
  reject(error: unknown): void;
  /** Bytes that it has still to take. */
  untaken: number;
}

/** A DUT that is a program which traces what it does: the native firmware, or QEMU with the plugin firmware/lab/trace.c. */
export class TracedDut implements TimedDut {
  readonly #options: TracedDutOptions;
  #program: DutProgram | undefined;
  #turn: OpenTurn | undefined;
  #trace: TraceLine[] = [];
  #text: Uint8Array[] = [];
  #unsent = 0; // bytes that the trace has told of and that have not come yet
  #waits = 0;
  #life = 0;
  #failure: unknown;

  /** Makes a DUT without power. */
  constructor(options: TracedDutOptions) {
    this.#options = options;
  }

  /**
   * Starts the program anew.
   *
   * @throws {PortError} Where it cannot be started, or ends.
   */
  async boot(): Promise<DutTurn> {
    await this.stop();
    const life = this.#life;
    this.#trace = [];
    this.#text = [];
    this.#unsent = this.#waits = 0;
    const turn = this.#open(0);
    turn.catch(() => {});
    // What comes of a program that was started before is not told any more.
    const now = <T>(tell: (value: T) => void) => (value: T) => {
      if (life === this.#life) tell(value);
    };
    const program = await DutProgram.start(this.#options.call, {
      text: now((bytes) => {
        this.#text.push(bytes);
        this.#unsent -= bytes.length;
        this.#check();
      }),
      trace: now((line) => this.#take(line)),
      ended: now((error) => {
        this.#program = undefined;
        this.#failure = error;
        this.#turn?.reject(error);
      }),
    });
    if (life !== this.#life) {
      await program[Symbol.asyncDispose]();
      throw new DOMException("The DUT has lost its power", "AbortError");
    }
    this.#program = program;
    return await turn;
  }

  /** Gives it bytes; one turn at a time. */
  async receive(bytes: Uint8Array): Promise<DutTurn> {
    if (this.#program === undefined) throw this.#failure;
    const turn = this.#open(bytes.length);
    turn.catch(() => {});
    await this.#program.write(bytes);
    return await turn;
  }

  /** Ends the program. */
  async stop(): Promise<void> {
    this.#life++;
    const program = this.#program;
    this.#program = undefined;
    this.#turn?.reject(new DOMException("The DUT has lost its power", "AbortError"));
    this.#turn = undefined;
    await program?.[Symbol.asyncDispose]();
  }

  #open(untaken: number): Promise<DutTurn> {
    this.#waits = 0;
    return new Promise((resolve, reject) => this.#turn = { resolve, reject, untaken });
  }

  #take(line: TraceLine): void {
    if (line.kind === "I") {
      this.#waits++;
      this.#check();
      return;
    }
    this.#waits = 0;
    this.#trace.push(line);
    if (line.kind === "W") this.#unsent += line.count;
    if (line.kind === "R" && this.#turn) this.#turn.untaken -= line.count;
  }

  #check(): void {
    const turn = this.#turn;
    if (!turn || turn.untaken > 0 || this.#unsent > 0 || this.#waits < this.#options.waits) return;
    this.#turn = undefined;
    const text = new Uint8Array(this.#text.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const piece of this.#text.splice(0)) {
      text.set(piece, at);
      at += piece.length;
    }
    turn.resolve(lineTime(this.#trace.splice(0), text, 10e6 / this.#options.baudRate));
  }
}
