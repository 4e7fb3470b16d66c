/**
 * What can go wrong with an energy monitor, each as a class of its own.
 *
 * @module
 */
import { ThimbleError, type ThimbleErrorOptions } from "../../errors.ts";

/** What a {@linkcode MonitorError} knows. */
export interface MonitorErrorData extends ThimbleErrorOptions {
  /** Which monitor: its kind and where it is, such as "lpm01a on '/dev/ttyACM0'". */
  monitor: string;
  /** The command that it was about; empty where it was about none. */
  command?: string;
  /** What the monitor said, printable; empty where it said nothing. */
  answer?: string;
}

/** Base of the failures of an energy monitor. */
export class MonitorError extends ThimbleError {
  /** Name of the class. */
  override name = "MonitorError";
  /** Which monitor. */
  readonly monitor: string;
  /** The command that it was about; empty where it was about none. */
  readonly command: string;
  /** What the monitor said, printable. */
  readonly answer: string;

  /** Makes the error; `message` says the action that failed first. */
  constructor(message: string, data: MonitorErrorData) {
    super(message, data);
    this.monitor = data.monitor;
    this.command = data.command ?? "";
    this.answer = data.answer ?? "";
  }
}

/** There is no such monitor, or several where one was meant, or its driver is not installed. */
export class MonitorNotFoundError extends MonitorError {
  /** Name of the class. */
  override name = "MonitorNotFoundError";
}

/** The monitor, or what it is asked through, did not answer in time. */
export class MonitorTimeoutError extends MonitorError {
  /** Name of the class. */
  override name = "MonitorTimeoutError";
}

/** The monitor vanished: cable pulled, socket closed. */
export class MonitorLostError extends MonitorError {
  /** Name of the class. */
  override name = "MonitorLostError";
}

/** The monitor refused a command; `answer` is its reason. */
export class MonitorRefusedError extends MonitorError {
  /** Name of the class. */
  override name = "MonitorRefusedError";
}

/** The monitor answered something that makes no sense. */
export class MonitorAnswerError extends MonitorError {
  /** Name of the class. */
  override name = "MonitorAnswerError";
}

/** The monitor's firmware is too old; `answer` is its version, or what it said instead. */
export class MonitorFirmwareError extends MonitorError {
  /** Name of the class. */
  override name = "MonitorFirmwareError";
}

/** The monitor cannot do what it was asked for: a voltage, a rate, a quantity. Nothing was sent. */
export class MonitorCapabilityError extends MonitorError {
  /** Name of the class. */
  override name = "MonitorCapabilityError";
}

/** The monitor ended the acquisition by itself; `answer` is its reason. */
export class MonitorStoppedError extends MonitorError {
  /** Name of the class. */
  override name = "MonitorStoppedError";
}
