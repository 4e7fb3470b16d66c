/**
 * What can go wrong in a conversation with a device, each as a class of its own.
 *
 * @module
 */
import { ThimbleError, type ThimbleErrorOptions } from "../errors.ts";
import { printable } from "./lines.ts";

/** What every {@linkcode DutError} knows. */
export interface DutErrorData {
  /** The command that was being answered, as sent, cut to a readable length. */
  command: string;
  /** The last bytes that came from the device, escaped; empty where there were none. */
  lastBytes: string;
}

/** Base of the failures of a conversation with a DUT. */
export class DutError extends ThimbleError implements DutErrorData {
  /** Name of the class. */
  override name = "DutError";
  readonly command: string;
  readonly lastBytes: string;

  /** Makes the error. */
  constructor(message: string, data: DutErrorData, options?: ThimbleErrorOptions) {
    const last = data.lastBytes.length > 100 ? "…" + data.lastBytes.slice(-99) : data.lastBytes;
    const heard = last === "" ? "nothing was received" : `last bytes '${last}'`;
    super(`${message} (${heard})`, options);
    this.command = data.command;
    this.lastBytes = data.lastBytes;
  }
}

/** The device did not finish its answer in time. */
export class DutTimeoutError extends DutError {
  /** Name of the class. */
  override name = "DutTimeoutError";
  /** How long was waited, in milliseconds. */
  readonly waitedMs: number;

  /** Makes the error. */
  constructor(waitedMs: number, data: DutErrorData) {
    super(`Cannot finish '${data.command}' as no 'm-ready' came within ${waitedMs} ms`, data, {
      hint: data.lastBytes === ""
        ? "Check the cable, the baud rate and that the board runs its firmware: 'thimble devices' tries them"
        : "Check the baud rate ('thimble devices' tries them); the board may also be busy, or bytes were lost",
    });
    this.waitedMs = waitedMs;
  }
}

/** The device answered with `e-[…]`. */
export class DutRefusedError extends DutError {
  /** Name of the class. */
  override name = "DutRefusedError";
  /** The text between the brackets. */
  readonly answer: string;

  /** Makes the error. */
  constructor(answer: string, data: DutErrorData) {
    super(`Cannot do '${data.command}' as the DUT refused it with '${printable(answer)}'`, data, {
      hint:
        "Where the command is right the line has damaged it: try another cable or a lower baud rate",
    });
    this.answer = answer;
  }
}

/** The port vanished: cable pulled, board without power, process ended. */
export class DutLostError extends DutError {
  /** Name of the class. */
  override name = "DutLostError";

  /** Makes the error. */
  constructor(data: DutErrorData, options: ErrorOptions = {}) {
    super(`Cannot finish '${data.command}' as the port is gone`, data, {
      ...options,
      hint: "Plug the board in again and start the same command: the session is resumed",
    });
  }
}

/** The device started anew in the middle of a conversation; what it had been given is lost. */
export class DutRebootedError extends DutError {
  /** Name of the class. */
  override name = "DutRebootedError";

  /** Makes the error. */
  constructor(data: DutErrorData) {
    super(`Cannot finish '${data.command}' as the DUT has started anew`, data, {
      hint: "Check its power supply and for a watchdog or a fault in its firmware",
    });
  }
}

/** The answer came but does not say what it has to. */
export class DutAnswerError extends DutError {
  /** Name of the class. */
  override name = "DutAnswerError";

  /** Makes the error. */
  constructor(message: string, data: DutErrorData, options?: ThimbleErrorOptions) {
    super(message, data, options);
  }
}

/** An input did not arrive whole at the device, however often it was sent. */
export class DutLoadError extends DutError {
  /** Name of the class. */
  override name = "DutLoadError";
  /** How often the whole input was sent. */
  readonly attempts: number;

  /** Makes the error. */
  constructor(attempts: number, bytes: number, data: DutErrorData, options: ErrorOptions = {}) {
    super(`Cannot load ${bytes} bytes as they arrived damaged ${attempts} times`, data, {
      ...options,
      hint:
        "Lower the baud rate, shorten the cable, or check that the firmware's buffer is large enough",
    });
    this.attempts = attempts;
  }
}

/** The firmware on the board is not the one that the run needs. */
export class FirmwareError extends ThimbleError {
  /** Name of the class. */
  override name = "FirmwareError";
  /** What the firmware said of itself. */
  readonly found: string;
  /** What the run needs. */
  readonly expected: string;

  /** Makes the error. */
  constructor(message: string, options: { found: string; expected: string; hint?: string }) {
    super(message, options);
    this.found = options.found;
    this.expected = options.expected;
  }
}
