import { type Wire, WirePort } from "../serial/wire_port.ts";
import type { VirtualBoard } from "../serial/virtual/virtual_board.ts";
import { ByteQueue } from "./byte_queue.ts";
import { DutProgram, type ProgramCall } from "./dut_program.ts";

/** A DUT that answers at once, as fast as it can; it prints its own times. */
export interface LiveDut {
  /** Powers it on, also where it was on before. */
  boot(listener: LiveListener): void | Promise<void>;
  /** Gives it bytes. */
  receive(bytes: Uint8Array): void | Promise<void>;
  /** Takes its power away. */
  stop(): void | Promise<void>;
}

/** Who hears a {@linkcode LiveDut}. */
export interface LiveListener {
  /** It has sent something. */
  text(bytes: Uint8Array): void;
  /** It has failed. */
  ended(error: unknown): void;
}

/** A {@linkcode VirtualBoard} in performance mode. */
export function liveBoard(board: VirtualBoard): LiveDut {
  const encoder = new TextEncoder();
  let heard: LiveListener | undefined;
  return {
    boot(listener) {
      heard = listener;
      listener.text(encoder.encode(board.boot()));
    },
    receive: (bytes) => heard?.text(encoder.encode(board.receive(bytes))),
    stop: () => void (heard = undefined),
  };
}

/** A program. */
export function liveProgram(call: ProgramCall): LiveDut {
  let program: DutProgram | undefined;
  let life = 0;
  const stop = async () => {
    life++;
    const before = program;
    program = undefined;
    await before?.[Symbol.asyncDispose]();
  };
  return {
    async boot(listener) {
      await stop();
      const mine = life;
      const started = await DutProgram.start(call, {
        text: (bytes) => mine === life && listener.text(bytes),
        ended: (error) => mine === life && listener.ended(error),
      });
      if (mine === life) program = started;
      else await started[Symbol.asyncDispose]();
    },
    receive: (bytes) => program?.write(bytes),
    stop,
  };
}

/** A port with a {@linkcode LiveDut} behind it, which can lose its power while the port stays open. */
export class LivePort extends WirePort {
  readonly #dut: LiveDut;
  #received: ByteQueue | undefined;
  #powered: boolean;

  /** Makes a closed port. */
  constructor(dut: LiveDut, powered: boolean) {
    super("dut (lab)");
    this.#dut = dut;
    this.#powered = powered;
  }

  /** Whether the DUT runs. */
  get isRunning(): boolean {
    return this.#powered && this.#received !== undefined;
  }

  /** Gives the DUT power, or takes it. */
  async power(on: boolean): Promise<void> {
    if (on === this.#powered) return;
    this.#powered = on;
    if (on) await this.reset();
    else await this.#dut.stop();
  }

  /** Starts the DUT anew, where it has power. */
  async reset(): Promise<void> {
    const received = this.#received;
    if (!this.#powered || received === undefined) return;
    await this.#dut.boot({
      text: (bytes) => received.put(bytes),
      ended: (error) => received.end(error),
    });
  }

  protected override async connect(): Promise<Wire> {
    const received = this.#received = new ByteQueue();
    try {
      await this.reset();
    } catch (error) {
      this.#received = undefined;
      throw error;
    }
    return {
      read: () => received.read(),
      write: (bytes) => {
        if (this.#powered) return this.#dut.receive(bytes.slice()) ?? undefined;
      },
      close: async () => {
        received.end();
        this.#received = undefined;
        await this.#dut.stop();
      },
    };
  }
}
