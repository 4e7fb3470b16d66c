/**
 * What can go wrong with a port, as classes: tell them apart with `instanceof`.
 *
 * @module
 */
import { ThimbleError, type ThimbleErrorOptions } from "../errors.ts";

/** Base of the errors of a port. Carries which port. */
export class PortError extends ThimbleError {
  /** Name of the class. */
  override name = "PortError";
  /** Path or description of the port, such as "/dev/ttyACM0". */
  readonly port: string;

  /** Makes the error; `message` says the action that failed first. */
  constructor(message: string, options: ThimbleErrorOptions & { port: string }) {
    super(message, options);
    this.port = options.port;
  }
}

/** There is no such port. */
export class PortNotFoundError extends PortError {
  /** Name of the class. */
  override name = "PortNotFoundError";
}

/** The port is there, but this user, or this program's permissions, may not open it. */
export class PortAccessError extends PortError {
  /** Name of the class. */
  override name = "PortAccessError";
}

/** The port is in use: by another program, or already open here. */
export class PortBusyError extends PortError {
  /** Name of the class. */
  override name = "PortBusyError";
}

/** The device at the other end is gone: unplugged, closed, exited. What was being written may not have arrived. */
export class PortLostError extends PortError {
  /** Name of the class. */
  override name = "PortLostError";
}

/** The port was closed here while something still waited for it. */
export class PortClosedError extends PortError {
  /** Name of the class. */
  override name = "PortClosedError";
}

/** Nobody came to the other end in time. */
export class PortTimeoutError extends PortError {
  /** Name of the class. */
  override name = "PortTimeoutError";
  /** How long was waited, in milliseconds. */
  readonly waitedMs: number;

  /** Makes the error; `message` says the action that failed first. */
  constructor(message: string, options: ThimbleErrorOptions & { port: string; waitedMs: number }) {
    super(message, options);
    this.waitedMs = options.waitedMs;
  }
}

/** A system call on the port failed in a way that has no class of its own. */
export class PortSystemError extends PortError {
  /** Name of the class. */
  override name = "PortSystemError";
  /** The call that failed, such as "tcsetattr". */
  readonly call: string;
  /** Name of its error number, such as "EINVAL". */
  readonly code: string;

  /** Makes the error; `message` says the action that failed first. */
  constructor(
    message: string,
    options: ThimbleErrorOptions & { port: string; call: string; code: string },
  ) {
    super(message, options);
    this.call = options.call;
    this.code = options.code;
  }
}

/** This system lacks something that was asked of it. */
export class UnsupportedSystemError extends ThimbleError {
  /** Name of the class. */
  override name = "UnsupportedSystemError";
  /** What is missing, such as "serial ports through libc". */
  readonly missing: string;

  /** Makes the error; `message` says the action that failed first. */
  constructor(message: string, options: ThimbleErrorOptions & { missing: string }) {
    super(message, options);
    this.missing = options.missing;
  }
}
