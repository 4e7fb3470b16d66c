/**
 * Puts a simulated board behind a port.
 *
 * @module
 */
import { type Clock, delay, systemClock } from "../../clock.ts";
import { memoryPortPair } from "../memory_port.ts";
import type { SerialPort } from "../serial_port.ts";
import { seededRandom } from "../../seeded_random.ts";
import { damage, type Faults } from "./faults.ts";

/** A board without hardware: a {@linkcode VirtualBoard}, or another that has its shape. */
export interface Board {
  /** Powers it on; returns its banner. */
  boot(): string;
  /** Takes bytes from the host; returns what it answers to them. */
  receive(bytes: Uint8Array): string;
}

/** How a board is served. */
export interface ServeOptions {
  /** What goes wrong. @default {none} */
  faults?: Faults;
  /** Where delays get their time from. @default {systemClock} */
  clock?: Clock;
  /** Ends the service when it aborts. */
  signal?: AbortSignal;
}

/**
 * Answers for `board` on an open port, until the other side goes, the signal aborts, or the board vanishes by fault;
 * then the port is closed.
 *
 * @param port The board's side of the wire, open.
 */
export async function serveBoard(
  board: Board,
  port: SerialPort,
  options: ServeOptions = {},
): Promise<void> {
  const { faults = {}, clock = systemClock, signal } = options;
  const { delayMs = 0, bootMs = 0, vanishAfterBytes = Infinity } = faults;
  const random = seededRandom(faults.seed ?? 1);
  const reader = port.readable!.getReader();
  const writer = port.writable!.getWriter();
  const stop = () => void reader.cancel().catch(() => {});
  signal?.addEventListener("abort", stop, { once: true });
  let passed = 0;
  const send = async (text: string) => {
    const bytes = damage(new TextEncoder().encode(text), faults, random);
    const left = Math.max(0, vanishAfterBytes - passed);
    passed += bytes.length;
    if (bytes.length > 0) await writer.write(bytes.subarray(0, left));
  };
  try {
    let ready = bootMs === 0;
    if (!ready) {
      clock.schedule(bootMs, () => {
        ready = true;
        send(board.boot()).catch(stop);
      });
    } else {
      await send(board.boot());
    }
    while (!signal?.aborted && passed < vanishAfterBytes) {
      const { value, done } = await reader.read();
      if (done) break;
      passed += value.length;
      if (!ready) continue;
      const answer = board.receive(damage(value, faults, random));
      if (answer === "") continue;
      if (delayMs > 0) await delay(clock, delayMs, signal);
      await send(answer);
    }
  } catch (error) {
    // The host is gone, or the signal has ended a delay: there is nobody left to tell.
    if (!signal?.aborted && !isGone(error)) throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
    await reader.cancel().catch(() => {});
    reader.releaseLock();
    writer.abort().catch(() => {});
    writer.releaseLock();
    await port.close();
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && /^Port(Lost|Closed)Error$/.test(error.name);
}

/**
 * A port with a simulated board behind it; the board is powered when the port is opened.
 *
 * @example
 * ```ts
 * import { benchmarks, Dut, VirtualBoard, virtualPort } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const board = new VirtualBoard({
 *   benchmark: benchmarks.kws01,
 *   model: { macs: 1000, results: () => ["1.000000"] },
 * });
 * await using dut = await Dut.connect(virtualPort(board));
 * assert.equal((await dut.profile()).model, "kws01");
 * ```
 */
export function virtualPort(board: Board, options: ServeOptions = {}): SerialPort {
  const [host, device] = memoryPortPair();
  return {
    get readable() {
      return host.readable;
    },
    get writable() {
      return host.writable;
    },
    async open(serialOptions) {
      await device.open(serialOptions);
      await host.open(serialOptions);
      serveBoard(board, device, options).catch(reportError);
    },
    setSignals: () => Promise.resolve(),
    reconfigure: () => Promise.resolve(),
    getInfo: () => ({}),
    close: () => host.close(),
  };
}
