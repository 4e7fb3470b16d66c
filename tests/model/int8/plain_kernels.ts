/**
 * Each operator as its definition says it: one output element at a time, by indices in every dimension, on integers of
 * any size. Shares nothing with the kernels but the graph.
 */
import type { Graph, Operator, Padding, Tensor } from "../../../lib/model/graph.ts";
import { elementCount } from "../../../lib/model/graph.ts";
import type { Rounding } from "../../../lib/model/int8/requantize.ts";
import { clamp, exactMultiplier, exactRequantize } from "./exact_integers.ts";

type Values = ArrayLike<number>;

/** What the only operator of `graph` gives for the values of its inputs. */
export function plainOutput(graph: Graph, values: readonly Values[], rounding: Rounding): number[] {
  const [operator] = graph.operators;
  const tensors = operator.inputs.map((index) => graph.tensors[index]);
  const output = graph.tensors[operator.outputs[0]];
  const read = (position: number, index: readonly number[]): bigint =>
    BigInt(values[position][flat(tensors[position].shape, index)]);
  const element = elementOf(operator, tensors, output, values, read, rounding);
  return Array.from(
    { length: elementCount(output.shape) },
    (_, i) => element(unflat(output.shape, i)),
  );
}

function elementOf(
  operator: Operator,
  tensors: readonly Tensor[],
  output: Tensor,
  values: readonly Values[],
  read: (position: number, index: readonly number[]) => bigint,
  rounding: Rounding,
): (index: readonly number[]) => number {
  const [x, w] = tensors;
  const scaleOf = (tensor: Tensor, slice = 0) => {
    const { scale } = tensor.quantization!;
    return scale[scale.length > 1 ? slice : 0];
  };
  const zero = (tensor: Tensor) => BigInt(tensor.quantization!.zeroPoint[0]);
  const outputZero = output.quantization ? zero(output) : 0n;
  const finish = (accumulator: bigint, real: number, activation = "none") => {
    const value = exactRequantize(accumulator, exactMultiplier(real), rounding) + outputZero;
    const [low, high] = range(activation, output);
    return clamp(value, low, high);
  };
  const bias = (channel: number) => values[2] ? BigInt(values[2][channel]) : 0n;

  switch (operator.kind) {
    case "CONV_2D":
    case "DEPTHWISE_CONV_2D": {
      const o = operator.options;
      const depthwise = operator.kind === "DEPTHWISE_CONV_2D";
      const [, height, width, channels] = x.shape;
      const [, kernelHeight, kernelWidth] = w.shape;
      const top = before(
        o.padding,
        height,
        output.shape[1],
        o.strideHeight,
        kernelHeight,
        o.dilationHeight,
      );
      const left = before(
        o.padding,
        width,
        output.shape[2],
        o.strideWidth,
        kernelWidth,
        o.dilationWidth,
      );
      const perChannel = channels === 0 ? 1 : output.shape[3] / channels;
      return ([n, oy, ox, oc]) => {
        let sum = bias(oc);
        for (let ky = 0; ky < kernelHeight; ky++) {
          for (let kx = 0; kx < kernelWidth; kx++) {
            const iy = oy * o.strideHeight - top + ky * o.dilationHeight;
            const ix = ox * o.strideWidth - left + kx * o.dilationWidth;
            if (iy < 0 || iy >= height || ix < 0 || ix >= width) continue;
            if (depthwise) {
              const value = read(0, [n, iy, ix, Math.floor(oc / perChannel)]) - zero(x);
              sum += value * read(1, [0, ky, kx, oc]);
            } else {
              for (let c = 0; c < channels; c++) {
                sum += (read(0, [n, iy, ix, c]) - zero(x)) * read(1, [oc, ky, kx, c]);
              }
            }
          }
        }
        return finish(sum, scaleOf(x) * scaleOf(w, oc) / scaleOf(output), o.activation);
      };
    }
    case "FULLY_CONNECTED": {
      const depth = w.shape[1];
      const single = w.quantization!.scale.length === 1;
      return (index) => {
        const oc = index.at(-1)!;
        const row = Math.floor(flat(output.shape, index) / w.shape[0]);
        let sum = bias(oc);
        for (let k = 0; k < depth; k++) {
          sum += (BigInt(values[0][row * depth + k]) - zero(x)) * read(1, [oc, k]);
        }
        const product = scaleOf(x) * scaleOf(w, oc);
        const real = (single ? Math.fround(product) : product) / scaleOf(output);
        return finish(sum, real, operator.options.activation);
      };
    }
    case "ADD":
    case "SUB": {
      const twice = 2 * Math.max(scaleOf(x), scaleOf(w));
      const sign = operator.kind === "ADD" ? 1n : -1n;
      return (index) => {
        const scaled = [0, 1].map((position) => {
          const t = tensors[position];
          const value = read(position, spread(index, t.shape)) - zero(t);
          return exactRequantize(value << 20n, exactMultiplier(scaleOf(t) / twice), rounding);
        });
        const real = twice / (2 ** 20 * scaleOf(output));
        return finish(scaled[0] + sign * scaled[1], real, operator.options.activation);
      };
    }
    case "MUL":
      return (index) => {
        const a = read(0, spread(index, x.shape)) - zero(x);
        const b = read(1, spread(index, w.shape)) - zero(w);
        const real = scaleOf(x) * scaleOf(w) / scaleOf(output);
        return finish(a * b, real, operator.options.activation);
      };
    case "AVERAGE_POOL_2D":
    case "MAX_POOL_2D": {
      const o = operator.options;
      const [, height, width] = x.shape;
      const top = before(o.padding, height, output.shape[1], o.strideHeight, o.filterHeight, 1);
      const left = before(o.padding, width, output.shape[2], o.strideWidth, o.filterWidth, 1);
      return ([n, oy, ox, c]) => {
        const window: bigint[] = [];
        for (let ky = 0; ky < o.filterHeight; ky++) {
          for (let kx = 0; kx < o.filterWidth; kx++) {
            const iy = oy * o.strideHeight - top + ky;
            const ix = ox * o.strideWidth - left + kx;
            if (iy < 0 || iy >= height || ix < 0 || ix >= width) continue;
            window.push(read(0, [n, iy, ix, c]));
          }
        }
        const [low, high] = range(o.activation, output);
        if (operator.kind === "MAX_POOL_2D") {
          return clamp(window.reduce((a, b) => a > b ? a : b), low, high);
        }
        const count = BigInt(window.length);
        const sum = window.reduce((a, b) => a + b);
        return clamp((sum > 0n ? sum + count / 2n : sum - count / 2n) / count, low, high);
      };
    }
    case "MEAN": {
      const axes = new Set(
        Array.from(values[1], (axis) => axis < 0 ? axis + x.shape.length : axis),
      );
      const count = elementCount(x.shape.filter((_, axis) => axes.has(axis)));
      const whole = exactMultiplier(scaleOf(x) / scaleOf(output));
      const power = BigInt(Math.floor(Math.log2(count)));
      const multiplier = (whole.multiplier << power) / BigInt(count);
      return (index) => {
        let sum = 0n;
        for (let i = 0; i < elementCount(x.shape); i++) {
          const from = unflat(x.shape, i);
          const kept = operator.options.keepDims
            ? from.map((n, axis) => axes.has(axis) ? 0 : n)
            : from.filter((_, axis) => !axes.has(axis));
          if (String(kept) === String(index)) sum += BigInt(values[0][i]) - zero(x);
        }
        const shift = whole.shift - power;
        const value = exactRequantize(sum, { multiplier, shift }, rounding);
        return clamp(value + outputZero, -128, 127);
      };
    }
    case "PAD":
      return (index) => {
        const from = index.map((n, axis) => n - values[1][2 * axis]);
        const inside = from.every((n, axis) => n >= 0 && n < x.shape[axis]);
        return Number(inside ? read(0, from) : outputZero);
      };
    case "RELU":
    case "RELU6":
      return (index) =>
        finish(
          read(0, index) - zero(x),
          scaleOf(x) / scaleOf(output),
          operator.kind === "RELU" ? "relu" : "relu6",
        );
    case "QUANTIZE":
      return (index) => finish(read(0, index) - zero(x), scaleOf(x) / scaleOf(output));
    case "CONCATENATION": {
      const { axis: signed } = operator.options;
      const axis = signed < 0 ? signed + output.shape.length : signed;
      return (index) => {
        const at = [...index];
        for (const [position, { shape }] of tensors.entries()) {
          if (at[axis] < shape[axis]) return Number(read(position, at));
          at[axis] -= shape[axis];
        }
        throw new Error("beyond the last input");
      };
    }
    case "PACK": {
      const { axis: signed } = operator.options;
      const axis = signed < 0 ? signed + output.shape.length : signed;
      return (index) => Number(read(index[axis], index.filter((_, i) => i !== axis)));
    }
    case "TRANSPOSE":
      return (index) => {
        const from: number[] = [];
        index.forEach((n, axis) => from[values[1][axis]] = n);
        return Number(read(0, from));
      };
    case "STRIDED_SLICE": {
      const { shrinkAxisMask } = operator.options;
      return (index) => {
        const rest = [...index];
        const from = x.shape.map((size, axis) => {
          const begin = values[1][axis] < 0 ? values[1][axis] + size : values[1][axis];
          if (shrinkAxisMask & 1 << axis) return begin;
          return begin + rest.shift()! * values[3][axis];
        });
        return Number(read(0, from));
      };
    }
    default:
      throw new Error(`no plain form of ${operator.kind}`);
  }
}

/** Rows before the input: floor of half of what is missing for `outputs` windows. */
function before(
  padding: Padding,
  size: number,
  outputs: number,
  stride: number,
  kernel: number,
  dilation: number,
): number {
  const missing = (outputs - 1) * stride + (kernel - 1) * dilation + 1 - size;
  return padding === "valid" || missing <= 0 ? 0 : Math.floor(missing / 2);
}

function range(activation: string, output: Tensor): [number, number] {
  const { scale, zeroPoint } = output.quantization!;
  const at = (real: number) => zeroPoint[0] + Math.round(real / scale[0]);
  switch (activation) {
    case "relu":
      return [Math.max(-128, zeroPoint[0]), 127];
    case "relu6":
      return [Math.max(-128, zeroPoint[0]), Math.min(127, at(6))];
    case "relu_n1_to_1":
      return [Math.max(-128, 2 * zeroPoint[0] - at(1)), Math.min(127, at(1))];
    default:
      return [-128, 127];
  }
}

/** The index into a broadcast input. */
function spread(index: readonly number[], shape: readonly number[]): number[] {
  const own = index.slice(index.length - shape.length);
  return own.map((n, axis) => shape[axis] === 1 ? 0 : n);
}

function flat(shape: readonly number[], index: readonly number[]): number {
  return shape.reduce((position, n, axis) => position * n + index[axis], 0);
}

function unflat(shape: readonly number[], position: number): number[] {
  const index: number[] = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = position % shape[axis];
    position = Math.floor(position / shape[axis]);
  }
  return index;
}
