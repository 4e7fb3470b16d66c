import type { ValueRange } from "./ranges.ts";

/** The range whose int8 quantization this is. */
export function rangeOf({ scale, zeroPoint }: { scale: number; zeroPoint: number }): ValueRange {
  return { min: scale * (-128 - zeroPoint), max: scale * (127 - zeroPoint) };
}
