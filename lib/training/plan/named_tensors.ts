import { InputError } from "../../errors.ts";
import type { NamedTensor } from "./training_plan.ts";

/**
 * Copies a tensor's values to where they belong.
 *
 * @param to Undefined where nothing has that name.
 * @throws {InputError} Nothing has the name, or its shape is another.
 */
export function copyNamed(
  name: string,
  { shape, values }: NamedTensor,
  to: { shape: readonly number[]; values: Float32Array } | undefined,
): void {
  if (!to) {
    throw new InputError(`Cannot set the weight '${name}' as there is none of that name`, {
      source: name,
    });
  }
  const same = shape.length === to.shape.length &&
    shape.every((length, i) => length === to.shape[i]);
  if (!same || values.length !== to.values.length) {
    throw new InputError(
      `Cannot set the weight '${name}' to ${values.length} values of shape [${shape}]: ` +
        `it is [${to.shape}]`,
      { source: name },
    );
  }
  to.values.set(values);
}
