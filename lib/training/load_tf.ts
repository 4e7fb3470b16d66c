/**
 * TensorFlow.js, where a model is defined or looked at.
 *
 * @module
 */
import type * as Tf from "@tensorflow/tfjs";

/** A model of tf.layers. */
export type LayersModel = Tf.LayersModel;

let loaded: Promise<typeof Tf> | undefined;

/**
 * TensorFlow.js on its plain backend (`cpu`): loaded when it is first asked for.
 *
 * @example
 * ```ts
 * import { loadTf } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const tf = await loadTf();
 * assert.equal(tf.getBackend(), "cpu");
 * ```
 */
export function loadTf(): Promise<typeof Tf> {
  loaded ??= (async () => {
    const tf = await import("@tensorflow/tfjs");
    // Without it, tfjs advises on the console to install another backend.
    tf.env().set("PROD", true);
    await tf.setBackend("cpu");
    return tf;
  })();
  return loaded;
}
