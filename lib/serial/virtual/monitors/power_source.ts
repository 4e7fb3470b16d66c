/**
 * What a virtual monitor measures.
 *
 * @module
 */
import { type ActivityChange, type DutState, firstAfter, type PowerModel } from "./power_model.ts";

/** A board as its supply sees it. Times are in µs of the bench's clock (`Clock.now()` · 1000). */
export interface PowerSource {
  /** Energy that it takes from one time to another while it has power, in J. */
  energyJ(fromUs: number, toUs: number): number;
  /** Falling edges of its timestamp pin with `fromUs <= t < toUs`, in order. */
  edgesUs(fromUs: number, toUs: number): readonly number[];
  /** The monitor has switched its power. */
  onPower?(isOn: boolean, volts: number): void;
}

/** A {@linkcode PowerSource} made of a model and a list of what the board did. */
export interface SimulatedPower extends PowerSource {
  /** Says what the board does from a time on; times may be told ahead, and out of order. */
  setState(timeUs: number, state: DutState): void;
  /** Says that the timestamp pin fell. */
  addEdge(timeUs: number): void;
}

/**
 * Makes a board's power from a model.
 *
 * @param options.onPower Called when the monitor switches the power.
 *
 * @example
 * ```ts
 * import { PowerModel, simulatedPower } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const power = simulatedPower({ model: new PowerModel({ activeW: 0.02, noise: 0, driftPerHour: 0 }) });
 * power.setState(1_000_000, "active");
 * power.addEdge(1_000_000);
 * assert.deepEqual(power.edgesUs(0, 2_000_000), [1_000_000]);
 * assert.ok(Math.abs(power.energyJ(1_000_000, 2_000_000) - 0.02) < 1e-12);
 * ```
 */
export function simulatedPower(
  options: { model: PowerModel; onPower?: (isOn: boolean, volts: number) => void },
): SimulatedPower {
  const changes: ActivityChange[] = [];
  const edges: { timeUs: number }[] = [];
  return {
    energyJ: (fromUs, toUs) => options.model.energyJ(changes, fromUs, toUs),
    edgesUs: (fromUs, toUs) => {
      let from = firstAfter(edges, fromUs);
      while (from > 0 && edges[from - 1].timeUs === fromUs) from--;
      let to = from;
      while (to < edges.length && edges[to].timeUs < toUs) to++;
      return edges.slice(from, to).map(({ timeUs }) => timeUs);
    },
    onPower: options.onPower,
    setState: (timeUs, state) => {
      changes.splice(firstAfter(changes, timeUs), 0, { timeUs, state });
    },
    addEdge: (timeUs) => {
      edges.splice(firstAfter(edges, timeUs), 0, { timeUs });
    },
  };
}
