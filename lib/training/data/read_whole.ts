import { InputError } from "../../errors.ts";

/** Over two hours of sound in 16 bits: larger than any one example. */
const MOST_BYTES = 2 ** 28;

/** How a file is read. */
export interface ReadWholeOptions {
  /** Bytes that it may have. [256 MiB] */
  most?: number;
  /** What to do about a larger one. */
  hint?: string;
}

/**
 * Reads a file that is not larger than it may be.
 *
 * @throws {InputError} Where it is larger, or cannot be read.
 */
export async function readWhole(
  path: string,
  options: ReadWholeOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    checkSize(path, await Deno.stat(path), options);
    return await Deno.readFile(path);
  } catch (cause) {
    throw errorOf(path, cause);
  }
}

/** As {@linkcode readWhole}, at once: of an example, whose bytes take less time than waiting for them would. */
export function readWholeNow(
  path: string,
  options: ReadWholeOptions = {},
): Uint8Array<ArrayBuffer> {
  try {
    checkSize(path, Deno.statSync(path), options);
    return Deno.readFileSync(path);
  } catch (cause) {
    throw errorOf(path, cause);
  }
}

function checkSize(path: string, { size, isFile }: Deno.FileInfo, options: ReadWholeOptions): void {
  // A pipe or device has no size: it may go on for ever.
  if (!isFile) throw new InputError(`Cannot read '${path}' as it is no file`, { source: path });
  const { most = MOST_BYTES, hint = `Files of up to ${most} bytes are read` } = options;
  if (size > most) {
    throw new InputError(`Cannot read '${path}' as it is of ${size} bytes`, { source: path, hint });
  }
}

function errorOf(path: string, cause: unknown): unknown {
  return cause instanceof InputError
    ? cause
    : new InputError(`Cannot read '${path}'`, { source: path, cause });
}
