/**
 * The reference models of the benchmarks, ready to be trained.
 *
 * @module
 */
import type { LayersModel } from "../load_tf.ts";
import type { ArchitectureOptions } from "./architecture_options.ts";

/** Makes a model with initial weights. */
export type Architecture = (options?: ArchitectureOptions) => Promise<LayersModel>;

/**
 * Architectures by name: those of the benchmarks (`kws`, `vww`, `ic`, `ad`, `sww`), `ic02` of v1.4, and `kws-td` for the
 * open division, which hears samples instead of features. Layers have the names that Keras gives the reference's.
 *
 * Weights begin as Keras begins them: Glorot's uniform distribution, or He's normal distribution where the reference
 * says so.
 *
 * @example
 * ```ts
 * import { architectures } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const model = await architectures.kws({ seed: 7 });
 * assert.equal(model.countParams(), 24908);
 * ```
 */
export const architectures: {
  readonly [N in "kws" | "kws-td" | "vww" | "ic" | "ic02" | "ad" | "sww"]: Architecture;
} = {
  kws: async (options) => (await import("./ds_cnn.ts")).dsCnn(options),
  "kws-td": async (options) => (await import("./ds_cnn.ts")).tdCnn(options),
  vww: async (options) => (await import("./mobilenet_v1.ts")).mobilenetV1(options),
  ic: async (options) => (await import("./resnet.ts")).resnet(options),
  ic02: async (options) => (await import("./resnet.ts")).resnet({ ...options, filters: 26 }),
  ad: async (options) => (await import("./autoencoder.ts")).autoencoder(options),
  sww: async (options) => (await import("./streaming_wakeword.ts")).streamingWakeword(options),
};

/** Name of an architecture. */
export type ArchitectureName = keyof typeof architectures;
