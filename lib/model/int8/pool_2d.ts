import type { Kernel, Step } from "./step.ts";
import { windowsOf } from "./window.ts";

/** The mean of each window's elements within the input, half away from zero. Scales do not change. */
export const averagePool2d: Kernel<"AVERAGE_POOL_2D"> = (step) =>
  pool(step, (sum, _, count) => {
    const half = count >> 1;
    return Math.trunc((sum > 0 ? sum + half : sum - half) / count);
  });

/** The greatest of each window's elements. */
export const maxPool2d: Kernel<"MAX_POOL_2D"> = (step) => pool(step, (_, greatest) => greatest);

function pool(
  step: Step<"AVERAGE_POOL_2D"> | Step<"MAX_POOL_2D">,
  result: (sum: number, greatest: number, count: number) => number,
): () => void {
  const x = step.int8(0);
  const y = step.int8Output();
  const { filterHeight, filterWidth, activation } = step.options;
  const [lowest, highest] = step.activationRange(activation);
  const windows = windowsOf(step as Step<"MAX_POOL_2D">, filterHeight, filterWidth, step.options);
  const { batches, height, width, channels, outputHeight, outputWidth } = windows;
  const { strideHeight, strideWidth, paddingTop, paddingLeft } = windows;

  return () => {
    let to = 0;
    for (let batch = 0; batch < batches; batch++) {
      for (let oy = 0; oy < outputHeight; oy++) {
        const top = Math.max(0, oy * strideHeight - paddingTop);
        const bottom = Math.min(height, oy * strideHeight - paddingTop + filterHeight);
        for (let ox = 0; ox < outputWidth; ox++) {
          const left = Math.max(0, ox * strideWidth - paddingLeft);
          const right = Math.min(width, ox * strideWidth - paddingLeft + filterWidth);
          const count = (bottom - top) * (right - left);
          for (let c = 0; c < channels; c++) {
            let sum = 0;
            let greatest = -128;
            for (let row = top; row < bottom; row++) {
              let from = ((batch * height + row) * width + left) * channels + c;
              for (let column = left; column < right; column++, from += channels) {
                sum += x[from];
                if (x[from] > greatest) greatest = x[from];
              }
            }
            const value = result(sum, greatest, count);
            y[to++] = value < lowest ? lowest : value > highest ? highest : value;
          }
        }
      }
    }
  };
}
