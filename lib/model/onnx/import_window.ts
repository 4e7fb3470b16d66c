/**
 * ONNX's paddings as `same`, as `valid`, or as a PAD before it.
 *
 * @module
 */
import type { Padding } from "../graph.ts";
import type { ImportNode } from "./import_node.ts";
import { explicitPadding } from "./lower_pool.ts";
import type { OnnxImporter } from "./onnx_importer.ts";

/** A window as the node has it. */
export interface Window {
  kernel: readonly number[];
  strides: readonly number[];
  dilations: readonly number[];
  /** Elements to add: [top, left, bottom, right]. */
  pads: readonly number[];
}

/** Reads the attributes of a Conv or a pool. `size` is that of the input, [height, width]. */
export function readWindow(
  n: ImportNode,
  kernel: readonly number[],
  size: readonly number[],
): Window {
  const strides = n.ints("strides") ?? [1, 1];
  const dilations = n.ints("dilations") ?? [1, 1];
  const lists = { kernel, strides, dilations };
  for (const [name, list] of Object.entries(lists)) {
    if (list.length !== 2 || list.some((value) => value < 1)) {
      n.fail(`its ${name} are [${list}]: expected two positive numbers`);
    }
  }
  const reach = kernel.map((length, i) => (length - 1) * dilations[i] + 1);
  const pads = readPads(n, size, reach, strides);
  if (n.int("ceil_mode", 0)) {
    const isWhole = [0, 1].every((i) =>
      (size[i] + pads[i] + pads[i + 2] - reach[i]) % strides[i] === 0
    );
    if (!isWhole) n.fail("its last windows run over the border", "Export it with ceil_mode=0");
  }
  return { kernel, strides, dilations, pads };
}

function readPads(
  n: ImportNode,
  size: readonly number[],
  reach: readonly number[],
  strides: readonly number[],
): readonly number[] {
  const mode = n.string("auto_pad", "NOTSET");
  if (mode === "VALID") return [0, 0, 0, 0];
  if (mode === "SAME_UPPER" || mode === "SAME_LOWER") {
    const [[top, bottom], [left, right]] = [0, 1].map((i) =>
      explicitPadding("same", size[i], reach[i], strides[i])
    );
    return mode === "SAME_UPPER" ? [top, left, bottom, right] : [bottom, right, top, left];
  }
  if (mode !== "NOTSET") n.fail(`its padding '${mode}' is unknown`);
  const pads = n.ints("pads") ?? [0, 0, 0, 0];
  if (pads.length !== 4 || pads.some((pad) => pad < 0)) {
    n.fail(`its pads are [${pads}]: expected four numbers, none below 0`);
  }
  return pads;
}

/** Which padding gives the window; undefined where only a PAD does. */
export function paddingOf(
  { kernel, strides, dilations, pads }: Window,
  size: readonly number[],
): Padding | undefined {
  if (pads.every((pad) => pad === 0)) return "valid";
  const isSame = [0, 1].every((i) => {
    const reach = (kernel[i] - 1) * dilations[i] + 1;
    const [before, after] = explicitPadding("same", size[i], reach, strides[i]);
    return pads[i] === before && pads[i + 2] === after;
  });
  return isSame ? "same" : undefined;
}

/** The input and the padding that give the window; adds a PAD where neither padding does, or `always`. */
export function placeWindow(
  im: OnnxImporter,
  n: ImportNode,
  index: number,
  window: Window,
  { always = false }: { always?: boolean } = {},
): { index: number; padding: Padding } {
  const { name, shape, type, quantization } = im.tensors[index];
  const padding = paddingOf(window, shape.slice(1, 3));
  if (padding === "valid" || padding && !always) return { index, padding };
  const [top, left, bottom, right] = window.pads;
  const amounts = im.addInts("pads", [0, 0, top, bottom, left, right, 0, 0], [4, 2]);
  const output = { name: `${name}/padded`, type, quantization };
  return { index: im.emit(n, "PAD", [index, amounts], {}, output), padding: "valid" };
}
