import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { ImageError } from "../../../lib/training/images/image.ts";
import { readJpeg } from "../../../lib/training/images/read_jpeg.ts";
import { resizeImage } from "../../../lib/training/images/resize_image.ts";
import { encodeJpeg } from "./encode_jpeg.ts";

const golden = (name: string) =>
  Deno.readFileSync(new URL(`./golden/${name}.jpg`, import.meta.url));
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

Deno.test("readJpeg() and resizeImage() give the pixels of Pillow 9.4 and scikit-image 0.19", async () => {
  for (
    const [name, channels, decoded, small, wide] of [
      [
        "colour",
        3,
        "f7cb226bbb9ce93c3a380370791f1789c88e50ba15f494a15cb7b93083b53463",
        "5a40b21e2e901028be41680c838675666d56f8685d784047d464430e5e9a2726",
        "8961318ee9ff0eb8606725aa4bf289cca8ab1040cfa1210a5b12a033129d7eff",
      ],
      [
        "progressive",
        3,
        "a9f468d4317e95b5a604b56aaa66f3b2b1dafd893493befb2761da5d12705fc3",
        "719ba6ceab3526f2b3257e787bc08e98b220ebfcd0e373bd879f5f17fff30d4f",
        "8bf2c602091da5f63e31c4dc72caaeb46cdc373f54e7ca1098dbc0b377f26ec7",
      ],
      [
        "grey",
        1,
        "596f2e2ed90b794559789a834f81023a2ccd62eb62809a3ba4ce4f61b823fe4b",
        "f9163e8ac3982fa91821625919adb9875f9e488e74320d9b829f303cc038ee3a",
        "75675b6ff96b8e01c32e3bba5c1516ca63cce2ed9a7349ad34b279227cea2ca4",
      ],
    ] as const
  ) {
    const own = await readJpeg(golden(name));
    assert.deepEqual([...own.shape], [150, 200, channels]);
    assert.equal(sha256(own.pixels), decoded, name);
    const colour = await readJpeg(golden(name), { channels: 3 });
    assert.equal(sha256(resizeImage(colour, [96, 96]).pixels), small, name);
    assert.equal(sha256(resizeImage(colour, [64, 120]).pixels), wide, name);
  }
});

Deno.test("readJpeg() throws on colour where grey was expected", async () => {
  await assert.rejects(readJpeg(golden("colour"), { source: "a.jpg", channels: 1 }), {
    name: "ImageError",
    message: /^Cannot read 'a.jpg' at byte \d+ as it has 3 channels: 1 expected$/,
  });
  assert.equal((await readJpeg(golden("grey"), { channels: 1 })).pixels.length, 150 * 200);
});

Deno.test("readJpeg() says what is wrong, and where", async () => {
  const whole = await encodeJpeg(20, 10, (row, column) => [row * 20, column * 10, 90]);
  assert.deepEqual([...(await readJpeg(whole)).shape], [10, 20, 3]);
  const frame = whole.findIndex((byte, i) =>
    byte === 0xff && (whole[i + 1] === 0xc0 || whole[i + 1] === 0xc2)
  );
  const changed = (changes: Record<number, number>) =>
    whole.map((byte, i) => changes[i - frame] ?? byte);
  const cases: [name: string, bytes: Uint8Array<ArrayBuffer>, message: RegExp][] = [
    ["another format", new TextEncoder().encode("hello"), /at byte 0 as it is not a JPEG/],
    ["only its beginning", Uint8Array.of(0xff, 0xd8), /at byte 2 as it ends before/],
    ["cut off", whole.slice(0, -2), /as it ends before its end marker/],
    ["no pixels", Uint8Array.of(0xff, 0xd8, 0xff, 0xd9), /at byte 4 as it holds no pixels/],
    ["noise", Uint8Array.of(0xff, 0xd8, 1, 2, 3), /at byte 2 as a marker is expected/],
    ["65535 × 65535", changed({ 5: 255, 6: 255, 7: 255, 8: 255 }), /65535 × 65535 pixels/],
    ["no height", changed({ 5: 0, 6: 0 }), /20 × 0 pixels/],
    ["12 bits", changed({ 4: 12 }), /it has 12 bits/],
    ["4 channels", changed({ 9: 4 }), /it has 4 channels/],
    ["lossless", changed({ 1: 0xc3 }), /method of coding, 3/],
  ];
  for (const [name, bytes, message] of cases) {
    await assert.rejects(readJpeg(bytes, { source: "a.jpg" }), (error) => {
      assert(error instanceof ImageError, name);
      assert.match(error.message, message, name);
      return true;
    });
  }
  // A decoder that failed is not used again.
  assert.equal((await readJpeg(whole)).pixels.length, 600);
});

Deno.test("readJpeg() refuses files that go over a large picture again and again", async () => {
  const bytes = golden("progressive");
  const scan = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === 0xda);
  const second = bytes.findIndex((byte, i) =>
    i > scan && byte === 0xff && bytes[i + 1] !== 0 && bytes[i + 1] !== 0xff
  );
  const body = bytes.subarray(scan, second);
  const parts = [
    bytes.subarray(0, scan),
    ...Array.from({ length: 200 }, () => body),
    bytes.subarray(-2),
  ];
  const bomb = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bomb.set(part, at);
    at += part.length;
  }
  await assert.rejects(readJpeg(bomb), /it goes over 200 × 150 pixels 101 times and more/);
});

Deno.test("readJpeg() throws where pixels are missing, whatever is read at the same time", async () => {
  const whole = golden("colour");
  const cut = Uint8Array.of(...whole.subarray(0, whole.length >> 1), 0xff, 0xd9);
  // Bytes before the end marker that belong to nothing change no pixel.
  const longer = Uint8Array.of(...whole.subarray(0, -2), 1, 2, 3, 0xff, 0xd9);
  const all = await Promise.allSettled([whole, cut, whole, cut, longer].map((b) => readJpeg(b)));
  assert.deepEqual(
    all.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled", "rejected", "fulfilled"],
  );
  const [first, second, , , last] = all;
  assert(second.status === "rejected" && second.reason instanceof ImageError);
  assert.match(second.reason.message, /its coded pixels end before \d+ × \d+/);
  assert(first.status === "fulfilled" && last.status === "fulfilled");
  assert.deepEqual(last.value, first.value);
});
