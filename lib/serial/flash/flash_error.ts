import { ThimbleError } from "../../errors.ts";

/** A program did not get onto a board. */
export class FlashError extends ThimbleError {
  /** Name of the class. */
  override name = "FlashError";
}
