import assert from "node:assert/strict";
import { palette, sequentialScale } from "../../lib/analysis/theme.ts";

/** Relative luminance, https://www.w3.org/TR/WCAG21/#dfn-relative-luminance */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const v = parseInt(hex.slice(i, i + 2), 16) / 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

Deno.test("sequentialScale gets darker all the way, so that it prints in grey", () => {
  const values = sequentialScale.map(([, color]) => luminance(color));
  for (let i = 1; i < values.length; i++) assert.ok(values[i] < values[i - 1]);
  assert.deepEqual([sequentialScale[0][0], sequentialScale.at(-1)![0]], [0, 1]);
});

Deno.test("palette's marks stand out from white by 3 to 1", () => {
  for (const color of [palette.blue, palette.vermillion, palette.green, palette.black]) {
    assert.ok(1.05 / (luminance(color) + 0.05) >= 3, color);
  }
});
