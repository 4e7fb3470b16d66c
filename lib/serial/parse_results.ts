/** The values of an `m-results` line. */
export interface Results {
  /** As many as the line holds. */
  values: number[];
  /** Whether all are printed with as many decimals. */
  even: boolean;
}

/**
 * Reads an `m-results-[…]` line; a comma before the bracket is let pass. Undefined where no line holds one whole, where
 * something in it is not a number, or where there are not `count` values.
 *
 * @example
 * ```ts
 * import { parseResults } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseResults(["Type errorm-results-[0.25,0.75,]", "m-ready"], 2)?.values, [0.25, 0.75]);
 * assert.equal(parseResults(["m-results-[0.25,0.7]"])?.even, false);
 * assert.equal(parseResults(["m-results-[0.25,0.7x]"], 2), undefined);
 * ```
 */
export function parseResults(lines: readonly string[], count?: number): Results | undefined {
  for (const line of lines) {
    const match = /m-results-\[([^\]]*)\]/.exec(line);
    if (!match) continue;
    const texts = match[1].split(",").map((text) => text.trim());
    if (texts.at(-1) === "") texts.pop();
    if (texts.length === 0 || (count !== undefined && texts.length !== count)) continue;
    if (!texts.every((text) => /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text))) continue;
    const values = texts.map(Number);
    if (!values.every(Number.isFinite)) continue;
    const decimals = texts.map((text) => text.includes(".") ? text.length - text.indexOf(".") : 0);
    return { values, even: decimals.every((n) => n === decimals[0]) };
  }
  return undefined;
}
