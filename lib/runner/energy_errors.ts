/**
 * Why an energy run has no score. What was measured until then is kept.
 *
 * @module
 */
import { ThimbleError, type ThimbleErrorOptions } from "../errors.ts";

/** An energy run breaks a rule, so that its figures would be doubtful. */
export class EnergyRunError extends ThimbleError {
  /** Name of the class. */
  override name = "EnergyRunError";
  /** Index of the window, from 0; undefined where it is about none. */
  readonly window?: number;

  /** Makes the error. */
  constructor(message: string, options: ThimbleErrorOptions & { window?: number }) {
    super(message, options);
    this.window = options.window;
  }
}

/** The edges of the timestamp pin are not those that the run makes: one is missing, or there is one too many. */
export class EdgeError extends EnergyRunError {
  /** Name of the class. */
  override name = "EdgeError";
  /** Edges that were seen, in samples of the trace. */
  readonly edges: readonly number[];
  /** How many there should be. */
  readonly expected: number;

  /** Makes the error. */
  constructor(
    message: string,
    options: ThimbleErrorOptions & {
      window?: number;
      edges: readonly number[];
      expected: number;
    },
  ) {
    super(message, options);
    this.edges = options.edges;
    this.expected = options.expected;
  }
}

/** The energy monitor lost more than 0.1 % of a window's samples. */
export class LostSamplesError extends EnergyRunError {
  /** Name of the class. */
  override name = "LostSamplesError";
  /** Samples that are missing. */
  readonly missing: number;
  /** Samples of the window, those that are missing too. */
  readonly samples: number;

  /** Makes the error. */
  constructor(
    message: string,
    options: ThimbleErrorOptions & { window?: number; missing: number; samples: number },
  ) {
    super(message, options);
    this.missing = options.missing;
    this.samples = options.samples;
  }
}

/** The monitor is not the one and only supply of the DUT. */
export class SupplyError extends EnergyRunError {
  /** Name of the class. */
  override name = "SupplyError";
}
