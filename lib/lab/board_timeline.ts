/** Something that a board does, at a time on its own clock in µs. */
export type BoardEvent =
  | { timeUs: number; byte: number }
  | { timeUs: number; edge: true };

/** What a simulated board did at once, and when by its own clock. */
export interface BoardTurn {
  /** What it sent. */
  text: string;
  /** When it began, in µs. */
  startUs: number;
  /** When it had sent all, in µs. */
  endUs: number;
  /** Its timestamps, in µs, in order. */
  edgesUs: readonly number[];
}

/**
 * Spreads what a simulated board did in one turn over the time that it took: a board works and sends one after the other,
 * and each byte takes `byteUs`.
 *
 * Edges are where the board says. What it sent after the last edge ends at its end; what it sent before starts at its start,
 * so a pause before the first edge (warm-ups) comes after the lines that announce it, with the one that ends it.
 *
 * @returns In order of time.
 */
export function boardTimeline(turn: BoardTurn, byteUs: number): BoardEvent[] {
  const bytes = new TextEncoder().encode(turn.text);
  const lastEdgeUs = turn.edgesUs.at(-1) ?? turn.startUs;
  const after = Math.min(bytes.length, Math.round((turn.endUs - lastEdgeUs) / byteUs));
  const before = bytes.length - after;
  const events: BoardEvent[] = turn.edgesUs.map((timeUs) => ({ timeUs, edge: true }));
  bytes.forEach((byte, i) => {
    const timeUs = i < before
      ? turn.startUs + i * byteUs
      : turn.endUs - (bytes.length - i) * byteUs;
    events.push({ timeUs, byte });
  });
  return events.sort((a, b) => a.timeUs - b.timeUs);
}
