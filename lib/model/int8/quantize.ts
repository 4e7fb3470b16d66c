import { quantizeMultiplier, requantizer } from "./requantize.ts";
import { type Kernel, roundHalfAway } from "./step.ts";

/** float32, int8 or uint8 to int8 or uint8 of another scale. */
export const quantize: Kernel<"QUANTIZE"> = (step) => {
  const x = step.values(0);
  const y = step.outputValues();
  if (!(y instanceof Int8Array || y instanceof Uint8Array)) {
    throw step.refuse(`its output is '${step.output.type}': expected 'int8' or 'uint8'`);
  }
  const [lowest, highest] = y instanceof Int8Array ? [-128, 127] : [0, 255];
  const { scale: outputScale, zeroPoint: outputZero } = step.quantization(step.output);
  if (x instanceof Float32Array) {
    return () => {
      for (let i = 0; i < x.length; i++) {
        const value = outputZero + roundHalfAway(Math.fround(x[i] / outputScale));
        y[i] = value < lowest ? lowest : value > highest ? highest : value;
      }
    };
  }
  const { scale: inputScale, zeroPoint: inputZero } = step.quantization(step.input(0));
  const { multiplier, shift } = quantizeMultiplier(inputScale / outputScale);
  const requantize = requantizer(step.rounding);
  return () => {
    for (let i = 0; i < x.length; i++) {
      const value = outputZero + requantize(x[i] - inputZero, multiplier, shift);
      y[i] = value < lowest ? lowest : value > highest ? highest : value;
    }
  };
};

/** int8 or uint8 to float32. */
export const dequantize: Kernel<"DEQUANTIZE"> = (step) => {
  const x = step.values(0);
  const y = step.outputValues();
  if (x instanceof Float32Array || !(y instanceof Float32Array)) {
    throw step.refuse(`it turns '${step.input(0).type}' into '${step.output.type}'`);
  }
  const { scale, zeroPoint } = step.quantization(step.input(0));
  return () => {
    for (let i = 0; i < x.length; i++) y[i] = scale * (x[i] - zeroPoint);
  };
};
