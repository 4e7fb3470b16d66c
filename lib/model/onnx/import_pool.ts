/**
 * Pools and means.
 *
 * @module
 */
import { followOutput, operands } from "./follow_output.ts";
import type { ImportNode } from "./import_node.ts";
import { paddingOf, placeWindow, readWindow, type Window } from "./import_window.ts";
import { channelsLast, type OnnxImporter, sameOrder } from "./onnx_importer.ts";

/** AveragePool and GlobalAveragePool. */
export function importAveragePool(im: OnnxImporter, n: ImportNode) {
  const x = im.activation(n, 0);
  const dims = im.dims(x);
  const size = dims.slice(2);
  if (size.length !== 2) n.fail(`its input is [${dims}]: expected [n, c, h, w]`);
  const isGlobal = n.opType === "GlobalAveragePool";
  const window: Window = isGlobal
    ? { kernel: size, strides: size, dilations: [1, 1], pads: [0, 0, 0, 0] }
    : readWindow(n, n.ints("kernel_shape") ?? [], size);
  if (window.dilations.some((dilation) => dilation > 1)) n.fail("its window is dilated");
  const isPadded = window.pads.some((pad) => pad > 0);
  const counts = n.int("count_include_pad", 0) !== 0;
  if (isPadded && !counts && paddingOf(window, size) === undefined) {
    n.fail(`its pads [${window.pads}] do not count and are not those of SAME`);
  }
  const out = followOutput(im, n.output, dims, { fusesActivation: true, inputsAreReal: x.isReal });
  const [input] = operands(im, n, [x], out.isQuantized);
  const spatial = im.spatial(n, input);
  // Elements that count have to be there.
  const placed = placeWindow(im, n, spatial, window, { always: counts });
  const index = im.emit(
    n,
    "AVERAGE_POOL_2D",
    [placed.index],
    { ...poolOptions(window), padding: placed.padding, activation: out.activation },
    out.type,
  );
  out.define(index, channelsLast);
}

/** MaxPool, on real numbers or on integers. */
export function importMaxPool(im: OnnxImporter, n: ImportNode) {
  const x = im.activation(n, 0);
  const [, , ...size] = im.dims(x);
  const window = readWindow(n, n.ints("kernel_shape") ?? [], size);
  if (window.dilations.some((dilation) => dilation > 1)) n.fail("its window is dilated");
  const spatial = im.spatial(n, x);
  const { type, quantization } = im.tensors[spatial];
  if (paddingOf(window, size) === undefined && !isNeverNegative(im, spatial)) {
    n.fail(`its pads [${window.pads}] are not those of SAME and its input may be negative`);
  }
  const placed = placeWindow(im, n, spatial, window);
  const index = im.emit(
    n,
    "MAX_POOL_2D",
    [placed.index],
    { ...poolOptions(window), padding: placed.padding, activation: "none" },
    { name: n.output, type, quantization },
  );
  im.define(n.output, { ...x, block: undefined, index, order: channelsLast });
}

/** Zeros around such a tensor do not change a maximum. */
function isNeverNegative(im: OnnxImporter, index: number): boolean {
  const { type, quantization } = im.tensors[index];
  if (type === "int8") return quantization?.zeroPoint[0] === -128;
  const operator = im.producer(index);
  const activation = operator && "activation" in operator.options
    ? operator.options.activation
    : "none";
  return operator?.kind === "RELU" || operator?.kind === "RELU6" || activation === "relu" ||
    activation === "relu6";
}

function poolOptions({ kernel, strides }: Window) {
  return {
    filterHeight: kernel[0],
    filterWidth: kernel[1],
    strideHeight: strides[0],
    strideWidth: strides[1],
  };
}

/** ReduceMean. */
export function importReduceMean(im: OnnxImporter, n: ImportNode) {
  const given = im.activation(n, 0);
  const dims = im.dims(given);
  const listed = n.ints("axes") ?? im.ints(n, 1);
  if (!listed?.length && n.int("noop_with_empty_axes", 0)) n.fail("it reduces nothing");
  const axes = (listed?.length ? listed : sameOrder(dims.length))
    .map((axis) => axis < 0 ? axis + dims.length : axis);
  if (axes.some((axis) => axis < 0 || axis >= dims.length)) {
    n.fail(`its axes [${axes}] are not those of [${dims}]`);
  }
  const keepDims = n.int("keepdims", 1) !== 0;
  const out = followOutput(im, n.output, dims, {
    fusesActivation: false,
    inputsAreReal: given.isReal,
  });
  const [input] = operands(im, n, [given], out.isQuantized);
  const x = im.unblocked(n, input);
  const stored = axes.map((axis) => x.order.indexOf(axis)).sort((a, b) => a - b);
  const index = im.emit(
    n,
    "MEAN",
    [x.index, im.addInts("axes", stored)],
    { keepDims },
    out.type,
  );
  const order = keepDims ? x.order : x.order.filter((axis) => !axes.includes(axis))
    .map((axis) => axis - axes.filter((reduced) => reduced < axis).length);
  out.define(index, order);
}
