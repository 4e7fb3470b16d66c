import { InputError } from "../errors.ts";

/**
 * Reads a program in Intel HEX: data records and the end record, as compilers for 8-bit controllers write them.
 *
 * @param text The file.
 * @param size Bytes of the memory.
 * @param source What errors call the file.
 * @returns The memory, `size` bytes; 0xff where nothing is said, as erased flash has it.
 * @throws {InputError} Where a line is damaged, says something outside of the memory, or the end record is missing.
 */
export function readIntelHex(text: string, { size, source }: IntelHexOptions): Uint8Array {
  const memory = new Uint8Array(size).fill(0xff);
  const lines = text.split("\n");
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i].trim();
    if (line === "") continue;
    const fail = (why: string) =>
      new InputError(`Cannot read line ${i + 1} of '${source}' as ${why}`, {
        source,
        hint: "Take the file as the compiler wrote it, in Intel HEX",
      });
    const bytes = recordBytes(line);
    if (!bytes) throw fail("it is no record of hex digits");
    if (bytes.length !== bytes[0] + 5) throw fail(`its length is not ${bytes[0]} as it says`);
    if (bytes.reduce((sum, byte) => sum + byte) % 256 !== 0) throw fail("its checksum is wrong");
    const address = bytes[1] << 8 | bytes[2];
    const data = bytes.subarray(4, -1);
    if (bytes[3] === 1) return memory;
    if (bytes[3] !== 0) throw fail(`its type is ${bytes[3]}: expected 0 or 1`);
    if (address + data.length > size) throw fail(`it reaches beyond ${size} bytes`);
    memory.set(data, address);
  }
  throw new InputError(`Cannot read '${source}' as its end is missing`, { source });
}

/** What {@linkcode readIntelHex} has to know besides the text. */
export interface IntelHexOptions {
  /** Bytes of the memory. */
  size: number;
  /** What errors call the file. */
  source: string;
}

function recordBytes(line: string): Uint8Array | undefined {
  if (!/^:([0-9a-f]{2}){5,260}$/i.test(line)) return undefined;
  return Uint8Array.from(line.slice(1).match(/../g)!, (digits) => parseInt(digits, 16));
}
