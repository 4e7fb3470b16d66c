import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { ImageError } from "../../../lib/training/images/image.ts";
import { readPng } from "../../../lib/training/images/read_png.ts";
import { readImage } from "../../../lib/training/images/read_image.ts";
import { KeyedRandom } from "../../../lib/training/synthetic/keyed_random.ts";
import { bytesOf, pngChunk, pngOf, pngStart } from "./encode_any_png.ts";

const golden = new URL("./golden/", import.meta.url);

Deno.test("readPng() reads files of Pillow 9.4 as Pillow does", () => {
  const colour = "6d4bd13f1d491a0a77f579c96a367fd952030bc866fa19b15c1015887a15e1e5";
  for (
    const [name, channels, sha256] of [
      ["colour", 3, colour],
      ["alpha", 3, colour],
      ["palette", 3, "e769e2ce99e7b22a7f988734b7115f09be8f3efb21ccb120f04c5fee8f7675c5"],
      ["grey16", 1, "09f87fce7a5eda55bb506282b59ecd69e704f94da857e57284edec63ec79b6ad"],
      ["bits1", 1, "64927468b91f20476f46c389c5d6b00385aeff39cf4506e45a41d29be913b4cc"],
    ] as const
  ) {
    const { pixels, shape } = readPng(Deno.readFileSync(new URL(`${name}.png`, golden)));
    assert.deepEqual([...shape], [20, 30, channels], name);
    assert.equal(createHash("sha256").update(pixels).digest("hex"), sha256, name);
  }
});

Deno.test("readPng() undoes each filter", () => {
  const random = new KeyedRandom(7);
  const [width, height] = [5, 10];
  const pixels = Uint8Array.from({ length: width * height * 3 }, () => random.whole(256));
  const rowBytes = width * 3;
  const rows: number[] = [];
  for (let row = 0; row < height; row++) {
    const filter = row % 5;
    rows.push(filter);
    const at = (r: number, i: number) => r < 0 || i < 0 ? 0 : pixels[r * rowBytes + i];
    for (let i = 0; i < rowBytes; i++) {
      const [a, b, c] = [at(row, i - 3), at(row - 1, i), i < 3 ? 0 : at(row - 1, i - 3)];
      const p = a + b - c;
      const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
      const paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
      rows.push(at(row, i) - [0, a, b, Math.floor((a + b) / 2), paeth][filter] & 255);
    }
  }
  assert.deepEqual(readPng(pngOf({ width, height }, Uint8Array.from(rows))).pixels, pixels);
});

Deno.test("readPng() says what is wrong, and where", () => {
  const row = Uint8Array.of(0, 1, 2, 3);
  const whole = pngOf({ width: 1, height: 1 }, row);
  const cases: [name: string, bytes: Uint8Array, offset: number, message: RegExp][] = [
    ["nothing", new Uint8Array(), 0, /is not a PNG/],
    ["another format", new TextEncoder().encode("GIF89a"), 0, /is not a PNG/],
    ["cut off", whole.subarray(0, 50), 50, /ends after/],
    ["no end", whole.subarray(0, whole.length - 12), whole.length - 12, /ends before its last/],
    ["bits turned", whole.map((byte, i) => i === 45 ? byte ^ 1 : byte), 33, /checksum/],
    ["too large", pngOf({ width: 100_000, height: 100_000 }, row), 16, /100000 × 100000 pixels/],
    ["no size", pngOf({ width: 0, height: 1 }, row), 16, /0 × 1 pixels/],
    ["no such colour", pngOf({ width: 1, height: 1, colour: 5 }, row), 24, /colour type 5/],
    ["no such depth", pngOf({ width: 1, height: 1, depth: 4 }, row), 24, /of 4 bits/],
    ["interlaced", pngOf({ width: 1, height: 1, interlace: 1 }, row), 28, /interlaced/],
    ["too few pixels", pngOf({ width: 1, height: 2 }, row), 33, /take 4 bytes: 8 expected/],
    ["too many", pngOf({ width: 1, height: 1 }, new Uint8Array(1e6)), 33, /unpacked/],
    ["odd filter", pngOf({ width: 1, height: 1 }, Uint8Array.of(9, 1, 2, 3)), 33, /filter 9/],
    ["no palette", pngOf({ width: 1, height: 1, colour: 3 }, Uint8Array.of(0, 1)), 33, /palette/],
    [
      "beyond the palette",
      pngOf({ width: 1, height: 1, colour: 3 }, Uint8Array.of(0, 1), [
        pngChunk("PLTE", new Uint8Array(3)),
      ]),
      48,
      /colour 1 is not in its palette/,
    ],
    [
      "a chunk that must be known",
      pngOf({ width: 1, height: 1 }, row, [pngChunk("CRIT", new Uint8Array())]),
      33,
      /chunk 'CRIT'/,
    ],
    [
      "no pixels",
      bytesOf([...pngStart({ width: 1, height: 1 }), pngChunk("IEND", new Uint8Array())]),
      45,
      /no pixels/,
    ],
  ];
  for (const [name, bytes, offset, message] of cases) {
    assert.throws(() => readPng(bytes, { source: "cat.png" }), (error) => {
      assert(error instanceof ImageError, name);
      assert.match(error.message, message, name);
      assert.match(error.message, new RegExp(`^Cannot read 'cat.png' at byte ${offset} as`), name);
      assert.equal(error.offset, offset, name);
      return true;
    });
  }
});

Deno.test("readPng() throws on 3 channels where 1 was expected", () => {
  const bytes = pngOf({ width: 1, height: 1 }, Uint8Array.of(0, 1, 2, 3));
  assert.throws(() => readPng(bytes, { source: "a.png", channels: 1 }), {
    name: "ImageError",
    message: "Cannot read 'a.png' at byte 25 as it has 3 channels: 1 expected",
    offset: 25,
  });
  const grey = pngOf({ width: 1, height: 1, colour: 0 }, Uint8Array.of(0, 9));
  assert.throws(() => readPng(grey, { channels: 3 }), /it has 1 channel: 3 expected/);
  assert.deepEqual([...readPng(grey, { channels: 1 }).pixels], [9]);
});

Deno.test("readImage() gives pictures or ImageErrors, whatever the bytes", async () => {
  const files = [...Deno.readDirSync(golden)].map(({ name }) => name).sort();
  assert.equal(files.length, 8);
  const random = new KeyedRandom(1);
  for (const file of files) {
    const bytes = Deno.readFileSync(new URL(file, golden));
    for (let round = 0; round < 120; round++) {
      const changed = bytes.slice(0, random.chance(0.3) ? random.whole(bytes.length) : undefined);
      for (let i = 1 + random.whole(6); i > 0 && changed.length > 0; i--) {
        // Heads more often than bodies.
        const end = random.chance(0.7) ? Math.min(200, changed.length) : changed.length;
        changed[random.whole(end)] = random.whole(256);
      }
      try {
        const { pixels, shape } = await readImage(changed, { mostPixels: 1_000_000 });
        assert.equal(pixels.length, shape[0] * shape[1] * shape[2]);
      } catch (error) {
        assert(error instanceof ImageError, String(error));
        assert(error.offset <= changed.length);
      }
    }
  }
});
