import { quantizeMultiplier, requantizer } from "./requantize.ts";
import type { Kernel, Step } from "./step.ts";

/** max(x, 0), brought to the output's scale. */
export const relu: Kernel<"RELU"> = (step) => clampTo(step, "relu");

/** min(max(x, 0), 6), brought to the output's scale. */
export const relu6: Kernel<"RELU6"> = (step) => clampTo(step, "relu6");

function clampTo(
  step: Step<"RELU"> | Step<"RELU6">,
  activation: "relu" | "relu6",
): () => void {
  const x = step.int8(0);
  const y = step.int8Output();
  const { scale: inputScale, zeroPoint: inputZero } = step.quantization(step.input(0));
  const { scale: outputScale, zeroPoint: outputZero } = step.quantization(step.output);
  const { multiplier, shift } = quantizeMultiplier(inputScale / outputScale);
  const [lowest, highest] = step.activationRange(activation);
  const requantize = requantizer(step.rounding);

  return () => {
    for (let i = 0; i < x.length; i++) {
      const value = outputZero + requantize(x[i] - inputZero, multiplier, shift);
      y[i] = value < lowest ? lowest : value > highest ? highest : value;
    }
  };
}
