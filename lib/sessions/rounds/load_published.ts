import { fileURLToPath } from "node:url";
import { readText } from "../read_text.ts";
import { type RoundRow, roundRowKeys } from "./round_row.ts";
import { parseRounds } from "./round_table.ts";

/** A data frame of danfojs. */
export type PublishedFrame = InstanceType<(typeof import("danfojs"))["DataFrame"]>;

const largestTable = 50_000_000;

/**
 * The published results that ship with Thimble, rounds v0.5 to v1.3: one row a system and benchmark. Where they come from
 * stands in `data/README.md`.
 *
 * @example
 * ```ts
 * import { loadPublished } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const rows = await loadPublished();
 * const kws = rows.filter(({ round, benchmark }) => round === "v1.3" && benchmark === "kws01");
 * assert.ok(kws.length > 5);
 * ```
 *
 * @example As a data frame of danfojs, which is loaded only then
 * ```ts
 * import { loadPublished } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const frame = await loadPublished({ as: "frame" });
 * assert.ok(frame.columns.includes("energyUjPerInf"));
 * ```
 */
export function loadPublished(options?: { as?: "rows" }): Promise<RoundRow[]>;
/** The same as a data frame. */
export function loadPublished(options: { as: "frame" }): Promise<PublishedFrame>;
export async function loadPublished(
  options: { as?: "rows" | "frame" } = {},
): Promise<RoundRow[] | PublishedFrame> {
  const path = fileURLToPath(new URL("../../../data/published.csv", import.meta.url));
  const rows = parseRounds(await readText(path, largestTable));
  if (options.as !== "frame") return rows;
  const { DataFrame } = await import("danfojs");
  return new DataFrame(rows.map((row) => roundRowKeys.map((key) => row[key])), {
    columns: [...roundRowKeys],
  });
}
