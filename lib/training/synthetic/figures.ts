/**
 * People, and things that are none: what a scene is made of. All are drawn into a box, from the same colours.
 *
 * @module
 */
import { anyColour, type Canvas, type Colour, hsv } from "./canvas.ts";
import { difficulty } from "./difficulty.ts";
import type { KeyedRandom } from "./keyed_random.ts";

/** Where a figure stands: the middle of its foot, its height in pixels. */
export interface Place {
  /** Column. */
  x: number;
  /** Row of the ground. */
  foot: number;
  /** From foot to top. */
  height: number;
}

type Point = readonly [number, number];

/** Skin, and a few things' paint. */
function skin(random: KeyedRandom): Colour {
  const dark = random.next();
  return hsv(random.between(0.04, 0.09), random.between(0.35, 0.55), 0.97 - 0.5 * dark);
}

/** Clothes and paint alike. */
function dye(random: KeyedRandom): Colour {
  return random.chance(difficulty.vww.skinPaint) ? skin(random) : anyColour(random);
}

const along = ([x, y]: Point, angle: number, length: number): Point => [
  x + Math.sin(angle) * length,
  y + Math.cos(angle) * length,
];

/** Someone who stands, walks, waves, or sits. */
export function drawPerson(
  canvas: Canvas,
  { x, foot, height: h }: Place,
  random: KeyedRandom,
): void {
  const face = skin(random);
  const shirt = dye(random);
  const trousers = dye(random);
  const hair = hsv(random.between(0.02, 0.14), random.between(0.1, 0.7), random.between(0.05, 0.8));
  const sleeves = random.chance(0.5) ? shirt : face;
  const broad = random.between(0.85, 1.25);
  const lean = random.either(0.08);
  const isSeated = random.chance(0.1);
  const hip: Point = [x, foot - (isSeated ? 0.3 : 0.48) * h];
  const neck = along(hip, Math.PI + lean, 0.32 * h);
  const swing = random.between(0.02, 0.45);
  for (const side of [-1, 1]) {
    const start: Point = [hip[0] + side * 0.05 * h * broad, hip[1]];
    const thigh = isSeated ? side * 0.3 + 1.1 * Math.sign(lean || 1) : side * swing;
    const knee = along(start, thigh, 0.24 * h);
    const ankle = along(knee, isSeated ? 0 : thigh * random.between(0.2, 1), 0.22 * h);
    canvas.limb(start, knee, trousers, 0.055 * h * broad, 0.045 * h);
    canvas.limb(knee, ankle, trousers, 0.045 * h, 0.03 * h);
    canvas.limb(ankle, [ankle[0] + 0.05 * h, ankle[1] + 0.01 * h], hair, 0.022 * h);
  }
  const arms = () => {
    for (const side of [-1, 1]) {
      const shoulder: Point = [neck[0] + side * 0.1 * h * broad, neck[1] + 0.035 * h];
      const upper = side * random.between(0.1, random.chance(0.25) ? 2.6 : 0.9);
      const elbow = along(shoulder, upper, 0.16 * h);
      const wrist = along(elbow, upper + random.either(1.2), 0.15 * h);
      canvas.limb(shoulder, elbow, shirt, 0.036 * h, 0.032 * h);
      canvas.limb(elbow, wrist, sleeves, 0.03 * h, 0.024 * h);
      canvas.ellipse(wrist[0], wrist[1], 0.028 * h, 0.028 * h, face);
    }
  };
  const isBehind = random.chance(0.5);
  if (isBehind) arms();
  canvas.limb([neck[0], neck[1] + 0.05 * h], hip, shirt, 0.1 * h * broad, 0.075 * h * broad);
  if (!isBehind) arms();
  const head = along(neck, Math.PI + lean + random.either(0.2), 0.09 * h);
  canvas.limb(neck, head, face, 0.032 * h);
  canvas.ellipse(head[0], head[1] - 0.012 * h, 0.062 * h, 0.078 * h, hair);
  const turn = random.either(0.03);
  canvas.ellipse(head[0] + turn * h, head[1] + 0.012 * h, 0.05 * h, 0.062 * h, face);
}

type Draw = (canvas: Canvas, place: Place, random: KeyedRandom) => void;

const things: readonly Draw[] = [
  function tree(canvas, { x, foot, height: h }, random) {
    canvas.limb([x, foot], [x, foot - 0.6 * h], dye(random), 0.05 * h, 0.035 * h);
    const leaves = dye(random);
    for (let k = 0; k < 4; k++) {
      const [dx, dy] = [random.either(0.12 * h), random.either(0.1 * h)];
      canvas.ellipse(x + dx, foot - 0.76 * h + dy, 0.16 * h, 0.14 * h, leaves);
    }
  },
  function lamp(canvas, { x, foot, height: h }, random) {
    canvas.limb([x, foot], [x, foot - 0.85 * h], dye(random), 0.025 * h);
    canvas.ellipse(x, foot - 0.9 * h, 0.08 * h, 0.08 * h, dye(random));
  },
  function bottle(canvas, { x, foot, height: h }, random) {
    const glass = dye(random);
    canvas.box(x, foot - 0.32 * h, 0.16 * h, 0.32 * h, glass);
    canvas.limb([x, foot - 0.62 * h], [x, foot - 0.85 * h], glass, 0.14 * h, 0.05 * h);
    canvas.box(x, foot - 0.93 * h, 0.06 * h, 0.06 * h, dye(random));
    canvas.box(x, foot - 0.35 * h, 0.16 * h, 0.12 * h, dye(random));
  },
  function dog(canvas, { x, foot, height }, random) {
    const h = 0.62 * height;
    const side = random.pick([-1, 1]);
    const fur = dye(random);
    for (const at of [-0.42, -0.3, 0.28, 0.4]) {
      canvas.limb([x + at * h, foot - 0.5 * h], [x + at * h, foot], fur, 0.08 * h, 0.06 * h);
    }
    canvas.limb([x - 0.35 * h, foot - 0.55 * h], [x + 0.35 * h, foot - 0.55 * h], fur, 0.18 * h);
    canvas.limb(
      [x + side * 0.4 * h, foot - 0.62 * h],
      [x + side * 0.6 * h, foot - 0.85 * h],
      fur,
      0.12 * h,
    );
    canvas.limb(
      [x + side * 0.6 * h, foot - 0.85 * h],
      [x + side * 0.78 * h, foot - 0.82 * h],
      dye(random),
      0.1 * h,
      0.06 * h,
    );
    canvas.limb(
      [x - side * 0.45 * h, foot - 0.62 * h],
      [x - side * 0.7 * h, foot - 0.9 * h],
      fur,
      0.04 * h,
    );
  },
  function chair(canvas, { x, foot, height: h }, random) {
    const wood = dye(random);
    for (const at of [-0.18, 0.18]) {
      canvas.limb([x + at * h, foot], [x + at * h, foot - 0.45 * h], wood, 0.03 * h);
    }
    canvas.box(x, foot - 0.45 * h, 0.22 * h, 0.05 * h, wood);
    canvas.box(x - 0.18 * h, foot - 0.72 * h, 0.04 * h, 0.27 * h, wood, random.either(0.15));
    canvas.box(x, foot - 0.53 * h, 0.2 * h, 0.04 * h, dye(random));
  },
  function car(canvas, { x, foot, height }, random) {
    const h = 0.55 * height;
    const paint = dye(random);
    canvas.box(x, foot - 0.35 * h, 0.75 * h, 0.2 * h, paint);
    canvas.limb([x - 0.3 * h, foot - 0.6 * h], [x + 0.3 * h, foot - 0.6 * h], paint, 0.22 * h);
    canvas.box(x, foot - 0.66 * h, 0.3 * h, 0.1 * h, dye(random));
    const tyre = dye(random);
    for (const at of [-0.45, 0.45]) {
      canvas.ellipse(x + at * h, foot - 0.14 * h, 0.16 * h, 0.16 * h, tyre);
    }
  },
  function cactus(canvas, { x, foot, height: h }, random) {
    const green = dye(random);
    canvas.limb([x, foot], [x, foot - 0.92 * h], green, 0.09 * h);
    for (const side of [-1, 1]) {
      const y = foot - random.between(0.35, 0.6) * h;
      const out = x + side * random.between(0.18, 0.28) * h;
      canvas.limb([x, y], [out, y], green, 0.05 * h);
      canvas.limb([out, y], [out, y - random.between(0.12, 0.3) * h], green, 0.05 * h);
    }
  },
  function sign(canvas, { x, foot, height: h }, random) {
    canvas.limb([x, foot], [x, foot - 0.7 * h], dye(random), 0.03 * h);
    const turn = random.pick([0, Math.PI / 4]);
    canvas.box(x, foot - 0.82 * h, 0.17 * h, 0.17 * h, dye(random), turn);
    canvas.box(x, foot - 0.82 * h, 0.1 * h, 0.03 * h, dye(random), turn);
  },
  function balloons(canvas, { x, foot, height: h }, random) {
    const string = dye(random);
    for (let k = 0; k < 3; k++) {
      const [cx, cy] = [x + random.either(0.18 * h), foot - random.between(0.7, 0.9) * h];
      canvas.limb([x, foot], [cx, cy], string, 0.008 * h);
      canvas.ellipse(cx, cy, 0.09 * h, 0.11 * h, dye(random));
    }
  },
  function shelf(canvas, { x, foot, height: h }, random) {
    const wood = dye(random);
    canvas.box(x, foot - 0.45 * h, 0.28 * h, 0.45 * h, wood);
    for (let row = 0; row < 3; row++) {
      for (let k = 0; k < 4; k++) {
        const bookX = x + (k - 1.5) * 0.12 * h;
        const bookY = foot - (0.17 + 0.28 * row) * h;
        canvas.box(bookX, bookY, 0.045 * h, 0.1 * h, dye(random));
      }
    }
  },
  function coats(canvas, { x, foot, height: h }, random) {
    canvas.limb([x, foot], [x, foot - 0.95 * h], dye(random), 0.02 * h);
    for (const side of [-1, 1]) {
      const top: Point = [x + side * 0.12 * h, foot - 0.85 * h];
      canvas.limb([x, foot - 0.92 * h], top, dye(random), 0.015 * h);
      const length = random.between(0.2, 0.4) * h;
      canvas.limb(top, [top[0], top[1] + length], dye(random), 0.05 * h, 0.09 * h);
    }
  },
  function pots(canvas, { x, foot, height: h }, random) {
    let y = foot;
    for (let k = 0; k < 4; k++) {
      const half = h * random.between(0.09, 0.13);
      canvas.ellipse(x + random.either(0.03 * h), y - half, half * 1.4, half, dye(random));
      y -= 1.9 * half;
    }
  },
];

/** Something that is nobody. */
export function drawThing(canvas: Canvas, place: Place, random: KeyedRandom): void {
  random.pick(things)(canvas, place, random);
}
