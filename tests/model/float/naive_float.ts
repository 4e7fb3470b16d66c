/** Float inference as the definitions have it, in double precision: what the executor is compared with. */
import { elementCount, type Graph, type Operator, type Tensor } from "../../../lib/model/graph.ts";

type Values = ArrayLike<number>;

/** Position of every index of a shape, first to last. */
function* indices(shape: readonly number[]): Generator<number[]> {
  const index = shape.map(() => 0);
  const count = elementCount(shape);
  for (let i = 0; i < count; i++) {
    yield [...index];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
}

const flat = (index: readonly number[], shape: readonly number[]) =>
  index.reduce((offset, i, axis) => offset * shape[axis] + i, 0);

function constant(tensor: Tensor): Values {
  const { buffer } = tensor.data!.slice();
  return tensor.type === "float32" ? new Float32Array(buffer) : new Int32Array(buffer);
}

function activate(activation: string, value: number): number {
  if (activation === "relu") return Math.max(0, value);
  if (activation === "relu6") return Math.max(0, Math.min(6, value));
  if (activation === "relu_n1_to_1") return Math.max(-1, Math.min(1, value));
  return value;
}

function before(padding: string, size: number, out: number, reach: number, stride: number) {
  return padding === "same" ? Math.max(0, (out - 1) * stride + reach - size) >> 1 : 0;
}

/** Every tensor's values after a run. Only float32 graphs. */
export function naiveFloat(graph: Graph, input: Values): Values[] {
  const values: Values[] = graph.tensors.map((tensor) => tensor.data ? constant(tensor) : []);
  values[graph.inputs[0]] = input;
  for (const op of graph.operators) values[op.outputs[0]] = run(graph, op, values);
  return values;
}

function run(graph: Graph, op: Operator, all: readonly Values[]): number[] {
  const shapeOf = (position: number) => graph.tensors[op.inputs[position]].shape;
  const values = (position: number) => all[op.inputs[position]];
  const shape = graph.tensors[op.outputs[0]].shape;
  const x = values(0), xShape = shapeOf(0);
  const each = (f: (index: number[]) => number) => [...indices(shape)].map(f);
  switch (op.kind) {
    case "CONV_2D":
    case "DEPTHWISE_CONV_2D": {
      const o = op.options;
      const [, height, width, channels] = xShape;
      const wShape = shapeOf(1), w = values(1);
      const bias = op.inputs[2] >= 0 ? values(2) : undefined;
      const [, kernelHeight, kernelWidth] = wShape;
      const reach = [
        (kernelHeight - 1) * o.dilationHeight + 1,
        (kernelWidth - 1) * o.dilationWidth + 1,
      ];
      const top = before(o.padding, height, shape[1], reach[0], o.strideHeight);
      const left = before(o.padding, width, shape[2], reach[1], o.strideWidth);
      return each(([n, row, column, c]) => {
        let sum = bias ? bias[c] : 0;
        for (let i = 0; i < kernelHeight; i++) {
          for (let j = 0; j < kernelWidth; j++) {
            const y = row * o.strideHeight - top + i * o.dilationHeight;
            const z = column * o.strideWidth - left + j * o.dilationWidth;
            if (y < 0 || z < 0 || y >= height || z >= width) continue;
            if ("depthMultiplier" in o) {
              const from = Math.floor(c / o.depthMultiplier);
              sum += x[flat([n, y, z, from], xShape)] * w[flat([0, i, j, c], wShape)];
            } else {
              for (let k = 0; k < channels; k++) {
                sum += x[flat([n, y, z, k], xShape)] * w[flat([c, i, j, k], wShape)];
              }
            }
          }
        }
        return activate(o.activation, sum);
      });
    }
    case "AVERAGE_POOL_2D":
    case "MAX_POOL_2D": {
      const o = op.options;
      const [, height, width] = xShape;
      const top = before(o.padding, height, shape[1], o.filterHeight, o.strideHeight);
      const left = before(o.padding, width, shape[2], o.filterWidth, o.strideWidth);
      return each(([n, row, column, c]) => {
        const seen: number[] = [];
        for (let i = 0; i < o.filterHeight; i++) {
          for (let j = 0; j < o.filterWidth; j++) {
            const y = row * o.strideHeight - top + i, z = column * o.strideWidth - left + j;
            if (y < 0 || z < 0 || y >= height || z >= width) continue;
            seen.push(x[flat([n, y, z, c], xShape)]);
          }
        }
        const pooled = op.kind === "MAX_POOL_2D"
          ? Math.max(...seen)
          : seen.reduce((a, b) => a + b, 0) / seen.length;
        return activate(o.activation, pooled);
      });
    }
    case "FULLY_CONNECTED": {
      const [outputs, columns] = shapeOf(1);
      const w = values(1), bias = op.inputs[2] >= 0 ? values(2) : undefined;
      return Array.from({ length: elementCount(shape) }, (_, at) => {
        const row = Math.floor(at / outputs), c = at % outputs;
        let sum = bias ? bias[c] : 0;
        for (let i = 0; i < columns; i++) sum += x[row * columns + i] * w[c * columns + i];
        return activate(op.options.activation, sum);
      });
    }
    case "ADD":
    case "SUB":
    case "MUL": {
      const at = (position: number, index: number[]) => {
        const own = shapeOf(position);
        const inside = index.slice(index.length - own.length).map((i, axis) =>
          own[axis] === 1 ? 0 : i
        );
        return values(position)[flat(inside, own)];
      };
      return each((index) => {
        const a = at(0, index), b = at(1, index);
        const result = op.kind === "ADD" ? a + b : op.kind === "SUB" ? a - b : a * b;
        return activate(op.options.activation, result);
      });
    }
    case "PAD": {
      const amounts = values(1);
      return each((index) => {
        const from = index.map((i, axis) => i - amounts[2 * axis]);
        return from.every((i, axis) => i >= 0 && i < xShape[axis]) ? x[flat(from, xShape)] : 0;
      });
    }
    case "CONCATENATION": {
      const parts = op.inputs.map((_, position) => position);
      const axis = (op.options.axis + shape.length) % shape.length;
      return each((index) => {
        const from = [...index];
        for (const part of parts) {
          if (from[axis] < shapeOf(part)[axis]) return values(part)[flat(from, shapeOf(part))];
          from[axis] -= shapeOf(part)[axis];
        }
        throw new Error("unreachable");
      });
    }
    case "STRIDED_SLICE": {
      const begin = values(1), strides = values(3);
      return each((index) => {
        const from = index.map((i, axis) => {
          const start = op.options.beginMask & 1 << axis ? 0 : begin[axis];
          return start + i * strides[axis];
        });
        return x[flat(from, xShape)];
      });
    }
    case "TRANSPOSE": {
      const order = Array.from(values(1));
      return each((index) => x[flat(xShape.map((_, axis) => index[order.indexOf(axis)]), xShape)]);
    }
    case "MEAN": {
      const axes = Array.from(values(1)).map((axis) => (axis + xShape.length) % xShape.length);
      const kept = xShape.flatMap((_, axis) => axes.includes(axis) ? [] : [axis]);
      const sums = new Map<string, number[]>();
      for (const index of indices(xShape)) {
        const key = kept.map((axis) => index[axis]).join();
        sums.set(key, [...sums.get(key) ?? [], x[flat(index, xShape)]]);
      }
      return [...sums.values()].map((list) => list.reduce((a, b) => a + b, 0) / list.length);
    }
    case "SOFTMAX": {
      const size = shape.at(-1)!;
      return Array.from({ length: elementCount(shape) }, (_, at) => {
        const { beta } = op.options;
        const row = Array.from(x).slice(at - at % size, at - at % size + size);
        const most = Math.max(...row);
        const sum = row.reduce((total, value) => total + Math.exp((value - most) * beta), 0);
        return Math.exp((x[at] - most) * beta) / sum;
      });
    }
    case "RESHAPE":
      return Array.from(x);
    case "RELU":
      return Array.from(x, (value) => activate("relu", value));
    case "RELU6":
      return Array.from(x, (value) => activate("relu6", value));
    case "LOGISTIC":
      return Array.from(x, (value) => 1 / (1 + Math.exp(-value)));
    case "TANH":
      return Array.from(x, Math.tanh);
    default:
      throw new Error(`no naive ${op.kind}`);
  }
}
