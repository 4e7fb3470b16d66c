import { anyColour, Canvas } from "./canvas.ts";
import { difficulty } from "./difficulty.ts";
import { drawPerson, drawThing, type Place } from "./figures.ts";
import type { KeyedRandom } from "./keyed_random.ts";

const SIZE = 96;

/**
 * A scene of 96×96 pixels: walls, ground and things, and among them a person or one more thing of that size.
 *
 * @returns [96, 96, 3].
 */
export function scenePicture(hasPerson: boolean, random: KeyedRandom): Uint8Array<ArrayBuffer> {
  const { clouds, things, height, hidden, cut, light, tint, noise } = difficulty.vww;
  const canvas = new Canvas(SIZE);
  canvas.backdrop(anyColour(random), anyColour(random), 6, clouds, random);
  const horizon = random.between(0.35, 0.85) * SIZE;
  const ground = anyColour(random);
  canvas.box(SIZE / 2, horizon + SIZE, SIZE, SIZE, ground, random.either(0.06));
  for (let count = random.whole(4); count > 0; count--) panel(canvas, random);
  const tall = random.betweenLog(height[0], height[1]);
  const subject: Place = {
    x: SIZE * random.between(0.15, 0.85),
    // Never more than `cut` of it below the picture, and its top within.
    foot: Math.min(SIZE + cut * tall, Math.max(1.02 * tall, random.between(0.7, 1.25) * SIZE)),
    height: tall,
  };
  const behind = random.whole(things + 1);
  for (let k = 0; k < behind; k++) drawThing(canvas, elsewhere(random), random);
  if (hasPerson) drawPerson(canvas, subject, random);
  else drawThing(canvas, subject, random);
  if (random.chance(hidden)) hide(canvas, subject, random);
  return canvas.develop({ light, tint, noise }, random);
}

function elsewhere(random: KeyedRandom): Place {
  const height = SIZE * random.betweenLog(0.2, 0.6);
  return { x: SIZE * random.next(), foot: SIZE * random.between(0.55, 1), height };
}

/** A window, a door, a rug. */
function panel(canvas: Canvas, random: KeyedRandom): void {
  canvas.box(
    SIZE * random.next(),
    SIZE * random.next(),
    SIZE * random.between(0.04, 0.22),
    SIZE * random.between(0.04, 0.22),
    anyColour(random),
    random.either(0.2),
  );
}

/** Something in front of the lower or one side's part. */
function hide(canvas: Canvas, { x, foot, height }: Place, random: KeyedRandom): void {
  const colour = anyColour(random);
  if (random.chance(0.5)) {
    canvas.box(
      x,
      foot,
      height * random.between(0.15, 0.4),
      height * random.between(0.1, 0.3),
      colour,
    );
  } else {
    const aside = x + random.pick([-1, 1]) * height * random.between(0.12, 0.25);
    canvas.limb([aside, foot], [aside, foot - height], colour, height * random.between(0.02, 0.06));
  }
}
