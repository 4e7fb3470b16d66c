import { InputError } from "../errors.ts";

/**
 * Writes a file as a whole: it is there complete, or not at all.
 *
 * @throws {InputError} When it cannot be written.
 */
export async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${path}.part`;
  try {
    await Deno.writeFile(
      temporary,
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
    await Deno.rename(temporary, path);
  } catch (cause) {
    await Deno.remove(temporary).catch(() => {});
    throw new InputError(`Cannot write '${path}'`, { source: path, cause });
  }
}
