import type { Buffer, PlanMemory } from "../plan_memory.ts";

/** How a window runs over images: sizes, and the padding before the first pixel. */
export interface Window {
  height: number;
  width: number;
  channels: number;
  outHeight: number;
  outWidth: number;
  windowHeight: number;
  windowWidth: number;
  strideRows: number;
  strideColumns: number;
  top: number;
  left: number;
}

/** Strides and padding as layers say them. */
export interface WindowSettings {
  strides: readonly [number, number];
  padding: "same" | "valid";
}

/**
 * The window over images of [height, width, channels]. With padding `same` zeros are shared out as TensorFlow does: the
 * odd one comes last.
 */
export function windowOf(
  [height, width, channels]: readonly number[],
  [windowHeight, windowWidth]: readonly number[],
  { strides: [strideRows, strideColumns], padding }: WindowSettings,
): Window {
  const along = (length: number, window: number, stride: number) => {
    if (padding === "valid") return { out: Math.floor((length - window) / stride) + 1, before: 0 };
    const out = Math.ceil(length / stride);
    return { out, before: Math.max(0, (out - 1) * stride + window - length) >> 1 };
  };
  const rows = along(height, windowHeight, strideRows);
  const columns = along(width, windowWidth, strideColumns);
  return {
    height,
    width,
    channels,
    outHeight: rows.out,
    outWidth: columns.out,
    windowHeight,
    windowWidth,
    strideRows,
    strideColumns,
    top: rows.before,
    left: columns.before,
  };
}

/** Arguments of the pooling kernels. */
export function windowArguments(window: Window) {
  return {
    height: window.height,
    width: window.width,
    channels: window.channels,
    out_height: window.outHeight,
    out_width: window.outWidth,
    window_height: window.windowHeight,
    window_width: window.windowWidth,
    stride_rows: window.strideRows,
    stride_columns: window.strideColumns,
    top: window.top,
    left: window.left,
  };
}

/** An image and the zeros around it, as the convolution kernels take them: padded_height 0 where there are none. */
export interface PaddedImage {
  height: number;
  width: number;
  channels: number;
  top: number;
  left: number;
  padded_height: number;
  padded_width: number;
}

/** Floats of a padded image. */
export function paddedFloats({ padded_height, padded_width, channels }: PaddedImage): number {
  return padded_height * padded_width * channels;
}

function paddedImage(
  [height, width, channels]: [number, number, number],
  [top, left]: [number, number],
  [paddedHeight, paddedWidth]: [number, number],
): PaddedImage {
  const needed = paddedHeight > height || paddedWidth > width;
  return {
    height,
    width,
    channels,
    top,
    left,
    padded_height: needed ? paddedHeight : 0,
    padded_width: needed ? paddedWidth : 0,
  };
}

/** What the kernels of convolution.c need to know of a window. */
export interface WindowTable {
  image: PaddedImage;
  phases: number;
  table: Buffer;
}

interface Phase {
  /** First of its weights. */
  weights: number;
  taps: number[];
  tapLength: number;
  in: number[];
  out: number[];
}

/** Words of `struct phase`. */
const PHASE_WORDS = 7;

function tableWords(phases: readonly Phase[]): number[] {
  const heads: number[] = [];
  const lists: number[] = [];
  const list = (values: readonly number[]) => {
    const at = phases.length * PHASE_WORDS + lists.length;
    for (const value of values) lists.push(value);
    return at;
  };
  for (const phase of phases) {
    heads.push(phase.weights, phase.taps.length, phase.tapLength, list(phase.taps));
    heads.push(phase.in.length, list(phase.in), list(phase.out));
  }
  return [...heads, ...lists];
}

/** Values of a window that lie together: of a depthwise window those of a pixel, of another those of a row. */
function tapsOf(
  [rows, columns]: readonly [number, number],
  width: number,
  channels: number,
  depthwise: boolean,
): Pick<Phase, "taps" | "tapLength"> {
  const taps: number[] = [];
  for (let row = 0; row < rows; row++) {
    const start = row * width * channels;
    if (!depthwise) taps.push(start);
    for (let column = 0; depthwise && column < columns; column++) {
      taps.push(start + column * channels);
    }
  }
  return { taps, tapLength: depthwise ? channels : columns * channels };
}

/**
 * The table of a convolution, and of the gradient of its weights.
 *
 * @param depthwise Whether taps are pixels of the window; otherwise they are its rows.
 */
export function forwardTable(
  memory: PlanMemory,
  window: Window,
  outChannels: number,
  depthwise: boolean,
): WindowTable {
  const { height, width, channels, outHeight, outWidth, windowHeight, windowWidth } = window;
  const { strideRows, strideColumns, top, left } = window;
  const paddedHeight = Math.max(height + top, (outHeight - 1) * strideRows + windowHeight);
  const paddedWidth = Math.max(width + left, (outWidth - 1) * strideColumns + windowWidth);
  const image = paddedImage([height, width, channels], [top, left], [paddedHeight, paddedWidth]);
  const key = JSON.stringify(["forward", window, outChannels, depthwise]);
  const table = memory.table(key, () => {
    const phase: Phase = {
      weights: 0,
      ...tapsOf([windowHeight, windowWidth], paddedWidth, channels, depthwise),
      in: [],
      out: [],
    };
    for (let row = 0; row < outHeight; row++) {
      for (let column = 0; column < outWidth; column++) {
        phase.in.push((row * strideRows * paddedWidth + column * strideColumns) * channels);
        phase.out.push((row * outWidth + column) * outChannels);
      }
    }
    return tableWords([phase]);
  });
  return { image, phases: 1, table };
}

/** The part of a kernel that meets one phase of the strides. */
export interface KernelPhase {
  /** First of its weights, where they are packed. */
  offset: number;
  firstRow: number;
  firstColumn: number;
  tapRows: number;
  tapColumns: number;
}

/**
 * The table of a convolution's gradient for its input. An input pixel meets every stride-th tap: pixels of the same
 * phase share taps, so that each phase is a convolution of the output's gradient, with stride 1.
 *
 * @param weightsOf How many weights a phase of so many taps has, packed.
 * @param skipEmpty Whether phases without taps, whose gradient is zero, are left out: where it is added to something.
 */
export function gradientTable(
  memory: PlanMemory,
  window: Window,
  outChannels: number,
  options: { depthwise: boolean; skipEmpty: boolean; weightsOf: (taps: number) => number },
): WindowTable & { kernels: KernelPhase[]; weights: number } {
  const { depthwise, skipEmpty, weightsOf } = options;
  const { height, width, channels, outHeight, outWidth, windowHeight, windowWidth } = window;
  const { strideRows, strideColumns, top, left } = window;
  const above = Math.floor((windowHeight - 1) / strideRows);
  const before = Math.floor((windowWidth - 1) / strideColumns);
  const rows = Math.max(Math.floor((height - 1 + top) / strideRows) + 1, outHeight);
  const columns = Math.max(Math.floor((width - 1 + left) / strideColumns) + 1, outWidth);
  const paddedWidth = columns + before;
  const image = paddedImage(
    [outHeight, outWidth, outChannels],
    [above, before],
    [rows + above, paddedWidth],
  );
  const kernels: KernelPhase[] = [];
  const phases: Phase[] = [];
  let weights = 0;
  for (let row = 0; row < Math.min(strideRows, height + top); row++) {
    for (let column = 0; column < Math.min(strideColumns, width + left); column++) {
      const tapRows = Math.max(0, Math.ceil((windowHeight - row) / strideRows));
      const tapColumns = Math.max(0, Math.ceil((windowWidth - column) / strideColumns));
      const empty = tapRows === 0 || tapColumns === 0;
      if (empty && skipEmpty) continue;
      const phase: Phase = {
        weights,
        ...tapsOf(empty ? [0, 0] : [tapRows, tapColumns], paddedWidth, outChannels, depthwise),
        in: [],
        out: [],
      };
      const first = (offset: number, stride: number, at: number) =>
        (((at - offset) % stride) + stride) % stride;
      for (let y = first(top, strideRows, row); y < height; y += strideRows) {
        const from = (y + top - row) / strideRows - (tapRows - 1) + above;
        for (let x = first(left, strideColumns, column); x < width; x += strideColumns) {
          const at = (x + left - column) / strideColumns - (tapColumns - 1) + before;
          phase.in.push(empty ? 0 : (from * paddedWidth + at) * outChannels);
          phase.out.push((y * width + x) * channels);
        }
      }
      if (phase.in.length === 0) continue;
      phases.push(phase);
      if (empty) continue;
      kernels.push({ offset: weights, firstRow: row, firstColumn: column, tapRows, tapColumns });
      weights += weightsOf(tapRows * tapColumns);
    }
  }
  const key = JSON.stringify(["gradient", window, outChannels, depthwise, skipEmpty]);
  const table = memory.table(key, () => tableWords(phases));
  return { image, phases: phases.length, table, kernels, weights };
}
