import { DataError } from "./data_error.ts";

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [BRACKET, BRACKET_END, BRACE, BRACE_END] = [0x5b, 0x5d, 0x7b, 0x7d];
/** The longest record that is kept; COCO's longest outline takes about 1 MB. */
const MOST_RECORD_BYTES = 16 * 2 ** 20;
const MOST_DEPTH = 64;

/** One record of a list in a JSON file. */
export interface JsonRecord {
  /** The key of the list. */
  list: string;
  /** What it is. */
  value: unknown;
  /** Where it begins in the file. */
  offset: number;
}

/**
 * Reads the records of lists in a large JSON file, one by one: the file is one object, whose members of these names are
 * lists of objects. What else it holds is passed over. Takes no more memory than the longest record.
 *
 * @throws {DataError} Where it is no such file, is cut off, or a record is no JSON or longer than 16 MiB.
 */
export async function* jsonRecords(
  chunks: AsyncIterable<Uint8Array>,
  lists: readonly string[],
  source: string,
): AsyncGenerator<JsonRecord, void, undefined> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const fail = (offset: number, reason: string, hint?: string) =>
    new DataError(`Cannot read '${source}' at byte ${offset} as ${reason}`, {
      source,
      offset,
      hint,
    });
  const parse = (bytes: Uint8Array, offset: number): unknown => {
    try {
      return JSON.parse(decoder.decode(bytes));
    } catch (cause) {
      throw fail(offset, `it is not JSON: ${cause instanceof Error ? cause.message : cause}`);
    }
  };
  let base = 0; // where the chunk begins in the file
  let inString = false;
  let escaped = false;
  /** Closing brackets that are due. */
  const open: number[] = [];
  let list: string | undefined;
  /** The string or record that is being kept: its beginning, and what of it was in earlier chunks. */
  let keptFrom = -1;
  let kept: Uint8Array[] = [];
  let keptBytes = 0;
  let isRecord = false;
  let lastString: string | undefined;
  let ended = false;
  const take = (chunk: Uint8Array, end: number): Uint8Array => {
    const from = Math.max(0, keptFrom - base);
    const bytes = new Uint8Array(keptBytes + end - from);
    let at = 0;
    for (const part of kept) {
      bytes.set(part, at);
      at += part.length;
    }
    bytes.set(chunk.subarray(from, end), at);
    [kept, keptBytes, keptFrom, isRecord] = [[], 0, -1, false];
    return bytes;
  };
  for await (const chunk of chunks) {
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i];
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) {
          inString = false;
          if (keptFrom >= 0 && !isRecord) {
            const offset = keptFrom;
            lastString = String(parse(take(chunk, i + 1), offset));
          }
        }
        continue;
      }
      switch (byte) {
        case QUOTE:
          inString = true;
          // Only keys of the outermost object are looked at.
          if (open.length === 1 && keptFrom < 0) keptFrom = base + i;
          break;
        case BRACE:
        case BRACKET:
          if (open.length === 0 && (ended || byte !== BRACE)) {
            throw fail(base + i, ended ? "more follows" : "an object is expected");
          }
          if (byte === BRACKET && open.length === 1) {
            list = lastString !== undefined && lists.includes(lastString) ? lastString : undefined;
          }
          if (byte === BRACE && open.length === 2 && list !== undefined) {
            keptFrom = base + i;
            isRecord = true;
          }
          open.push(byte + 2);
          if (open.length > MOST_DEPTH) throw fail(base + i, "it is nested too deep");
          break;
        case BRACE_END:
        case BRACKET_END:
          if (open.pop() !== byte) throw fail(base + i, "a bracket does not fit");
          if (isRecord && open.length === 2) {
            const offset = keptFrom;
            const value = parse(take(chunk, i + 1), offset);
            yield { list: list!, value, offset };
          } else if (open.length === 1) list = undefined;
          else if (open.length === 0) ended = true;
          break;
        case COMMA:
        case COLON:
        case 0x20:
        case 0x09:
        case 0x0a:
        case 0x0d:
          break;
        default:
          if (open.length === 0) throw fail(base + i, "an object is expected");
          if (open.length === 2 && list !== undefined) {
            throw fail(base + i, `'${list}' holds something that is no object`);
          }
      }
      if (open.length === 1 && byte === COMMA) lastString = undefined;
    }
    if (keptFrom >= 0) {
      const part = chunk.slice(Math.max(0, keptFrom - base));
      kept.push(part);
      keptBytes += part.length;
      if (keptBytes > MOST_RECORD_BYTES) throw fail(keptFrom, "a record is too long");
    }
    base += chunk.length;
  }
  if (!ended) {
    throw fail(base, "it ends too early", "Copy the file again: it was cut off");
  }
}
