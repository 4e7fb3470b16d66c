/**
 * What a DUT is told and what it tells.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Traffic } from "./conversation.ts";

/** What the firmware was built for. In energy mode timestamps are edges on a pin, and nothing is printed. */
export type DutMode = "performance" | "energy";

/** What a device says of itself. */
export interface DutProfile {
  /** Firmware, such as "ULPMark for tinyML Firmware V0.0.1". */
  profile: string;
  /** Benchmark, such as "kws01". */
  model: string;
  /** Extensions of the protocol that it announces, such as "load-binary"; absent where it has no word of them. */
  extensions?: readonly string[];
}

/** What one `infer` command gave. */
export interface Inference {
  /** Measured inferences. */
  iterations: number;
  /** Inferences before the first timestamp. */
  warmups: number;
  /** The device's clock before the first measured inference, in µs; undefined in energy mode. */
  startUs?: number;
  /** The device's clock after the last one, in µs; never below `startUs` (a 32-bit clock that wrapped is mended). */
  endUs?: number;
  /** The values of `m-results`, as printed. */
  results: number[];
}

/** How a {@linkcode Dut} is connected. */
export interface DutOptions {
  /** Bits per second. @default {115200} */
  baudRate?: number;
  /** How long the board may take to start, in ms. @default {5000} */
  bootMs?: number;
  /** How long a short command may take to be answered, in ms, on top of the time on the wire. @default {2000} */
  answerMs?: number;
  /** How often a damaged exchange is tried again. @default {3} */
  retries?: number;
  /**
   * Data bytes in one `db` command, 1 to 512; 31 fills the official firmware's command buffer, 26 go through an IO manager.
   * For more than 31 firmware that announces `chunk` is asked to take them.
   *
   * @default {31}
   */
  chunkBytes?: number;
  /** Load inputs as bytes with a CRC-32; the firmware has to announce `load-binary`. @default {false} */
  binaryLoads?: boolean;
  /**
   * Of an input that overlaps the one before it send only what is new; the firmware has to announce `stride`.
   *
   * @default {false}
   */
  strideLoads?: boolean;
  /**
   * Go on at this rate once the device has answered; the firmware has to announce `baud`. Where the line does not carry it,
   * the rate stays as it was.
   */
  fastBaudRate?: number;
  /** Read every input back, not only those where something looked wrong. @default {false} */
  verifyLoads?: boolean;
  /** Where time comes from. @default {systemClock} */
  clock?: Clock;
  /** Ends every wait when it aborts. */
  signal?: AbortSignal;
  /** Called for each command and line on the wire. */
  onTraffic?: (traffic: Traffic) => void;
  /** Called when something went wrong and was mended. */
  onNotice?: (text: string) => void;
}
