import { InputError } from "../../errors.ts";
import type { InputRounding } from "../../model/int8/quantize_input.ts";
import type { Rounding } from "../../model/int8/requantize.ts";

/** The value of `--arithmetic`. */
export function roundingOf(value = "tflm"): Rounding {
  if (value === "tflm" || value === "single") return value;
  throw new InputError(`Cannot compute in the arithmetic '${value}'`, {
    source: "--arithmetic",
    hint: "Name tflm or single",
  });
}

/** The value of `--input-rounding`. */
export function inputRoundingOf(value = "round"): InputRounding {
  if (value === "round" || value === "truncate") return value;
  throw new InputError(`Cannot make int8 by '${value}'`, {
    source: "--input-rounding",
    hint: "Name round or truncate",
  });
}
