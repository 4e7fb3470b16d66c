import assert from "node:assert/strict";
import { resizeImage } from "../../../lib/training/images/resize_image.ts";
import { KeyedRandom } from "../../../lib/training/synthetic/keyed_random.ts";

/** The definition, without any haste: a Gaussian over the mirrored picture, then linear interpolation. */
function slowly(
  pixels: Uint8Array,
  [height, width]: readonly [number, number],
  [rows, columns]: readonly [number, number],
): number[] {
  const mirror = (i: number, n: number): number =>
    n === 1 ? 0 : i < 0 ? mirror(-i, n) : i >= n ? mirror(2 * (n - 1) - i, n) : i;
  const weights = (from: number, to: number) => {
    const sigma = Math.max(0, (from / to - 1) / 2);
    const radius = sigma > 0 ? Math.floor(4 * sigma + 0.5) : 0;
    const all = Array.from(
      { length: 2 * radius + 1 },
      (_, i) => sigma > 0 ? Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)) : 1,
    );
    const sum = all.reduce((total, each) => total + each, 0);
    return { radius, all: all.map((each) => each / sum) };
  };
  const [down, across] = [weights(height, rows), weights(width, columns)];
  const at = (y: number, x: number) => {
    let value = 0;
    for (let j = -down.radius; j <= down.radius; j++) {
      for (let i = -across.radius; i <= across.radius; i++) {
        value += down.all[j + down.radius] * across.all[i + across.radius] *
          pixels[mirror(y + j, height) * width + mirror(x + i, width)];
      }
    }
    return value;
  };
  const out: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const y = (row + 0.5) * height / rows - 0.5;
      const x = (column + 0.5) * width / columns - 0.5;
      const [top, left] = [Math.floor(y), Math.floor(x)];
      const [b, r] = [y - top, x - left];
      const value = (dy: number, dx: number) =>
        at(mirror(top + dy, height), mirror(left + dx, width));
      out.push(
        (1 - b) * ((1 - r) * value(0, 0) + r * value(0, 1)) +
          b * ((1 - r) * value(1, 0) + r * value(1, 1)),
      );
    }
  }
  return out;
}

Deno.test("resizeImage() does what its formula says, larger and smaller, at the edges too", () => {
  const random = new KeyedRandom(4);
  for (
    const [from, to] of [[[9, 7], [3, 2]], [[3, 4], [7, 9]], [[1, 5], [2, 1]], [[6, 6], [6, 2]]]
  ) {
    const [height, width] = from;
    const pixels = Uint8Array.from({ length: height * width }, () => random.whole(256));
    const { pixels: out, shape } = resizeImage(
      { pixels, shape: [height, width, 1] },
      [to[0], to[1]],
    );
    assert.deepEqual([...shape], [to[0], to[1], 1]);
    slowly(pixels, [height, width], [to[0], to[1]]).forEach((value, i) => {
      // Its fraction is dropped; in the last digits of a double both sides may differ.
      assert(
        out[i] <= value + 1e-9 && out[i] > value - 1 - 1e-9,
        `${from} ${to}: ${value} ${out[i]}`,
      );
    });
  }
});

Deno.test("resizeImage() keeps channels apart", () => {
  const pixels = new Uint8Array(8 * 8 * 3).map((_, i) => [10, 100, 250][i % 3]);
  const { pixels: out } = resizeImage({ pixels, shape: [8, 8, 3] }, [3, 3]);
  out.forEach((value, i) => assert.equal(value, [10, 100, 250][i % 3]));
});

Deno.test("resizeImage() leaves an area of one value as it is", () => {
  for (let value = 0; value < 256; value++) {
    const pixels = new Uint8Array(50 * 61).fill(value);
    const { pixels: out } = resizeImage({ pixels, shape: [50, 61, 1] }, [9, 70]);
    assert(out.every((each) => each === value));
  }
});

Deno.test("resizeImage() throws on sizes and pixels that do not fit", () => {
  const image = { pixels: new Uint8Array(4), shape: [2, 2, 1] as const };
  assert.throws(() => resizeImage(image, [0, 2]), /Cannot resize 2 × 2 pixels to 0 × 2/);
  assert.throws(() => resizeImage(image, [1.5, 2]), /to 1.5 × 2/);
  assert.throws(() => resizeImage({ ...image, shape: [2, 3, 1] }, [1, 1]), /Cannot take 4 values/);
});
