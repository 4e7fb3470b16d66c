/** What the LPM01A's two formats hold; the decoders call it in the order of the stream. */
export interface Lpm01aSink {
  /** Samples, in A or J; the array is the sink's to keep. */
  samples(values: Float32Array | Float64Array): void;
  /** Bytes that cannot be read, in place of about `count` samples. */
  damaged(count: number, reason: string): void;
  /** The monitor's time since the start, and how full its buffer is. */
  time(timeMs: number, bufferPercent: number): void;
  /** A line of text, or a text within binary data. */
  text(text: string): void;
  /** The acquisition has ended. */
  end(): void;
}
