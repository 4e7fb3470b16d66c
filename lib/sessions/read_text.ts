import { InputError } from "../errors.ts";

/**
 * A whole file as text.
 *
 * @param most Largest size in bytes; a file above it is not read.
 * @throws {InputError} Where it cannot be read, or is too large.
 */
export async function readText(path: string, most: number): Promise<string> {
  return new TextDecoder().decode(await readBytes(path, most));
}

/**
 * A whole file.
 *
 * @param most Largest size in bytes; a file above it is not read.
 * @throws {InputError} Where it cannot be read, or is too large.
 */
export async function readBytes(path: string, most: number): Promise<Uint8Array> {
  try {
    const { size } = await Deno.stat(path);
    if (size > most) {
      throw new InputError(
        `Cannot read '${path}' as it has ${size} bytes: at most ${most} are read`,
        {
          source: path,
        },
      );
    }
    return await Deno.readFile(path);
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(`Cannot read '${path}'`, { source: path, cause });
  }
}
