import { InputError } from "../errors.ts";

/** Larger files are not read: the largest published log has some 100 MB, and a hole of a terabyte takes no room on a disk. */
const mostBytes = 1_000_000_000;

/** Lines longer than this are cut: no session has them, and a file without line ends must not fill the memory. */
const longestLine = 1 << 20;
const chunkBytes = 1 << 18;

/** Some lines of a file. */
export interface LineBatch {
  /** Without their ends. */
  lines: string[];
  /** Number of the first, from 1. */
  first: number;
}

/**
 * The lines of a text file, in batches, without ever holding more than a batch. Whatever is no UTF-8 becomes U+FFFD;
 * lines of more than 1,048,576 characters are cut there.
 *
 * @param onLongLine Called with the number of each line that was cut.
 * @throws {InputError} Where the file has more than 1,000,000,000 bytes.
 */
export async function* linesOf(
  path: string,
  onLongLine: (line: number) => void = () => {},
): AsyncGenerator<LineBatch> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  if (size > mostBytes) {
    throw new InputError(
      `Cannot read '${path}' as it has ${size} bytes: at most ${mostBytes} are read`,
      { source: path },
    );
  }
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(chunkBytes);
  let rest = "";
  let cut = false;
  let first = 1;
  for (;;) {
    const count = await file.read(buffer);
    const text = count === null
      ? decoder.decode()
      : decoder.decode(buffer.subarray(0, count), { stream: true });
    const lines = text.split("\n");
    lines[0] = cut ? rest : rest + lines[0];
    if (lines.length > 1) cut = false;
    if (count === null) {
      yield { lines, first };
      return;
    }
    rest = lines.pop()!;
    if (lines.length > 0) yield { lines, first };
    first += lines.length;
    if (rest.length > longestLine && !cut) {
      rest = rest.slice(0, longestLine);
      cut = true;
      onLongLine(first);
    }
  }
}
