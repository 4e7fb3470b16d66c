import { Buffer } from "node:buffer";
import type { ExampleData } from "../data/data_set.ts";
import type { SampleReport } from "./data_report.ts";
import { encodePng } from "./encode_png.ts";
import { encodeWav } from "./encode_wav.ts";
import { mapOf } from "./likeness.ts";

/** From little to much, dark to light in even steps; readable in grey and for colour-blind readers. */
const ramp = [
  [13, 8, 40],
  [84, 18, 110],
  [170, 45, 95],
  [229, 105, 60],
  [252, 190, 75],
  [252, 255, 200],
] as const;

const MOST_SIDE = 256;
/** Small pictures are enlarged by whole steps up to here, so that pixels stay square. */
const SHOWN_SIDE = 192;
const SHOWN_MAP = [240, 96] as const;

/** What a card shows of an example. */
export function sampleMedia(
  data: ExampleData,
  { media, sampleRate = 16_000, mostSamples }: {
    media: "audio" | "image" | "features";
    sampleRate?: number;
    /** Sound is cut off after these. */
    mostSamples: number;
  },
): Pick<SampleReport, "picture" | "pictureSize" | "sound"> {
  const { values, shape } = data;
  if (media === "image" && shape.length === 3 && (shape[2] === 1 || shape[2] === 3)) {
    const [rows, columns, channels] = shape;
    const small = shrink(Uint8Array.from(values), [rows, columns, channels]);
    const [height, width] = small.shape;
    const scale = Math.max(1, Math.floor(SHOWN_SIDE / Math.max(width, height)));
    return { picture: pngUri(small), pictureSize: [width * scale, height * scale] };
  }
  if (media !== "audio") return mapPicture(data, media);
  const heard = Float32Array.from(values.subarray(0, mostSamples));
  return {
    ...mapPicture(data, media),
    sound: dataUri("audio/wav", encodeWav(heard, sampleRate)),
  };
}

/** Time to the right, bands upwards; the colours span the values. */
function mapPicture(data: ExampleData, media: "audio" | "image" | "features") {
  const map = mapOf(data, media);
  const pictureSize = SHOWN_MAP;
  if (map === undefined) {
    return { picture: pngUri({ pixels: Uint8Array.of(13, 8, 40), shape: [1, 1, 3] }), pictureSize };
  }
  const { values, rows, columns } = map;
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const width = Math.min(MOST_SIDE, rows);
  const height = Math.min(MOST_SIDE, columns);
  const pixels = new Uint8Array(width * height * 3);
  for (let x = 0; x < width; x++) {
    const row = Math.floor(x * rows / width);
    for (let y = 0; y < height; y++) {
      const column = Math.floor(y * columns / height);
      const value = values[row * columns + column];
      const part = most > least ? (value - least) / (most - least) : 0;
      const place = Math.min(0.9999, Math.max(0, part || 0)) * (ramp.length - 1);
      const [low, high] = [ramp[Math.floor(place)], ramp[Math.floor(place) + 1]];
      const at = 3 * ((height - 1 - y) * width + x);
      for (let channel = 0; channel < 3; channel++) {
        pixels[at + channel] = low[channel] + (high[channel] - low[channel]) * (place % 1);
      }
    }
  }
  return { picture: pngUri({ pixels, shape: [height, width, 3] }), pictureSize };
}

interface Picture {
  pixels: Uint8Array;
  shape: readonly [number, number, number];
}

const pngUri = ({ pixels, shape }: Picture) => dataUri("image/png", encodePng(pixels, shape));

/** At most 256 pixels to a side: every n-th of them. */
function shrink(pixels: Uint8Array, shape: Picture["shape"]): Picture {
  const [rows, columns, channels] = shape;
  const step = Math.ceil(Math.max(rows, columns) / MOST_SIDE);
  if (step <= 1) return { pixels, shape };
  const [height, width] = [Math.ceil(rows / step), Math.ceil(columns / step)];
  const small = new Uint8Array(height * width * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * step * columns + x * step) * channels;
      small.set(pixels.subarray(from, from + channels), (y * width + x) * channels);
    }
  }
  return { pixels: small, shape: [height, width, channels] };
}

function dataUri(type: string, bytes: Uint8Array): string {
  return `data:${type};base64,${Buffer.from(bytes).toString("base64")}`;
}
