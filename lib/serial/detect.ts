/**
 * Finding out what is behind a port, and saying what to do when it does not answer.
 *
 * @module
 */
import { type Clock, systemClock } from "../clock.ts";
import { ThimbleError } from "../errors.ts";
import { Conversation } from "./conversation.ts";
import { Dut, type DutMode } from "./dut.ts";
import { DutError } from "./dut_errors.ts";
import type { SerialPort } from "./serial_port.ts";

/** One baud rate that was tried. */
export interface DetectionAttempt {
  /** Bits per second. */
  baudRate: number;
  /** Bytes that came. */
  received: number;
  /** The last of them, escaped. */
  sample: string;
}

/** What was found behind a port. */
export interface Detection {
  /**
   * `dut`: a device that speaks the protocol. `io-manager`: the interface board of energy mode. `other`: something that
   * sends readable text. `garbled`: bytes that are no text at any rate. `silent`: nothing came. `unavailable`: the port
   * cannot be opened.
   */
  kind: "dut" | "io-manager" | "other" | "garbled" | "silent" | "unavailable";
  /** The rate at which it answered. */
  baudRate?: number;
  /** The vendor's name for it. */
  name?: string;
  /** Its benchmark, such as "kws01". */
  model?: string;
  /** Its firmware. */
  profile?: string;
  /** What its firmware was built for. */
  mode?: DutMode;
  /** What was tried, in order. */
  attempts: DetectionAttempt[];
  /** What was found, in a sentence. */
  text: string;
  /** What to try, most promising first; empty where all is well. */
  advice: string[];
}

/** How {@linkcode detect} looks. */
export interface DetectOptions {
  /** Tried in this order. @default {likelyBaudRates} */
  baudRates?: readonly number[];
  /** How long an answer may take at each rate, in ms. @default {700} */
  answerMs?: number;
  /** Where time comes from. @default {systemClock} */
  clock?: Clock;
  /** Ends it when it aborts. */
  signal?: AbortSignal;
}

/** Rates of the published submissions: the default, the fast ones, and 9600 behind an IO manager. */
export const likelyBaudRates: readonly number[] = [
  115_200,
  921_600,
  9_600,
  230_400,
  460_800,
  1_000_000,
  2_000_000,
];

/**
 * Shakes hands at likely baud rates and says what is there.
 *
 * @param port Closed; it is opened for each rate, and closed again.
 * @throws The signal's reason when it aborts; everything else is told in the result.
 *
 * @example
 * ```ts
 * import { benchmarks, detect, VirtualBoard, virtualPort } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const board = new VirtualBoard({
 *   benchmark: benchmarks.kws01,
 *   model: { macs: 1000, results: () => ["1.000000"] },
 * });
 * const found = await detect(virtualPort(board));
 * assert.equal(found.kind, "dut");
 * assert.equal(found.model, "kws01");
 * assert.equal(found.mode, "performance");
 * ```
 */
export async function detect(port: SerialPort, options: DetectOptions = {}): Promise<Detection> {
  const { baudRates = likelyBaudRates, answerMs = 700, clock = systemClock, signal } = options;
  const attempts: DetectionAttempt[] = [];
  for (const baudRate of baudRates) {
    signal?.throwIfAborted();
    try {
      const heard = await listenAt(port, baudRate, answerMs, clock, signal);
      attempts.push({ baudRate, received: heard.received, sample: heard.sample });
      if (heard.ioManager) return ioManager(attempts, baudRate, heard.ioManager);
      if (heard.dut) return await known(port, baudRate, attempts, options);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof ThimbleError)) throw error;
      if (attempts.length === 0 && !(error instanceof DutError)) return unavailable(error);
      attempts.push({ baudRate, received: 0, sample: "" });
    }
  }
  return unanswered(attempts);
}

interface Heard {
  dut: boolean;
  ioManager?: string;
  received: number;
  sample: string;
}

async function listenAt(
  port: SerialPort,
  baudRate: number,
  answerMs: number,
  clock: Clock,
  signal?: AbortSignal,
): Promise<Heard> {
  await port.open({ baudRate });
  try {
    let received = 0;
    const lines: string[] = [];
    await using conversation = new Conversation(port, {
      clock,
      signal,
      onTraffic: ({ from, text }) => {
        if (from === "host") return;
        received += text.length;
        lines.push(text);
      },
    });
    // Twice: the first may end a half command, or be lost in a boot.
    for (let i = 0; i < 2; i++) {
      try {
        await conversation.exchange("name", { deadlineMs: answerMs });
      } catch (error) {
        if (!(error instanceof DutError)) throw error;
      }
      if (lines.some((line) => line.includes("m-name-"))) break;
    }
    const ioManager = lines.map((line) => /m-name-iomanager-\[([^\]]*)\]/.exec(line)?.[1]).find(
      Boolean,
    );
    const dut = lines.some((line) => /m-name-dut-\[/.test(line));
    const sample = conversation.tail;
    return { dut, ioManager, received: Math.max(received, sample.length), sample };
  } finally {
    await port.close();
  }
}

async function known(
  port: SerialPort,
  baudRate: number,
  attempts: DetectionAttempt[],
  options: DetectOptions,
): Promise<Detection> {
  await using dut = await Dut.connect(port, {
    baudRate,
    clock: options.clock,
    signal: options.signal,
  });
  const name = await dut.name();
  const { profile, model } = await dut.profile();
  const mode = await dut.timestamp() === undefined ? "energy" : "performance";
  return {
    kind: "dut",
    baudRate,
    name,
    model,
    profile,
    mode,
    attempts,
    text: `'${name}' runs '${model}' in ${mode} mode at ${baudRate} baud`,
    advice: mode === "energy"
      ? [
        "Energy mode prints no timestamps: flash the performance build for performance and accuracy",
      ]
      : [],
  };
}

function ioManager(attempts: DetectionAttempt[], baudRate: number, name: string): Detection {
  return {
    kind: "io-manager",
    baudRate,
    name,
    attempts,
    text: `IO manager '${name}' at ${baudRate} baud`,
    advice: ["The DUT is behind it at 9600 baud: use it in energy mode"],
  };
}

function unavailable(error: ThimbleError): Detection {
  return {
    kind: "unavailable",
    attempts: [],
    text: error.message,
    advice: error.hint ? [error.hint] : [],
  };
}

function unanswered(attempts: DetectionAttempt[]): Detection {
  const best = attempts.toSorted((a, b) => readable(b) - readable(a))[0];
  if (!attempts.some(({ received }) => received > 0)) {
    return {
      kind: "silent",
      attempts,
      text: "Nothing was received at any baud rate",
      advice: [
        "Press the board's reset button and try again: firmware that has crashed is silent",
        "Check that the cable carries data, and that this is the board's serial port, not its debugger's",
        "Check that the firmware speaks the MLPerf Tiny protocol, and on the UART that is wired to this port",
      ],
    };
  }
  if (best && readable(best) > 0.9) {
    return {
      kind: "other",
      baudRate: best.baudRate,
      attempts,
      text: `Text comes at ${best.baudRate} baud, but no answer to 'name': '${
        best.sample.slice(-80)
      }'`,
      advice: [
        "Flash firmware that speaks the MLPerf Tiny protocol",
        "Check that the board's receive line is wired: it sends, but does not hear",
      ],
    };
  }
  return {
    kind: "garbled",
    attempts,
    text: "Bytes come, but they are no text at any of these baud rates",
    advice: [
      `Name the firmware's baud rate: ${
        attempts.map(({ baudRate }) => baudRate).join(", ")
      } were tried`,
      "Check the ground wire and the logic level (1.8 V against 3.3 V)",
    ],
  };
}

// Share of what came that is plain text.
function readable({ received, sample }: DetectionAttempt): number {
  if (received === 0 || sample === "") return 0;
  const escapes = sample.match(/\\x[0-9a-f]{2}|\\u[0-9a-f]+/g)?.length ?? 0;
  const plain = sample.replace(/\\x[0-9a-f]{2}|\\u[0-9a-f]+/g, "").length;
  return plain / (plain + escapes);
}
