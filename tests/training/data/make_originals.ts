/** Tiny imitations of the originals: the same folders and files, sounds and pictures that are made. */
import { Buffer } from "node:buffer";
import { dirname, join } from "node:path";
import { KeyedRandom } from "../../../lib/training/synthetic/keyed_random.ts";
import { wavBytes } from "../audio/wav_bytes.ts";
import { encodeJpeg } from "../images/encode_jpeg.ts";
import { pngOf } from "../images/encode_any_png.ts";

/** Writes files, with their folders. */
export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeFile(path, typeof content === "string" ? Buffer.from(content) : content);
  }
}

/** A sound of 16 bits, another for each seed. */
export function sound(samples: number, seed: number): Uint8Array {
  const random = new KeyedRandom(seed);
  const pitch = random.between(3, 30);
  return wavBytes([
    Int16Array.from({ length: samples }, (_, n) => 9000 * Math.sin(n / pitch) + random.either(900)),
  ]);
}

/** Speech Commands: clips of one split as they are on its list, three background recordings. */
export const speechCommands: Readonly<Record<string, Uint8Array | string>> = {
  "yes/11_nohash_0.wav": sound(16_000, 1),
  "yes/22_nohash_0.wav": sound(14_000, 2),
  "yes/33_nohash_0.wav": sound(16_000, 3),
  "no/11_nohash_0.wav": sound(16_000, 4),
  "no/22_nohash_0.wav": sound(16_000, 5),
  "marvin/11_nohash_0.wav": sound(16_000, 6),
  "marvin/33_nohash_0.wav": sound(16_000, 7),
  "marvin/33_nohash_1.wav": sound(16_000, 8),
  "bird/33_nohash_0.wav": sound(16_000, 9),
  "_background_noise_/running_tap.wav": sound(45_000, 10),
  "_background_noise_/white_noise.wav": sound(33_000, 11),
  "_background_noise_/README.md": "about",
  "validation_list.txt": "yes/22_nohash_0.wav\nno/22_nohash_0.wav\n",
  "testing_list.txt": "yes/33_nohash_0.wav\nmarvin/33_nohash_0.wav\nmarvin/33_nohash_1.wav\n" +
    "bird/33_nohash_0.wav\n",
  "LICENSE": "CC BY 4.0",
  "._yes": "the Finder's",
};

/** A binary batch of CIFAR-10. */
export function cifarBatch(labels: readonly number[], seed = 1): Uint8Array {
  const random = new KeyedRandom(seed);
  const bytes = Uint8Array.from({ length: labels.length * 3073 }, () => random.whole(256));
  labels.forEach((label, i) => bytes[i * 3073] = label);
  return bytes;
}

/** A PNG file of one colour. */
export function plainPng(size: number, colour: readonly number[]): Uint8Array {
  const row = [0, ...Array.from({ length: size }, () => colour).flat()];
  const rows = Uint8Array.from(Array.from({ length: size }, () => row).flat());
  return pngOf({ width: size, height: size, colour: colour.length === 1 ? 0 : 2 }, rows);
}

/** COCO 2014: annotations and pictures of 120 × 100. */
export async function coco(): Promise<Record<string, Uint8Array | string>> {
  const box = (id: number, bbox: number[], more = {}) => ({
    id: id * 10,
    image_id: id,
    category_id: 1,
    iscrowd: 0,
    area: 1,
    segmentation: [[1.5, 2, 3, 4, 5, 6]],
    bbox,
    ...more,
  });
  const part = (ids: number[], name: string, annotations: object[]) =>
    JSON.stringify({
      info: { description: 'a "list": [{"id": 1}] in a text', images: [3] },
      images: ids.map((id) => ({ id, file_name: fileOf(id, name), width: 120, height: 100 })),
      licenses: [{ id: 1, name: "CC" }],
      annotations,
      categories: [{ id: 1, name: "person" }, { id: 2, name: "bicycle" }],
    });
  const fileOf = (id: number, name: string) => `COCO_${name}_${String(id).padStart(12, "0")}.jpg`;
  const train = [101, 102, 103, 104, 105];
  const val = [201, 202];
  const picture = (seed: number) =>
    encodeJpeg(
      120,
      100,
      (row, column) => [row * 2 + seed, column * 2, 128 + 100 * Math.sin((row + column) / seed)],
    );
  const files: Record<string, Uint8Array | string> = {
    "annotations/instances_train2014.json": part(train, "train2014", [
      box(101, [0, 0, 30, 11]), // 2.75 %
      box(102, [0, 0, 30, 10]), // 2.5 %: not more than that
      box(102, [50, 50, 10, 10]),
      box(103, [0, 0, 120, 100], { category_id: 2 }),
      box(104, [0, 0, 120, 100], { iscrowd: 1, segmentation: { counts: [1, 2], size: [2, 3] } }),
      box(101, [0, 0, 1, 1]),
    ]),
    "annotations/instances_val2014.json": part(val, "val2014", [box(201, [5, 5, 60, 50])]),
  };
  for (const id of train) files[`train2014/${fileOf(id, "train2014")}`] = await picture(id);
  for (const id of val) files[`val2014/${fileOf(id, "val2014")}`] = await picture(id);
  return files;
}

/** ToyCar: recordings of eleven seconds, as the official frames need. */
export function toyCar(): Record<string, Uint8Array | string> {
  const files: Record<string, Uint8Array | string> = {};
  for (let number = 0; number < 11; number++) {
    files[`ToyCar/train/normal_id_01_${String(number).padStart(8, "0")}.wav`] = sound(
      128_000,
      number,
    );
  }
  for (const kind of ["normal", "anomaly"]) {
    for (const machine of ["02", "01"]) {
      for (const number of ["00000003", "00000004", "00000013"]) {
        const seed = Number(machine) * 100 + Number(number) + kind.length;
        files[`ToyCar/test/${kind}_id_${machine}_${number}.wav`] = sound(128_000, seed);
      }
    }
  }
  return files;
}
