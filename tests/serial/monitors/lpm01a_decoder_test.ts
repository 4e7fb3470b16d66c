import assert from "node:assert/strict";
import { AsciiDecoder } from "../../../lib/serial/monitors/lpm01a/ascii_decoder.ts";
import { BinaryDecoder } from "../../../lib/serial/monitors/lpm01a/binary_decoder.ts";
import type { Lpm01aSink } from "../../../lib/serial/monitors/lpm01a/lpm01a_sink.ts";
import { asciiValue, binaryWord } from "../../../lib/serial/virtual/monitors/lpm01a_values.ts";
import { SeededRandom } from "../../model/seeded_random.ts";

/** What a decoder said, in order. */
function recorder(): { said: unknown[]; values(): number[]; sink: Lpm01aSink } {
  const said: unknown[] = [];
  return {
    said,
    values: () => said.filter((item) => typeof item === "number") as number[],
    sink: {
      samples: (values) => values.forEach((value) => said.push(value)),
      damaged: (count) => said.push(`damaged ${count}`),
      time: (timeMs, percent) => said.push(`time ${timeMs} ${percent}`),
      text: (text) => said.push(`text ${text}`),
      end: () => said.push("end"),
    },
  };
}

const latin1 = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));

function decodeAscii(...pieces: Uint8Array[]): unknown[] {
  const { said, sink } = recorder();
  const decoder = new AsciiDecoder(sink);
  for (const piece of pieces) assert.equal(decoder.push(piece), piece.length);
  return said;
}

function decodeBinary(...pieces: Uint8Array[]): unknown[] {
  const { said, sink } = recorder();
  const decoder = new BinaryDecoder(sink);
  for (const piece of pieces) {
    const rest = decoder.push(piece);
    if (rest.length > 0) said.push(`rest ${String.fromCharCode(...rest)}`);
  }
  decoder.finish();
  return said;
}

function pieces(bytes: Uint8Array, random: SeededRandom): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = random.integer(1, 20);
    parts.push(bytes.slice(at, at + size));
    at += size;
  }
  return parts;
}

const bytes = (...parts: (number[] | string)[]) =>
  Uint8Array.from(parts.flatMap((part) => typeof part === "string" ? [...latin1(part)] : part));

const header = (timeMs: number, percent = 0) => [
  0xf0,
  0xf3,
  ...[24, 16, 8, 0].map((shift) => timeMs >>> shift & 0xff),
  percent,
  0xff,
  0xff,
];

Deno.test("AsciiDecoder reads values, times, events, text and the end", () => {
  const text =
    "6409-07\r\n0000-00\n1234+01\r\n9999-99 1000-03\r\nTimeStamp: 003s 245ms, buff 07%\r\n" +
    "event 00 ris\r\n5000-06\r\nsummary beg\r\nend\r\n";
  assert.deepEqual(decodeAscii(latin1(text)), [
    640.9e-6,
    0,
    12340,
    9999e-99,
    1,
    "time 3245 7",
    "text event 00 ris",
    5000e-6,
    "text summary beg",
    "end",
  ]);
});

Deno.test("AsciiDecoder gives the double nearest to the decimal number", () => {
  const random = new SeededRandom(1);
  for (let i = 0; i < 2000; i++) {
    const mantissa = random.integer(0, 9999);
    const power = random.integer(0, 22);
    const text = `${String(mantissa).padStart(4, "0")}-${String(power).padStart(2, "0")}\r\n`;
    assert.deepEqual(decodeAscii(latin1(text)), [Number(`${mantissa}e-${power}`)]);
  }
});

Deno.test("AsciiDecoder marks what cannot be read as damaged, and goes on", () => {
  assert.deepEqual(decodeAscii(latin1("1000-03\r\n409-07\r\n1000-03\r\n")), [1, "damaged 1", 1]);
  assert.deepEqual(decodeAscii(latin1("64091000-03\r\n")), ["damaged 1", 1]);
  assert.deepEqual(decodeAscii(latin1("1000-031000-0310\r\n")), [1, 1, "damaged 1"]);
});

Deno.test("AsciiDecoder reads a message that stands behind a value on its line", () => {
  const text = "1000-03TimeStamp: 003s 245ms, buff 07%\r\n1000-03 1000-03event 7 ris\r\n" +
    "1000-03timestamp\r\n1000-03end\r\n";
  const expected = [1, "time 3245 7", 1, 1, "text event 7 ris", 1, "damaged 1", 1, "end"];
  assert.deepEqual(decodeAscii(latin1(text)), expected);
});

Deno.test("AsciiDecoder keeps no line that never ends", () => {
  const said = decodeAscii(latin1("x".repeat(10_000)), latin1("y\r\n"));
  assert.equal(said.length, 3);
});

Deno.test("AsciiDecoder says the same however the bytes are cut", () => {
  const random = new SeededRandom(2);
  const parts = [
    "TimeStamp: 001s 000ms, buff 00%\r\n",
    "event 01 ris\r\n",
    "bad\x80\r\n",
    "12\r\n",
  ];
  for (let round = 0; round < 200; round++) {
    let text = "";
    for (let i = 0; i < 60; i++) {
      text += random.integer(0, 9)
        ? asciiValue(random.integer(1, 9999) * 1e-9) + "\r\n"
        : random.pick(parts);
    }
    const whole = latin1(text);
    assert.deepEqual(decodeAscii(...pieces(whole, random)), decodeAscii(whole));
  }
});

Deno.test("AsciiDecoder takes any bytes without harm", () => {
  const random = new SeededRandom(3);
  const alphabet = "0123456789+-\r\n \tTimeStamp:ends,%buff\xff\x00";
  for (let round = 0; round < 300; round++) {
    const text = Array.from(
      { length: 200 },
      () => alphabet[random.integer(0, alphabet.length - 1)],
    );
    const said = decodeAscii(...pieces(latin1(text.join("")), random));
    for (const item of said) assert.ok(typeof item !== "number" || Number.isFinite(item));
  }
});

Deno.test("AsciiDecoder.push() stops after a line of text where it is told to", () => {
  const { said, sink } = recorder();
  const decoder = new AsciiDecoder(sink);
  const taken = decoder.push(latin1("1000-03\r\nack start\r\n\r\n\xf0\xf3"), () => true);
  assert.deepEqual(said, [1, "text ack start"]);
  assert.equal(taken, "1000-03\r\nack start\r".length);
});

Deno.test("BinaryDecoder reads words and messages", () => {
  const stream = bytes(
    header(0),
    [0x52, 0xa0, 0x00, 0x00, 0x0f, 0xff],
    [0xf0, 0xf2],
    "event 0 ris",
    [0xff, 0xff],
    [0x1f, 0xff],
    header(0xffff, 12),
    [0xf0, 0xf7, 0x0b, 0xb8, 0xff, 0xff],
    [0xf0, 0xf1],
    "buffer overrun",
    [0xff, 0xff, 0xf0, 0xf5, 0xff, 0xff, 0xf0, 0xf6, 0xff, 0xff],
    [0xf0, 0xf4, 0xff, 0xff],
    "\r\nPower",
  );
  const expected = [
    "time 0 0",
    0x2a0 / 16 ** 5,
    0,
    0xfff,
    "text event 0 ris",
    0xfff / 16,
    "time 65535 12",
    "text voltage 3000 mV",
    "text error: buffer overrun",
    "text error: overcurrent",
    "text target power down",
    "end",
    "rest \r\nPower",
  ];
  assert.deepEqual(decodeBinary(stream), expected);
});

Deno.test("BinaryDecoder says the same however the bytes are cut", () => {
  const random = new SeededRandom(4);
  for (let round = 0; round < 200; round++) {
    const parts: (number[] | string)[] = [header(0)];
    for (let i = 0; i < 80; i++) {
      const word = random.integer(0, 0xefff);
      parts.push([word >> 8, word & 0xff]);
      if (random.integer(0, 15) === 0) parts.push(header(i, i));
      if (random.integer(0, 30) === 0) parts.push([0xf0, 0xf2], "event", [0xff, 0xff]);
    }
    parts.push([0xf0, 0xf4, 0xff, 0xff]);
    const whole = bytes(...parts);
    assert.deepEqual(decodeBinary(...pieces(whole, random)), decodeBinary(whole));
  }
});

Deno.test("BinaryDecoder gives no sample of a block in which a byte was lost", () => {
  const block = (start: number) =>
    Array.from({ length: 20 }, (_, i) => [0x30 | (i & 7), start + i & 0xff]).flat();
  const whole = bytes(header(0), block(0), header(20), block(64), header(40), [
    0xf0,
    0xf4,
    0xff,
    0xff,
  ]);
  const clean = decodeBinary(whole);
  for (let at = 9; at < 9 + 40; at++) {
    const said = decodeBinary(whole.filter((_, i) => i !== at));
    assert.deepEqual(said.slice(-23), clean.slice(-23), `byte ${at}`);
    assert.match(String(said[1]), /^damaged (19|20)$/, `byte ${at}`);
    assert.equal(said.length, clean.length - 19);
  }
});

Deno.test("BinaryDecoder takes any bytes without harm", () => {
  const random = new SeededRandom(5);
  for (let round = 0; round < 300; round++) {
    const some = Uint8Array.from(
      { length: 400 },
      () =>
        random.integer(0, 2) ? random.integer(0, 255) : random.pick([0xf0, 0xff, 0xf3, 0xf1, 0xf4]),
    );
    for (const item of decodeBinary(...pieces(some, random))) {
      assert.ok(typeof item !== "number" || item <= 0xfff);
    }
  }
});

Deno.test("BinaryDecoder hands on samples that no message follows", () => {
  assert.deepEqual(decodeBinary(bytes([0x10, 0x10, 0x10])), [1, "damaged 0"]);
  const { said, sink } = recorder();
  const decoder = new BinaryDecoder(sink);
  decoder.push(new Uint8Array(2 ** 21 + 2));
  assert.equal(said.length, 2 ** 20 + 1);
});

Deno.test("asciiValue() and binaryWord() are read back within their steps", () => {
  const random = new SeededRandom(6);
  for (let i = 0; i < 5000; i++) {
    const value = random.integer(1, 4095) * 10 ** -random.integer(0, 12);
    const [ascii] = decodeAscii(latin1(asciiValue(value) + "\r\n")) as number[];
    assert.ok(Math.abs(ascii - value) <= value * 0.0005, `${value} ${ascii}`);
    const word = binaryWord(value);
    const [binary] = decodeBinary(bytes([word >> 8, word & 0xff])) as number[];
    assert.ok(Math.abs(binary - value) <= value * 0.002, `${value} ${binary}`);
  }
});
