import type { KeyedRandom } from "./keyed_random.ts";

/** Red, green and blue, each 0 to 1. */
export type Colour = readonly [number, number, number];

/** A colour from hue, saturation and value, each 0 to 1. */
export function hsv(hue: number, saturation: number, value: number): Colour {
  const part = (offset: number) => {
    const k = (offset + 6 * hue) % 6;
    return value - value * saturation * Math.max(0, Math.min(k, 4 - k, 1));
  };
  return [part(5), part(3), part(1)];
}

/** Any colour. */
export function anyColour(random: KeyedRandom): Colour {
  return hsv(random.next(), random.between(0.1, 0.95), random.between(0.15, 1));
}

/** How far two colours are apart, 0 to about 1.7. */
export function contrast(a: Colour, b: Colour): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** A colour at least this far from another. */
export function colourUnlike(other: Colour, least: number, random: KeyedRandom): Colour {
  let best = anyColour(random);
  for (let i = 0; i < 20 && contrast(best, other) < least; i++) {
    const next = anyColour(random);
    if (contrast(next, other) > contrast(best, other)) best = next;
  }
  return best;
}

/** A small picture to paint on. Pixel (x, y) has its centre at whole numbers. */
export class Canvas {
  /** Columns and rows. */
  readonly size: number;
  /** [size, size, 3]. */
  readonly pixels: Float32Array;

  /** A black square. */
  constructor(size: number) {
    this.size = size;
    this.pixels = new Float32Array(size * size * 3);
  }

  /** Mixes a colour into a pixel. */
  mix(at: number, colour: Colour, cover: number): void {
    const { pixels } = this;
    pixels[at] += (colour[0] - pixels[at]) * cover;
    pixels[at + 1] += (colour[1] - pixels[at + 1]) * cover;
    pixels[at + 2] += (colour[2] - pixels[at + 2]) * cover;
  }

  /**
   * Paints where `distance` is below 0, with a soft edge of a pixel.
   *
   * @param distance Of a pixel from the edge, in pixels.
   */
  paint(
    [left, top, right, bottom]: readonly [number, number, number, number],
    colour: Colour,
    distance: (x: number, y: number) => number,
  ): void {
    const last = this.size - 1;
    const x0 = Math.max(0, Math.floor(left - 1));
    const x1 = Math.min(last, Math.ceil(right + 1));
    const y0 = Math.max(0, Math.floor(top - 1));
    const y1 = Math.min(last, Math.ceil(bottom + 1));
    for (let y = y0; y <= y1; y++) {
      for (let x = x0; x <= x1; x++) {
        const cover = 0.5 - distance(x, y);
        if (cover > 0) this.mix(3 * (y * this.size + x), colour, cover < 1 ? cover : 1);
      }
    }
  }

  /** A thick line with round ends, whose width may change. */
  limb(
    [ax, ay]: readonly [number, number],
    [bx, by]: readonly [number, number],
    colour: Colour,
    startRadius: number,
    endRadius = startRadius,
  ): void {
    const reach = Math.max(startRadius, endRadius);
    const [dx, dy] = [bx - ax, by - ay];
    const squared = dx * dx + dy * dy + 1e-9;
    this.paint(
      [
        Math.min(ax, bx) - reach,
        Math.min(ay, by) - reach,
        Math.max(ax, bx) + reach,
        Math.max(ay, by) + reach,
      ],
      colour,
      (x, y) => {
        const along = ((x - ax) * dx + (y - ay) * dy) / squared;
        const t = along < 0 ? 0 : along > 1 ? 1 : along;
        const [px, py] = [x - ax - t * dx, y - ay - t * dy];
        return Math.sqrt(px * px + py * py) - startRadius - (endRadius - startRadius) * t;
      },
    );
  }

  /** An ellipse, turned by an angle. */
  ellipse(
    cx: number,
    cy: number,
    radiusX: number,
    radiusY: number,
    colour: Colour,
    turn = 0,
  ): void {
    const reach = Math.max(radiusX, radiusY);
    const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
    const least = Math.min(radiusX, radiusY);
    this.paint([cx - reach, cy - reach, cx + reach, cy + reach], colour, (x, y) => {
      const u = (cos * (x - cx) + sin * (y - cy)) / radiusX;
      const v = (cos * (y - cy) - sin * (x - cx)) / radiusY;
      return (Math.sqrt(u * u + v * v) - 1) * least;
    });
  }

  /** A rectangle about a centre, turned by an angle. */
  box(
    cx: number,
    cy: number,
    halfWidth: number,
    halfHeight: number,
    colour: Colour,
    turn = 0,
  ): void {
    const reach = Math.hypot(halfWidth, halfHeight);
    const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
    this.paint([cx - reach, cy - reach, cx + reach, cy + reach], colour, (x, y) => {
      const u = Math.abs(cos * (x - cx) + sin * (y - cy)) - halfWidth;
      const v = Math.abs(cos * (y - cy) - sin * (x - cx)) - halfHeight;
      return u > v ? u : v;
    });
  }

  /** Covers all with a slope between two colours and clouds of `cells` × `cells` patches. */
  backdrop(from: Colour, to: Colour, cells: number, clouds: number, random: KeyedRandom): void {
    const { size, pixels } = this;
    const turn = random.next() * 2 * Math.PI;
    const [dx, dy] = [Math.cos(turn) / size, Math.sin(turn) / size];
    const grid = Float32Array.from({ length: (cells + 1) ** 2 }, () => random.either(clouds));
    let at = 0;
    for (let y = 0; y < size; y++) {
      const v = y * cells / size;
      const row = Math.floor(v);
      for (let x = 0; x < size; x++) {
        const u = x * cells / size;
        const column = Math.floor(u);
        const cell = row * (cells + 1) + column;
        const [right, down] = [u - column, v - row];
        const upper = grid[cell] + (grid[cell + 1] - grid[cell]) * right;
        const below = cell + cells + 1;
        const lower = grid[below] + (grid[below + 1] - grid[below]) * right;
        const cloud = upper + (lower - upper) * down;
        const slope = 0.5 + (x - size / 2) * dx + (y - size / 2) * dy;
        pixels[at++] = from[0] + (to[0] - from[0]) * slope + cloud;
        pixels[at++] = from[1] + (to[1] - from[1]) * slope + cloud;
        pixels[at++] = from[2] + (to[2] - from[2]) * slope + cloud;
      }
    }
  }

  /** Lights it from a side, gives it the colour of a lamp and the noise of a sensor, and rounds to bytes. */
  develop(
    { light, tint, noise }: { light: number; tint: number; noise: number },
    random: KeyedRandom,
  ): Uint8Array<ArrayBuffer> {
    const { size, pixels } = this;
    const out = new Uint8Array(pixels.length);
    const level = random.betweenLog(1 - light, 1 / (1 - light));
    const turn = random.next() * 2 * Math.PI;
    const side = random.next() * light / size;
    const [dx, dy] = [side * Math.cos(turn), side * Math.sin(turn)];
    const lamp = [1 + random.either(tint), 1 + random.either(tint), 1 + random.either(tint)];
    const grain = noise * random.next();
    let state = random.bits() | 1;
    let at = 0;
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const bright = 255 * level * (1 + (x - size / 2) * dx + (y - size / 2) * dy);
        for (let channel = 0; channel < 3; channel++, at++) {
          state ^= state << 13;
          state ^= state >>> 17;
          state ^= state << 5;
          const value = bright * lamp[channel] * pixels[at] + 255 * grain * state / 2_147_483_648;
          out[at] = value <= 0 ? 0 : value >= 255 ? 255 : value + 0.5;
        }
      }
    }
    return out;
  }
}
