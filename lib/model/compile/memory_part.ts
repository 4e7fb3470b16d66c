/** What a part of a model takes on a board with 32-bit pointers. */
export interface MemoryPart {
  /** What it is, such as "weights". */
  name: string;
  /** Bytes of constants. */
  flashBytes: number;
  /** Bytes that are written to. */
  ramBytes: number;
}

/** Parts added up. */
export function totalOf(parts: readonly MemoryPart[], name = "total"): MemoryPart {
  const sum = (bytes: (part: MemoryPart) => number) =>
    parts.reduce((total, part) => total + bytes(part), 0);
  return {
    name,
    flashBytes: sum(({ flashBytes }) => flashBytes),
    ramBytes: sum(({ ramBytes }) => ramBytes),
  };
}
