/**
 * Settings of optimisers, as Keras defines them.
 *
 * @module
 */

/** Adam (Kingma and Ba, 2014) with Keras' defaults; with `weightDecay` AdamW (Loshchilov and Hutter, 2017). */
export interface AdamSettings {
  /** Which optimiser. */
  type: "adam";
  /** Decay of the gradients' average. [0.9] */
  beta1?: number;
  /** Decay of the squared gradients' average. [0.999] */
  beta2?: number;
  /** Added to the root of the squared gradients' average. [1e-7] */
  epsilon?: number;
  /** Share of every trained weight that each step takes off, times the learning rate. [0] */
  weightDecay?: number;
}

/** Stochastic gradient descent with Keras' defaults. */
export interface SgdSettings {
  /** Which optimiser. */
  type: "sgd";
  /** Share of the last step that goes into the next. [0] */
  momentum?: number;
  /** Whether the momentum looks ahead (Nesterov). [false] */
  nesterov?: boolean;
  /** Share of every trained weight that each step takes off, times the learning rate. [0] */
  weightDecay?: number;
}

/** Which optimiser, and its settings. */
export type OptimizerSettings = AdamSettings | SgdSettings;
