import { ModelError } from "../errors.ts";
import type { Values } from "./job.ts";

/** Items that go to a thread together, and their values end to end. */
export interface Batch<Item> {
  items: Item[];
  values: Values;
}

/** Items in a batch, and bytes: the fewer. */
const BATCH_ITEMS = 64;
const BATCH_BYTES = 2 ** 20;

/**
 * Brings items together, in their order; those of one batch have values of one type.
 *
 * @param size Values of an item.
 * @throws {ModelError} An item has more values, or fewer.
 */
export async function* batchesOf<Item extends { input: Int8Array | Uint8Array | Float32Array }>(
  items: Iterable<Item> | AsyncIterable<Item>,
  size: number,
): AsyncGenerator<Batch<Item>, void, undefined> {
  let batch: Item[] = [];
  let index = 0;
  for await (const item of items) {
    const { input } = item;
    if (input.length !== size) {
      throw new ModelError(
        `Cannot evaluate item ${index} as it has ${input.length} values: expected ${size}`,
      );
    }
    const full = batch.length >= BATCH_ITEMS ||
      batch.length > 0 && (batch.length + 1) * input.byteLength > BATCH_BYTES;
    if (full || batch.length > 0 && batch[0].input.constructor !== input.constructor) {
      yield { items: batch, values: joined(batch, size) };
      batch = [];
    }
    batch.push(item);
    index++;
  }
  if (batch.length > 0) yield { items: batch, values: joined(batch, size) };
}

function joined(items: readonly { input: Int8Array | Uint8Array | Float32Array }[], size: number) {
  const length = items.length * size;
  const [{ input }] = items;
  const values: Values = input instanceof Float32Array
    ? new Float32Array(length)
    : input instanceof Int8Array
    ? new Int8Array(length)
    : new Uint8Array(length);
  items.forEach((item, i) => values.set(item.input, i * size));
  return values;
}
