import { ThimbleError, type ThimbleErrorOptions } from "../../lib/errors.ts";

/** An error with data, for tests. */
export class PlaceError extends ThimbleError {
  override name = "PlaceError";
  readonly place?: number;

  constructor(message: string, options: ThimbleErrorOptions & { place?: number }) {
    super(message, options);
    this.place = options.place;
  }
}
