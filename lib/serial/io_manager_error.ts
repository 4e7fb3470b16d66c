import { ThimbleError, type ThimbleErrorOptions } from "../errors.ts";

/** An IO manager does not answer, or refuses a command. */
export class IoManagerError extends ThimbleError {
  /** Name of the class. */
  override name = "IoManagerError";
  /** What was sent, without the `%`. */
  readonly command: string;
  /** What came, in lines. */
  readonly lines: readonly string[];

  /** Makes the error. */
  constructor(
    message: string,
    options: ThimbleErrorOptions & { command: string; lines: readonly string[] },
  ) {
    super(message, options);
    this.command = options.command;
    this.lines = options.lines;
  }
}
