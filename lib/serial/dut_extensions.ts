/**
 * What the protocol's extensions are, which a firmware announces in its profile.
 *
 * @module
 */

/** Data bytes in one `db` command: as many as the official firmware's command buffer has room for. */
export const standardChunkBytes = 31;
/** The most that the extension `chunk` allows. */
export const mostChunkBytes = 512;

/** What an operator of the model takes, by the device's clock. */
export interface OperatorTime {
  /** Place in the order in which operators run, from 0 on. */
  index: number;
  /** As the firmware names it, such as "CONV_2D". */
  name: string;
  /** Of all inferences together, in µs; a tick of the clock may be as much. */
  totalUs: number;
}

/** The extensions that a profile announces; undefined where it has no word of them. */
export function announcedExtensions(lines: readonly string[]): string[] | undefined {
  for (const line of lines) {
    const match = /m-extensions-\[([a-z0-9,-]*)\]/.exec(line);
    if (match) return match[1].split(",").filter(Boolean);
  }
  return undefined;
}

/** The answer to `optime`; undefined where operators are missing, or not in their order. */
export function parseOperatorTimes(lines: readonly string[]): OperatorTime[] | undefined {
  const times = lines.flatMap((line) => {
    const match = /m-optime-\[(\d{1,4}),([^,\]]{1,80}),(\d{1,15})\]/.exec(line);
    return match ? [{ index: Number(match[1]), name: match[2], totalUs: Number(match[3]) }] : [];
  });
  return times.length > 0 && times.every(({ index }, i) => index === i) ? times : undefined;
}

/**
 * How many bytes at the start of an input are the end of the one before it, as with windows that overlap; 0 where fewer than
 * half are.
 */
export function overlapBytes(before: Uint8Array, next: Uint8Array): number {
  const { length } = next;
  if (before.length !== length) return 0;
  for (let shift = 1; shift <= length / 2; shift++) {
    let same = 0;
    while (same < length - shift && next[same] === before[same + shift]) same++;
    if (same === length - shift) return same;
  }
  return 0;
}
