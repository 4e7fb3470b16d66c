/** What leads from the accumulators of an operator's output channels to int8; one of each a channel. */
export class Channels {
  /** What a sum of raw products starts from: the bias less the input's zero point times the sum of the weights. */
  readonly bias: Int32Array;
  readonly multiplier: Int32Array;
  readonly shift: Int32Array;
  /** The same step in double precision, as {@linkcode scaleInDouble} proves it; zeros where it does not. */
  readonly scale: Float64Array;
  readonly offset: Float64Array;

  constructor(count: number) {
    this.bias = new Int32Array(count);
    this.multiplier = new Int32Array(count);
    this.shift = new Int32Array(count);
    this.scale = new Float64Array(count);
    this.offset = new Float64Array(count);
  }
}
