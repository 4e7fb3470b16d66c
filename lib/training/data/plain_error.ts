import { InputError, ThimbleError } from "../../errors.ts";
import { WavError } from "../audio/read_wav.ts";
import { ImageError } from "../images/image.ts";
import { DataError } from "./data_error.ts";

/** An error as plain data, which can come from a worker. */
export interface PlainError {
  name: string;
  message: string;
  hint?: string;
  source?: string;
  offset?: number;
  stack?: string;
}

/** An error as plain data. */
export function plainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { name, message, stack } = error;
  const { hint, source, offset } = error as Partial<DataError>;
  return { name, message, stack, hint, source, offset };
}

/** The error that plain data stand for, of its class. */
export function errorOfPlain(plain: PlainError): Error {
  const { name, message, hint, source = "worker", offset = 0, stack } = plain;
  switch (name) {
    case "WavError":
      return new WavError(message, { hint, source, offset });
    case "ImageError":
      return new ImageError(message, { hint, source, offset });
    case "DataError":
      return new DataError(message, { hint, source, offset: plain.offset });
    case "InputError":
      return new InputError(message, { hint, source });
    default:
      return new ThimbleError(`Cannot make features as a worker failed: '${name}: ${message}'`, {
        cause: stack,
      });
  }
}
