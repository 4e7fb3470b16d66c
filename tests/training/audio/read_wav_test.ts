import assert from "node:assert/strict";
import { readWav, type WavEncoding, WavError } from "../../../lib/training/audio/read_wav.ts";
import { SeededRandom } from "../../model/seeded_random.ts";
import { riff, wavBytes } from "./wav_bytes.ts";

const cases: Record<WavEncoding, { stored: number[]; read: number[] }> = {
  uint8: { stored: [0, 128, 255], read: [-1, 0, 127 / 128] },
  int16: { stored: [-32768, 1, 32767], read: [-1, 1 / 32768, 32767 / 32768] },
  int24: { stored: [-8388608, -1, 8388607], read: [-1, -(2 ** -23), 1 - 2 ** -23] },
  int32: { stored: [-2147483648, 0, 2 ** 30], read: [-1, 0, 0.5] },
  float32: { stored: [-1.5, 0, 0.25], read: [-1.5, 0, 0.25] },
  float64: { stored: [-1, 0.1, 2], read: [-1, 0.1, 2] },
};

for (const [name, { stored, read }] of Object.entries(cases)) {
  const encoding = name as WavEncoding;
  Deno.test(`readWav() reads ${encoding}, plain and extensible, of one and more channels`, () => {
    for (const extensible of [false, true]) {
      for (const channels of [[stored], [stored, stored.toReversed()], [stored, stored, stored]]) {
        const wav = readWav(wavBytes(channels, { encoding, extensible, sampleRate: 44_100 }));
        assert.equal(wav.sampleRate, 44_100);
        assert.equal(wav.encoding, encoding);
        assert.equal(wav.channels.length, channels.length);
        assert.deepEqual(wav.channels[0], Float32Array.from(read));
        if (channels.length === 2) {
          assert.deepEqual(wav.channels[1], Float32Array.from(read.toReversed()));
        }
      }
    }
  });
}

Deno.test("readWav() passes over chunks that it does not know, odd ones too, and reads a view", () => {
  const chunks = [
    { id: "LIST", bytes: new Uint8Array(5).fill(7) },
    { id: "fact", bytes: new Uint8Array(4) },
  ];
  const bytes = wavBytes([[1, 2, 3]], { chunks });
  const inside = new Uint8Array(bytes.length + 20);
  inside.set(bytes, 3);
  const wav = readWav(inside.subarray(3, 3 + bytes.length));
  assert.deepEqual(wav.channels, [Float32Array.of(1 / 32768, 2 / 32768, 3 / 32768)]);
});

Deno.test("readWav() takes a file without samples for what it is", () => {
  assert.deepEqual(readWav(wavBytes([[], []])).channels, [new Float32Array(), new Float32Array()]);
});

/** What is wrong, the bytes, and where it is noticed. */
const broken: [string, () => Uint8Array, number, RegExp][] = [
  ["empty", () => new Uint8Array(), 0, /not a WAV file/],
  ["another kind", () => new TextEncoder().encode("RIFF\0\0\0\0AVI LIST"), 8, /not a WAV file/],
  ["no chunks", () => riff([]), 12, /no format/],
  ["no samples", () => wavBytes([[1]]).subarray(0, 36), 36, /no samples/],
  ["half a chunk head", () => wavBytes([[1]]).subarray(0, 40), 36, /head of a chunk/],
  ["cut samples", () => wavBytes([[1, 2, 3]]).subarray(0, 48), 48, /after 4 of 6 bytes/],
  ["cut format", () => wavBytes([[1]]).subarray(0, 30), 20, /format has 10 bytes/],
  [
    "two formats",
    () => {
      const { bytes } = { bytes: wavBytes([[1]]) };
      const format = { id: "fmt ", bytes: bytes.subarray(20, 36) };
      return riff([format, format]);
    },
    36,
    /two formats/,
  ],
  ["samples first", () => riff([{ id: "data", bytes: new Uint8Array(2) }]), 12, /before/],
  ["0 channels", () => patched(22, 0), 22, /0 channels/],
  ["65535 channels", () => patched(22, 65_535), 22, /65535 channels/],
  ["0 Hz", () => patched(24, 0), 24, /0 samples a second/],
  ["block size", () => patched(32, 3), 32, /3 bytes do not hold 1 samples of 16 bits/],
  ["12 bits", () => patched(34, 12), 20, /format 1 with 12 bits/],
  ["a-law", () => patched(20, 6), 20, /format 6 with 16 bits/],
  [
    "half a sample",
    () => {
      const bytes = wavBytes([[1, 2]]);
      bytes[40] = 3;
      return bytes;
    },
    40,
    /3 bytes of samples are no multiple of 2/,
  ],
  [
    "unknown GUID",
    () => {
      const bytes = wavBytes([[1, 2]], { extensible: true });
      bytes[50] ^= 1;
      return bytes;
    },
    44,
    /not known/,
  ],
  ["short extensible format", () => patched(20, 0xfffe), 20, /extensible format has 16 bytes/],
  ["NaN", () => wavBytes([[0, 0], [0, NaN]], { encoding: "float32" }), 56, /not a finite number/],
  ["beyond float32", () => wavBytes([[0, 1e300]], { encoding: "float64" }), 52, /not a finite/],
];

function patched(at: number, value: number): Uint8Array {
  const bytes = wavBytes([[1, 2]]);
  new DataView(bytes.buffer).setUint16(at, value, true);
  return bytes;
}

for (const [what, make, offset, message] of broken) {
  Deno.test(`readWav() throws on a broken file: ${what}`, () => {
    assert.throws(() => readWav(make(), { source: "a/b.wav" }), (error) => {
      assert(error instanceof WavError, String(error));
      assert.match(error.message, message);
      assert.match(error.message, new RegExp(`^Cannot read 'a/b.wav' at byte ${offset} as `));
      assert.equal(error.source, "a/b.wav");
      assert.equal(error.offset, offset);
      return true;
    });
  });
}

Deno.test("readWav() tells a file whose size was left open from one that was cut off", () => {
  const bytes = wavBytes([[1, 2]]);
  const hintOf = (size: number) => {
    new DataView(bytes.buffer).setUint32(40, size, true);
    try {
      readWav(bytes);
    } catch (error) {
      assert(error instanceof WavError);
      return error.hint;
    }
  };
  assert.match(hintOf(0xffffffff)!, /left its size open/);
  assert.match(hintOf(6)!, /cut off/);
});

Deno.test("readWav() says what to convert where a file is of a kindred kind", () => {
  assert.throws(
    () => readWav(new TextEncoder().encode("RF64xxxxWAVE")),
    { name: "WavError", hint: /RF64/ },
  );
});

Deno.test("readWav() survives files damaged at random: a recording of sound size, or a WavError", () => {
  const random = new SeededRandom(11);
  const sources = Object.keys(cases).flatMap((name) =>
    [false, true].map((extensible) =>
      wavBytes([cases[name as WavEncoding].stored, cases[name as WavEncoding].stored], {
        encoding: name as WavEncoding,
        extensible,
        chunks: [{ id: "LIST", bytes: new Uint8Array(7) }],
      })
    )
  );
  let read = 0;
  let refused = 0;
  for (let round = 0; round < 20_000; round++) {
    let bytes = random.pick(sources).slice();
    for (let n = random.integer(1, 4); n > 0; n--) {
      const at = random.integer(0, bytes.length - 1);
      const kind = random.integer(0, 2);
      if (kind === 0) bytes[at] = random.pick([0, 1, 2, 3, 8, 127, 128, 255]);
      else if (kind === 1) bytes[at] = random.integer(0, 255);
      else bytes = bytes.slice(0, Math.max(at, 1));
    }
    try {
      const { channels, sampleRate } = readWav(bytes);
      const samples = channels.reduce((sum, channel) => sum + channel.length, 0);
      assert(samples <= bytes.length && channels.length <= 256 && sampleRate > 0);
      for (const channel of channels) assert(channel.every(Number.isFinite));
      read++;
    } catch (error) {
      assert(error instanceof WavError, String(error));
      assert(error.offset >= 0 && error.offset <= bytes.length, error.message);
      refused++;
    }
  }
  assert(read > 1000 && refused > 1000, `${read} read, ${refused} refused`);
});
