import assert from "node:assert/strict";
import type {
  Acquisition,
  MonitorEvent,
  Quantity,
} from "../../../lib/serial/monitors/energy_monitor.ts";

/** All events of an acquisition, and what they add up to. */
export interface Taken {
  events: MonitorEvent[];
  /** In order, lost ones NaN. */
  values: number[];
  edges: number[];
  lost: { firstIndex: number; count: number; reason: string }[];
  notes: string[];
  /** What ended it. */
  error?: unknown;
}

/** Takes every event, and checks what holds for all monitors. */
export async function takeEvents(acquisition: Acquisition, quantity: Quantity): Promise<Taken> {
  const taken: Taken = { events: [], values: [], edges: [], lost: [], notes: [] };
  try {
    for await (const event of acquisition) {
      taken.events.push(event);
      if (event.type === "samples") {
        assert.equal(event.firstIndex, taken.values.length, "samples follow each other");
        for (const values of Object.values(event.values)) assert.equal(values.length, event.count);
        for (const value of event.values[quantity]!) taken.values.push(value);
      } else if (event.type === "edge" && event.falling) taken.edges.push(event.index);
      else if (event.type === "lost") taken.lost.push(event);
      else if (event.type === "note") taken.notes.push(event.text);
    }
  } catch (error) {
    taken.error = error;
  }
  return taken;
}

/** Sum of what is not lost. */
export function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : value), 0);
}
