/**
 * From and to real numbers, within a model.
 *
 * @module
 */
import { elementCount } from "../graph.ts";
import { lowerLookup } from "./lower_elementwise.ts";
import type { Lower } from "./lowering.ts";

/** QUANTIZE: of float32, rounded; of int8, a table. */
export const lowerQuantize: Lower<"QUANTIZE"> = (step, lowering) => {
  if (step.input(0).type !== "float32") return lowerLookup(step, lowering);
  const input = lowering.input(step, 0, "float32");
  const { scale, zeroPoint } = step.quantization(step.output);
  lowering.call(
    "quantize",
    { count: elementCount(step.output.shape), scale: { float32: scale }, zeroPoint, truncate: 0 },
    [input],
    lowering.output(step),
  );
};

/** DEQUANTIZE. */
export const lowerDequantize: Lower<"DEQUANTIZE"> = (step, lowering) => {
  const input = lowering.input(step, 0);
  const { scale, zeroPoint } = step.quantization(step.input(0));
  lowering.call(
    "dequantize",
    { count: elementCount(step.output.shape), scale: { float32: scale }, zeroPoint },
    [input],
    lowering.output(step, "float32"),
  );
};
