/**
 * What every energy monitor does, whoever made it: it feeds a board, measures what flows, and sees the board's
 * timestamp pin.
 *
 * @module
 */

/** What a monitor delivers for each sample: amperes, volts, or the joules of the sample's period. */
export type Quantity = "current" | "voltage" | "energy";

/** A kind of monitor, as `--monitor` names it. */
export type MonitorKind = "lpm01a" | "n6705" | "js110" | "js220" | "ppk2";

/** Which monitor it is. */
export interface MonitorInfo {
  /** Its kind. */
  kind: MonitorKind;
  /** What it calls itself, such as "PowerShield" or "Keysight Technologies N6705C". */
  name: string;
  /** Its serial number; undefined where it does not say. */
  serialNumber?: string;
  /** Version of its firmware; undefined where it does not say. */
  firmwareVersion?: string;
  /** `simulated` where no hardware is behind it. Goes into every record that its samples make. */
  source: "measured" | "simulated";
}

/** What a kind of monitor can do, as data. */
export interface MonitorCapabilities {
  /** Rates that it samples at, ascending. */
  sampleRatesHz: readonly number[];
  /** The rate that is used where none is asked for. */
  defaultSampleRateHz: number;
  /** Voltages that it can feed the board with; undefined where it measures in the line of another supply. */
  supplyVolts?: {
    /** Lowest, in V. */
    min: number;
    /** Highest, in V. */
    max: number;
  };
  /** Largest current that it measures, in A. */
  maxCurrentA: number;
  /** What {@linkcode EnergyMonitor.start} can be asked for; what the device does not give is reckoned from what it gives. */
  quantities: readonly Quantity[];
  /** Highest rate at which it gives energy, in Hz; above it there is the current. @default {all that it has} */
  maxEnergyRateHz?: number;
  /** Whether it sees the board's timestamp pin. Where it does not, an IO manager has to. */
  edges: boolean;
  /** Whether results of it may be submitted. */
  acceptedInSubmissions: boolean;
  /** What else one should know, in a sentence. */
  note: string;
}

/**
 * Samples, one after the other: the first of a run has index 0, each event begins where the one before ended. A sample that was
 * lost is NaN, never zero.
 */
export interface SamplesEvent {
  /** Tells it from other events. */
  type: "samples";
  /** Index of the first of them. */
  firstIndex: number;
  /** How many. */
  count: number;
  /** `count` values of each quantity that the monitor gives; the one that was asked for is always there. */
  values: { readonly [quantity in Quantity]?: Float32Array | Float64Array };
}

/** The timestamp pin changed. */
export interface EdgeEvent {
  /** Tells it from other events. */
  type: "edge";
  /**
   * When, in samples: 12.5 is in the middle of the thirteenth sample's period. Can be of a sample that comes in a later
   * event, or came in an earlier one.
   */
  index: number;
  /** Whether it fell; only falling edges are timestamps. */
  falling: boolean;
}

/**
 * Samples were lost; they follow, as NaN, in the next {@linkcode SamplesEvent}s. They are put where their loss was noticed: by a monitor
 * that tells it only with its time, such as the LPM01A, that can be up to a second after they were taken.
 */
export interface LostEvent {
  /** Tells it from other events. */
  type: "lost";
  /** Index of the first that is missing. */
  firstIndex: number;
  /** How many are missing; 0 where the monitor says that samples were lost, but not how many. */
  count: number;
  /** What the monitor says of it. */
  reason: string;
}

/** A point of the one map from sample indices to time; see `TimeMap`. */
export interface ClockEvent {
  /** Tells it from other events. */
  type: "clock";
  /** Samples that had been taken, lost ones included. */
  index: number;
  /** The monitor's own time then, in µs since sample 0. */
  timeUs: number;
}

/** Something else that the monitor said, or that befell it: for the log. */
export interface NoteEvent {
  /** Tells it from other events. */
  type: "note";
  /** What it said, printable. */
  text: string;
}

/** What comes out of a running monitor. */
export type MonitorEvent = SamplesEvent | EdgeEvent | LostEvent | ClockEvent | NoteEvent;

/** What {@linkcode EnergyMonitor.start} is asked for. */
export interface StartOptions {
  /** One of {@linkcode MonitorCapabilities.sampleRatesHz}. @default {capabilities.defaultSampleRateHz} */
  sampleRateHz?: number;
  /** One of {@linkcode MonitorCapabilities.quantities}. @default {"energy"} */
  quantity?: Quantity;
  /** Stops the acquisition when it aborts; the events then end with its reason as the error. */
  signal?: AbortSignal;
}

/** Samples under way. */
export interface Acquisition extends AsyncIterable<MonitorEvent> {
  /** Samples a second as the monitor really takes them: some round what they are asked for. */
  readonly sampleRateHz: number;
  /** When sample 0 was taken, in ms of the host's clock, as well as the host can tell. */
  readonly startMs: number;
}

/**
 * An energy monitor that is connected. Made by `openMonitor`, or by the `connect` of a driver.
 *
 * The order of a run: `setSupply`, `powerOn`, `start`, take the events, `stop`, `powerOff`, `close`. **`close` switches the
 * board's power off**, whatever happened before; use `await using`, and call it from a handler of signals.
 *
 * Every method rejects with a `MonitorError`, or, for a value that the monitor cannot do, with a `MonitorCapabilityError`.
 */
export interface EnergyMonitor extends AsyncDisposable {
  /** Which one it is. */
  readonly info: MonitorInfo;
  /** What it can do. */
  readonly capabilities: MonitorCapabilities;
  /** Sets the voltage that the board gets; takes effect at the next `powerOn` at the latest. */
  setSupply(volts: number): Promise<void>;
  /** Feeds the board. */
  powerOn(): Promise<void>;
  /** Takes the board's power away. */
  powerOff(): Promise<void>;
  /**
   * Begins to sample; resolves once the monitor does so. The events are kept until they are taken: they may be taken once, by
   * one loop. The loop ends after `stop()`; it throws where the device vanishes, fails, or `signal` aborts.
   */
  start(options?: StartOptions): Promise<Acquisition>;
  /** Ends the acquisition; resolves once every event of it is there to be taken. Does nothing where none runs. */
  stop(): Promise<void>;
  /** Stops, switches the board's power off, and lets go of the device. Closing twice does no harm. */
  close(): Promise<void>;
}
