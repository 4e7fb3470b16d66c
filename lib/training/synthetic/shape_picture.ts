import { anyColour, Canvas, type Colour, colourUnlike } from "./canvas.ts";
import { difficulty } from "./difficulty.ts";
import type { KeyedRandom } from "./keyed_random.ts";

const SIZE = 32;

/** Distance from the edge of a shape about as large as the unit circle; negative within. */
type Outline = (u: number, v: number) => number;

const disc: Outline = (u, v) => Math.sqrt(u * u + v * v) - 1;
const square: Outline = (u, v) => Math.max(Math.abs(u), Math.abs(v)) - 0.85;
const triangle: Outline = (u, v) => Math.max(Math.abs(u) * 0.866 + v * 0.5, -v) - 0.55;
const cross: Outline = (u, v) => {
  const [a, b] = [Math.abs(u), Math.abs(v)];
  return Math.min(Math.max(a - 1, b - 0.32), Math.max(a - 0.32, b - 1));
};
const star: Outline = (u, v) => {
  const fifth = 2 * Math.PI / 5;
  const angle = Math.atan2(v, u);
  const within = Math.abs(angle - fifth * Math.round(angle / fifth));
  const radius = Math.sqrt(u * u + v * v);
  // A straight edge from the tip at 1.1 to the notch at 0.45.
  const [x, y] = [radius * Math.cos(within), radius * Math.sin(within)];
  const [notchX, notchY] = [0.45 * Math.cos(fifth / 2), 0.45 * Math.sin(fifth / 2)];
  const [ex, ey] = [notchX - 1.1, notchY];
  return ((x - 1.1) * -ey + y * ex) / -Math.hypot(ex, ey);
};

/** What is pictured: an outline of one colour, or an area with a pattern of two. */
interface Kind {
  name: string;
  outline?: Outline;
  /** Above 0 the second colour shows; (u, v) in pixels, turned with the picture, `wave` radians a pixel. */
  pattern?: (u: number, v: number, wave: number) => number;
}

const kinds: readonly Kind[] = [
  { name: "disc", outline: disc },
  { name: "ring", outline: (u, v) => Math.abs(Math.sqrt(u * u + v * v) - 0.76) - 0.26 },
  { name: "square", outline: square },
  { name: "triangle", outline: triangle },
  { name: "star", outline: star },
  { name: "cross", outline: cross },
  {
    name: "crescent",
    outline: (u, v) => Math.max(disc(u, v), 0.78 - Math.hypot(u - 0.5, v)),
  },
  { name: "stripes", pattern: (u, _v, wave) => Math.sin(wave * u) },
  { name: "checks", pattern: (u, v, wave) => Math.sin(wave * u) * Math.sin(wave * v) * 2 },
  {
    name: "dots",
    pattern: (u, v, wave) => Math.cos(wave * u) + Math.cos(wave * v) - 0.9,
  },
];

/** Names of the classes, in the order of the labels. */
export const shapeClasses: readonly string[] = kinds.map(({ name }) => name);

const areas: readonly Outline[] = [disc, square, triangle];

/**
 * A picture of 32×32 pixels with one shape or one pattern: size, place, turn, colours, clutter, what hides a part of it,
 * light and noise by chance.
 *
 * @returns [32, 32, 3].
 */
export function shapePicture(label: number, random: KeyedRandom): Uint8Array<ArrayBuffer> {
  const { contrast, clouds, clutter, occlusion, shift, radius, light, tint, noise } = difficulty.ic;
  const canvas = new Canvas(SIZE);
  const ground = anyColour(random);
  const colour = colourUnlike(ground, contrast, random);
  canvas.backdrop(ground, nearby(ground, random), 4, clouds, random);
  const middle = (SIZE - 1) / 2;
  const [cx, cy] = [middle + random.either(shift * SIZE), middle + random.either(shift * SIZE)];
  for (let count = random.whole(clutter + 1); count > 0; count--) clutterAt(canvas, random);
  const size = SIZE * random.betweenLog(radius[0], radius[1]);
  subject(canvas, kinds[label], [cx, cy], size, [colour, ground], random);
  if (random.chance(occlusion)) {
    const turn = random.next() * 2 * Math.PI;
    const far = size * random.between(0.75, 1.1);
    const cover = anyColour(random);
    const half = size * random.between(0.15, 0.4);
    const [x, y] = [cx + Math.cos(turn) * far, cy + Math.sin(turn) * far];
    canvas.box(x, y, half, size * random.between(0.3, 1), cover, turn);
  }
  return canvas.develop({ light, tint, noise }, random);
}

function subject(
  canvas: Canvas,
  { outline, pattern }: Kind,
  [cx, cy]: readonly [number, number],
  size: number,
  [colour, ground]: readonly [Colour, Colour],
  random: KeyedRandom,
): void {
  const { squeeze } = difficulty.ic;
  const turn = random.next() * 2 * Math.PI;
  const wide = size * random.betweenLog(1 / squeeze, squeeze);
  const high = size * size / wide;
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const reach = 1.3 * Math.max(wide, high);
  const least = Math.min(wide, high);
  const edge = outline ?? random.pick(areas);
  // A pattern lies in an area that is larger than a shape, so that some of its waves are seen.
  const grow = pattern ? 1.25 : 1;
  const bounds = [cx - grow * reach, cy - grow * reach, cx + grow * reach, cy + grow * reach];
  const second = pattern ? colourUnlike(colour, difficulty.ic.contrast, random) : ground;
  const wave = 2 * Math.PI / random.between(4.5, 8);
  canvas.paint(bounds as [number, number, number, number], colour, (x, y) => {
    const [u, v] = [cos * (x - cx) + sin * (y - cy), cos * (y - cy) - sin * (x - cx)];
    return edge(u / wide / grow, v / high / grow) * least;
  });
  if (pattern === undefined) return;
  canvas.paint(bounds as [number, number, number, number], second, (x, y) => {
    const [u, v] = [cos * (x - cx) + sin * (y - cy), cos * (y - cy) - sin * (x - cx)];
    return Math.max(edge(u / wide / grow, v / high / grow) * least, -pattern(u, v, wave) / wave);
  });
}

function nearby([r, g, b]: Colour, random: KeyedRandom): Colour {
  return [r + random.either(0.3), g + random.either(0.3), b + random.either(0.3)];
}

/** A short line or a blot, too small to be the subject. */
function clutterAt(canvas: Canvas, random: KeyedRandom): void {
  const [x, y] = [random.next() * SIZE, random.next() * SIZE];
  const colour = anyColour(random);
  if (random.chance(0.5)) {
    const turn = random.next() * 2 * Math.PI;
    const long = random.between(3, 9);
    canvas.limb([x, y], [x + long * Math.cos(turn), y + long * Math.sin(turn)], colour, 0.8);
  } else {
    canvas.ellipse(x, y, random.between(1, 2.6), random.between(1, 2.6), colour);
  }
}
