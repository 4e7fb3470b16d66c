import type { DutEvent, DutTurn } from "./timed_dut.ts";

/**
 * A line of a trace, as firmware/lab/trace.c and the native port with `--trace` write it: the firmware has taken (`R`) or
 * sent (`W`) `count` bytes, its timestamp pin has gone low (`F`) or high (`S`), or it waits (`I`).
 */
export interface TraceLine {
  /** What it is. */
  kind: "R" | "W" | "F" | "S" | "I";
  /** When, in ns of the DUT's time. */
  timeNs: number;
  /** How many bytes; 1 for all else. */
  count: number;
}

/** Reads a line of a trace; undefined where it is none. */
export function traceLine(text: string): TraceLine | undefined {
  const [, kind, timeNs, count = "1"] = /^([RWFSI]) (\d{1,16})(?: (\d{1,6}))?$/.exec(text) ?? [];
  if (kind === undefined) return undefined;
  return { kind: kind as TraceLine["kind"], timeNs: Number(timeNs), count: Number(count) };
}

/**
 * Gives what a DUT did the time that its line takes. Emulators send a byte in no time; here each takes `byteUs`, and the
 * firmware has to wait for it as its driver does: until the byte before has begun, as a UART holds one byte besides the one
 * that it sends. All that follows is later by that.
 *
 * @param trace What it did, from the last time that it waited. Time counts from the last byte that it has taken.
 * @param text The bytes that it has sent, as many as the trace says.
 */
export function lineTime(
  trace: readonly TraceLine[],
  text: Uint8Array,
  byteUs: number,
): DutTurn {
  const originNs = trace.findLast(({ kind }) => kind === "R")?.timeNs ?? 0;
  const events: DutEvent[] = [];
  let waitedUs = 0;
  let begunUs = 0; // the byte before has
  let freeUs = 0; // the line is, from then on
  let endUs = 0;
  let sent = 0;
  for (const { kind, timeNs, count } of trace) {
    const ownUs = Math.max(0, timeNs - originNs) / 1000;
    if (kind === "W") {
      for (let i = 0; i < count && sent < text.length; i++) {
        waitedUs += Math.max(0, begunUs - (ownUs + waitedUs));
        begunUs = Math.max(ownUs + waitedUs, freeUs);
        freeUs = begunUs + byteUs;
        events.push({ timeUs: begunUs, byte: text[sent++] });
      }
    } else if (kind === "F" || kind === "S") {
      events.push({ timeUs: ownUs + waitedUs, edge: kind === "F" ? "falling" : "rising" });
    }
    if (kind !== "I") endUs = ownUs + waitedUs;
  }
  events.sort((a, b) => a.timeUs - b.timeUs);
  return { events, endUs: Math.max(endUs, freeUs) };
}
