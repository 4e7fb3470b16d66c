/**
 * A lab without hardware, as its users see it.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { SerialPort } from "../serial/serial_port.ts";

/** What can be the DUT of a lab. */
export const labDuts = ["wasm", "native", "qemu:mps2-an386", "qemu:b-l475e"] as const;

/** One of {@linkcode labDuts}. */
export type LabDut = typeof labDuts[number];

/** A level change of the DUT's timestamp pin. */
export interface LabEdge {
  /** On the lab's time axis, in µs. */
  timeUs: number;
  /** True where the pin goes low: that is the timestamp. */
  falling: boolean;
}

/**
 * What a DUT does. `off`: it has no power; `idle`: it waits for the host; `inference`: it computes; `uart`: it sends.
 */
export type LabState = "off" | "idle" | "inference" | "uart";

/** From `timeUs` on, until the next one, the DUT is in a state. */
export interface LabActivity {
  /** On the lab's time axis, in µs. */
  timeUs: number;
  /** What the DUT does from then on. */
  state: LabState;
}

/**
 * A DUT, and with it an IO manager where it was asked for, wired as on a bench.
 *
 * In energy mode all is on one time axis, in µs from the moment that the host opens the port: edges and activities come
 * in order of time, when the axis reaches them, never later than {@linkcode Lab.timeUs}. The axis follows
 * {@linkcode Lab.clock}; it stands still while a DUT that runs outside of this process is computing. In performance mode
 * the DUT prints its own times, and there are neither edges nor activities.
 */
export interface Lab extends AsyncDisposable {
  /** The DUT's serial line, closed; undefined where an IO manager is in between. */
  readonly dutPort?: SerialPort;
  /** The IO manager's serial line to the host (115,200 baud), closed; undefined where there is none. */
  readonly ioPort?: SerialPort;
  /** Bits per second of the DUT's line: 9600 in energy mode. */
  readonly dutBaudRate: number;
  /** Where times come from: instruction counts, or a cost model. */
  readonly source: "emulated" | "simulated";
  /** The same in words, for people. */
  readonly sourceText: string;
  /** What waits of the host have to run by. */
  readonly clock: Clock;
  /** How far the lab's time has come, in µs. */
  readonly timeUs: number;
  /** What the DUT does now. */
  readonly state: LabState;
  /** Calls `listener` at each edge of the timestamp pin; returns what ends that. */
  onEdge(listener: (edge: LabEdge) => void): () => void;
  /** Calls `listener` at each change of the DUT's state; returns what ends that. */
  onActivity(listener: (activity: LabActivity) => void): () => void;
  /**
   * Gives the DUT power, or takes it. A DUT that gets power boots: what it was given before is lost, and it sends its
   * banner. While the port is closed, this decides whether the DUT has power when it is opened.
   *
   * @throws {PortError} Where the DUT cannot be started.
   */
  power(on: boolean): Promise<void>;
  /** Presses the DUT's reset button: it boots, where it has power. */
  reset(): Promise<void>;
  /** Closes the port, and ends every program that was started. */
  [Symbol.asyncDispose](): Promise<void>;
}
