/**
 * What a device prints of its clock.
 *
 * @module
 */
import { DutAnswerError, type DutErrorData } from "./dut_errors.ts";

/** A timestamp, in µs. */
export const lapPattern = /m-lap-us-([0-9]{1,15})(?![0-9A-Za-z])/;

/**
 * The two timestamps around inferences; none where the device is in energy mode and prints none.
 *
 * @throws {DutAnswerError} Where they are not two, or the clock goes back.
 */
export function readInferenceTimes(
  lines: readonly string[],
  isEnergy: boolean,
  errorData: DutErrorData,
): { startUs?: number; endUs?: number } {
  const laps = lines.flatMap((line) => lapPattern.exec(line)?.[1] ?? []).map(Number);
  if (!isEnergy && laps.length !== 2) {
    throw new DutAnswerError(
      `Cannot read the times of '${errorData.command}' as the answer holds ${laps.length} timestamps: expected 2`,
      errorData,
      {
        hint: laps.length === 0
          ? "Firmware that was built for energy mode prints none: build it for performance mode"
          : undefined,
      },
    );
  }
  const [startUs] = laps;
  const endUs = afterWrap(startUs, laps[1]);
  if (endUs < startUs) {
    throw new DutAnswerError(
      `Cannot use the times of '${errorData.command}' as the clock goes back, from ${startUs} to ${endUs} µs`,
      errorData,
      { hint: "The DUT's timestamp has to count microseconds and never go back" },
    );
  }
  return { startUs, endUs };
}

// The device's clock may be 32 bits wide. An end below the start is one wrap where that gives less than half the range,
// 36 minutes; otherwise the clock has gone back.
function afterWrap(startUs: number, endUs: number): number {
  if (endUs >= startUs) return endUs;
  const wrappedUs = endUs + 2 ** 32;
  return wrappedUs >= startUs && wrappedUs - startUs < 2 ** 31 ? wrappedUs : endUs;
}
