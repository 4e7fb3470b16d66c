/** A system's name, taken apart. */
export interface BoardAndStack {
  /** The board, spelled alike whoever wrote it. */
  board: string;
  /** What else the name says: software or variant; undefined where it says nothing. */
  stack?: string;
}

/** Boards whose names occur inside those of systems, longest first where one begins another. */
const known: readonly (readonly [RegExp, string])[] = [
  [/nucleo[-_]l4r5zi[-_]p(?![a-z])/i, "NUCLEO-L4R5ZI-P"],
  [/nucleo[-_]l4r5zi/i, "NUCLEO-L4R5ZI"],
  [/nucleo[-_]h7a3zi([-_]q(?![a-z]))?/i, "NUCLEO-H7A3ZI-Q"],
  [/nucleo[-_]u575zi([-_]q(?![a-z]))?/i, "NUCLEO-U575ZI-Q"],
  [/nucleo[-_]u385rg([-_]q(?![a-z]))?/i, "NUCLEO-U385RG-Q"],
  [/nucleo[-_]u3c5zi(t6)?([-_]q(?![a-z]))?/i, "NUCLEO-U3C5ZI-Q"],
  [/nucleo[-_]g0b1re/i, "NUCLEO-G0B1RE"],
  [/disco[-_]f746ng/i, "DISCO-F746NG"],
  [/b[-_]u585i[-_]iot02a/i, "B-U585I-IOT02A"],
  [/cy8cproto[-_]062[-_]4343w/i, "CY8CPROTO-062-4343W"],
  [/nrf5340[-_]dk/i, "NRF5340-DK"],
  [/numaker[-_]m467hj/i, "NUMAKER-M467HJ"],
  [/renesas[-_]rh850[-_]f1kms4/i, "RH850-F1KM-S4"],
  [/raspberry[-_]pi[-_]4/i, "Raspberry Pi 4"],
  [/pynq-?z2/i, "PYNQ-Z2"],
  [/arty-a7-100t/i, "Arty A7-100T"],
  [/k1[-_]board[-_]v1\.0/i, "K1_BOARD_V1.0"],
  [/syntiant[-_]9120/i, "Syntiant 9120"],
  [/gap9/i, "GAP9"],
];

/**
 * The board in a system's name, as submitters write it (`NUCLEO_L4R5ZI`, `Nucleo-L4R5ZI`, `microtvm_native/NUCLEO_L4R5ZI`,
 * `NUCLEO_H7A3ZI_int8_min_ram`), and what is left of the name. A name without a known board is its own board.
 *
 * @example
 * ```ts
 * import { boardOf } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(boardOf("NUCLEO-L4R5ZI_X-CUBE-AI-7.3"), { board: "NUCLEO-L4R5ZI", stack: "X-CUBE-AI-7.3" });
 * assert.deepEqual(boardOf("microtvm_native/NUCLEO_L4R5ZI"), { board: "NUCLEO-L4R5ZI", stack: "microtvm_native" });
 * assert.deepEqual(boardOf("cora-z7"), { board: "cora-z7" });
 * ```
 */
export function boardOf(system: string): BoardAndStack {
  for (const [pattern, board] of known) {
    const match = pattern.exec(system);
    if (!match) continue;
    const rest = [system.slice(0, match.index), system.slice(match.index + match[0].length)]
      .map((part) => part.replace(/^[-_/ ]+|[-_/ ]+$/g, ""))
      .filter((part) => part !== "")
      .join(" ");
    return rest === "" ? { board } : { board, stack: rest };
  }
  return { board: system };
}
