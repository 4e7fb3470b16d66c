import { InputError } from "../../errors.ts";
import type { InputValues, LabelValues, Loss } from "./training_plan.ts";

/** Sizes of an item's input and output. */
export interface ItemSizes {
  input: number;
  output: number;
}

/**
 * The number of items that values are.
 *
 * @throws {InputError} It is no whole number, or 0.
 */
export function itemCount(x: InputValues, size: number): number {
  if (x.length === 0 || x.length % size !== 0) {
    throw new InputError(
      `Cannot take ${x.length} values as inputs: an item has ${size}`,
      { source: "x" },
    );
  }
  return x.length / size;
}

/**
 * Labels of items, as the loss takes them: as many values as the model's output has, for each item.
 *
 * @throws {InputError} There are more or fewer, or a class is out of range.
 */
export function labelValues(
  y: LabelValues,
  items: number,
  classes: number,
  loss: Loss,
): Float32Array {
  if (y instanceof Float32Array) {
    if (y.length === items * classes) return y;
    throw new InputError(
      `Cannot take ${y.length} values as labels of ${items} items: expected ${items * classes}`,
      { source: "y" },
    );
  }
  if (loss !== "categoricalCrossentropy") {
    throw new InputError("Cannot take whole numbers as labels of a squared error", {
      source: "y",
      hint: "Give a Float32Array",
    });
  }
  if (y.length !== items) {
    throw new InputError(`Cannot take ${y.length} classes as labels of ${items} items`, {
      source: "y",
    });
  }
  const values = new Float32Array(items * classes);
  y.forEach((label, i) => {
    if (label >= classes || label < 0) {
      throw new InputError(
        `Cannot take label ${label} of item ${i}: there are ${classes} classes`,
        {
          source: "y",
        },
      );
    }
    values[i * classes + label] = 1;
  });
  return values;
}
