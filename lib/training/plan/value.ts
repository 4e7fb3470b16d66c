/**
 * Tensors of a training graph.
 *
 * @module
 */

/** A tensor of a graph: one for each item of a batch, or one for the model. */
export class Value {
  /** Number of its elements: of one item, or of all. */
  readonly size: number;

  /**
   * Makes a value.
   *
   * @param name Where it comes from, for people.
   * @param shape Without the batch.
   * @param each Whether there is one for each item of a batch, or one for the model (weights, and what is made of them).
   */
  constructor(
    readonly name: string,
    readonly shape: readonly number[],
    readonly each: "item" | "model" = "item",
  ) {
    this.size = shape.reduce((product, length) => product * length, 1);
  }
}

/** A value that lasts from step to step. */
export class Weight extends Value {
  /**
   * Makes a weight.
   *
   * @param initial Its values when training starts.
   * @param trainable Whether the optimiser changes it.
   * @param l2 Factor of its sum of squares in the loss; 0 for none.
   */
  constructor(
    name: string,
    shape: readonly number[],
    readonly initial: Float32Array,
    readonly trainable: boolean,
    readonly l2 = 0,
  ) {
    super(name, shape, "model");
  }
}
