/** What it costs to decode what an LPM01A sends, in chunks as a serial port gives them. */
import { AsciiDecoder } from "../lib/serial/monitors/lpm01a/ascii_decoder.ts";
import { BinaryDecoder } from "../lib/serial/monitors/lpm01a/binary_decoder.ts";
import type { Lpm01aSink } from "../lib/serial/monitors/lpm01a/lpm01a_sink.ts";
import { median } from "../lib/scoring/median.ts";
import { seededRandom } from "../lib/seeded_random.ts";
import { asciiValue, binaryWord } from "../lib/serial/virtual/monitors/lpm01a_values.ts";

const sampleCount = 2_000_000;
const chunkBytes = 4096;
const rounds = 9;

/** Adds up, so that no decoder can leave its work undone. */
class Adder implements Lpm01aSink {
  count = 0;
  sum = 0;
  samples(values: Float32Array | Float64Array): void {
    this.count += values.length;
    this.sum += values[0];
  }
  damaged(): void {
    throw new Error("A sample was damaged");
  }
  time(): void {}
  text(): void {}
  end(): void {}
}

function measure(
  name: string,
  bytes: Uint8Array,
  decode: (chunks: Uint8Array[], sink: Adder) => void,
) {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    chunks.push(bytes.slice(at, at + chunkBytes));
  }
  const seconds: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const sink = new Adder();
    const start = performance.now();
    decode(chunks, sink);
    seconds.push((performance.now() - start) / 1000);
    if (sink.count !== sampleCount) throw new Error(`${sink.count} samples of ${sampleCount}`);
  }
  const rate = sampleCount / median(seconds);
  console.log(
    `LPM01A ${name}: ${(rate / 1e6).toFixed(0)} M samples/s, ` +
      `${(rate * bytes.length / sampleCount / 1e6).toFixed(0)} MB/s ` +
      `(${sampleCount} samples in chunks of ${chunkBytes} bytes, median of ${rounds})`,
  );
}

/** Prints the rates of both decoders. */
export function benchDecoders(): void {
  const random = seededRandom(1);
  const values = Float64Array.from({ length: sampleCount }, () => 1e-6 + random() * 0.03);
  const time = "TimeStamp: 001s 000ms, buff 00%\r\n";
  const text: string[] = [];
  const words: number[] = [];
  values.forEach((value, i) => {
    if (i % 1000 === 0) {
      text.push(time);
      words.push(0xf0, 0xf3, 0, 0, 0, 0, 0, 0xff, 0xff);
    }
    text.push(asciiValue(value), "\r\n");
    const word = binaryWord(value);
    words.push(word >> 8, word & 0xff);
  });
  words.push(0xf0, 0xf4, 0xff, 0xff);
  measure("binary", Uint8Array.from(words), (chunks, sink) => {
    const decoder = new BinaryDecoder(sink);
    for (const chunk of chunks) decoder.push(chunk);
  });
  measure("ASCII", new TextEncoder().encode(text.join("")), (chunks, sink) => {
    const decoder = new AsciiDecoder(sink);
    for (const chunk of chunks) decoder.push(chunk);
  });
}
