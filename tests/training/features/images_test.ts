import assert from "node:assert/strict";
import {
  augmentImages,
  type ImageTransform,
  transformImage,
} from "../../../lib/training/features/augment_images.ts";
import {
  type ImageSet,
  indicesOfNames,
  selectImages,
} from "../../../lib/training/features/image_set.ts";
import { readCifar10 } from "../../../lib/training/features/read_cifar10.ts";
import { referenceTest, shared } from "../../reference.ts";
import { SeededRandom } from "../../model/seeded_random.ts";

function batch(source: string, count: number, seed: number) {
  const random = new SeededRandom(seed);
  const bytes = Uint8Array.from({ length: count * 3073 }, () => random.integer(0, 255));
  for (let k = 0; k < count; k++) bytes[k * 3073] = random.integer(0, 9);
  return { source, bytes };
}

Deno.test("readCifar10() joins batches and puts the channels of a pixel together", () => {
  const batches = [batch("a", 3, 1), batch("b", 2, 2)];
  const { images, labels, shape } = readCifar10(batches);
  assert.deepEqual(shape, [32, 32, 3]);
  assert.equal(images.length, 5 * 3072);
  for (let image = 0; image < 5; image++) {
    const { bytes } = batches[image < 3 ? 0 : 1];
    const start = (image < 3 ? image : image - 3) * 3073;
    assert.equal(labels[image], bytes[start]);
    for (const [row, column, channel] of [[0, 0, 0], [0, 1, 2], [31, 31, 1], [17, 4, 2]]) {
      assert.equal(
        images[((image * 32 + row) * 32 + column) * 3 + channel],
        bytes[start + 1 + (channel * 32 + row) * 32 + column],
      );
    }
  }
});

Deno.test("readCifar10() throws on batches that are cut off, empty, or of another data set", () => {
  const whole = batch("data_batch_1.bin", 2, 3);
  for (const length of [0, 1, 3072, 3074, 6145]) {
    const cut = { ...whole, bytes: whole.bytes.subarray(0, length) };
    assert.throws(() => readCifar10([whole, cut]), {
      name: "InputError",
      source: "data_batch_1.bin",
      message: `Cannot read 'data_batch_1.bin' as its ${length} bytes end within image ${
        Math.floor(length / 3073)
      }`,
    });
  }
  whole.bytes[3073] = 10;
  assert.throws(() => readCifar10([whole]), {
    name: "InputError",
    message: /at byte 3073 as it names class 10/,
  });
});

Deno.test("selectImages() takes a list in its order, and throws on what is not there", () => {
  const set = readCifar10([batch("a", 4, 5)]);
  const chosen = selectImages(set, Int32Array.of(3, 1, 3));
  assert.deepEqual([...chosen.labels], [set.labels[3], set.labels[1], set.labels[3]]);
  assert.deepEqual(chosen.images.slice(3072, 6144), set.images.slice(3072, 6144));
  assert.deepEqual(chosen.images.slice(6144), set.images.slice(3 * 3072));
  assert.equal(selectImages(set, []).labels.length, 0);
  for (const index of [-1, 4, 0.5, NaN]) {
    assert.throws(() => selectImages(set, [index]), {
      name: "InputError",
      message: `Cannot take image ${index} of 4`,
    });
  }
});

referenceTest(
  "indicesOfNames() reads the published calibration list of image classification",
  () => {
    const list = Deno.readTextFileSync(shared("reference/labels/ic_calibration_samples.txt"))
      .trim().split("\n");
    const names = ["other.png", ...list.toReversed()];
    const indices = indicesOfNames(names, list);
    assert.deepEqual(indices.map((index) => names[index]), list);
    assert.equal(new Set(indices).size, list.length);
  },
);

Deno.test("indicesOfNames() throws on names that are missing or doubled", () => {
  assert.throws(() => indicesOfNames(["a", "b"], ["a", "constructor"]), {
    name: "InputError",
    message: "Cannot find the image 'constructor' among 2",
  });
  assert.throws(() => indicesOfNames(["a", "b", "a"], ["b"]), { message: /two are called 'a'/ });
});

const shape = [4, 5, 2] as const;
const image = Uint8Array.from({ length: 40 }, (_, at) => at * at * 7 % 251);

// Made with scipy.ndimage.affine_transform(order=1, mode="nearest") and Keras' matrices, SciPy 1.17.
const golden: { transform: ImageTransform; expected: number[] }[] = [
  {
    transform: { rotationDegrees: 15, shiftRows: 0.4, shiftColumns: -0.5 },
    // deno-fmt-ignore
    expected: [184.5599, 92.3939, 122.1151, 100.1351, 37.7304, 125.5416, 93.3046, 127.6599, 33.0602, 84.009,
      38.2936, 81.3573, 86.6567, 135.6613, 65.8749, 137.8903, 86.9126, 58.6355, 26.905, 17.0644, 25.0, 201.0,
      113.0473, 127.974, 61.5812, 91.2201, 130.1738, 79.0087, 212.2896, 102.4781, 33.8483, 192.6903, 136.5706,
      90.7709, 59.789, 41.0352, 36.6067, 44.8989, 74.0843, 102.0066],
  },
  {
    transform: {
      rotationDegrees: -10,
      shiftRows: -0.3,
      shiftColumns: 0.2,
      zoomRows: 0.9,
      zoomColumns: 1.1,
      flip: true,
    },
    // deno-fmt-ignore
    expected: [142.1373, 50.9925, 102.8302, 70.5918, 58.3336, 134.8711, 61.6162, 107.8216, 8.8733, 24.7466,
      46.0552, 34.2805, 25.0622, 16.6583, 87.2159, 71.0077, 38.2459, 127.7452, 71.7229, 53.9501, 207.393,
      113.4197, 191.1798, 81.343, 66.7169, 89.7688, 63.8058, 175.5244, 149.7559, 88.6984, 75.3302, 105.4428,
      81.2085, 59.321, 42.0757, 69.7674, 124.0098, 150.6655, 36.3855, 98.5307],
  },
];

Deno.test("transformImage() agrees with SciPy by Keras' matrices", () => {
  for (const { transform, expected } of golden) {
    const actual = transformImage(image, shape, transform);
    expected.forEach((value, at) => assert(Math.abs(actual[at] - value) < 1e-4, `value ${at}`));
  }
});

Deno.test("transformImage() moves, turns and repeats the edge", () => {
  assert.deepEqual(transformImage(image, shape, {}), Float32Array.from(image));
  const square = Uint8Array.of(1, 2, 3, 4);
  const at = (transform: ImageTransform) => [...transformImage(square, [2, 2, 1], transform)];
  assert.deepEqual(at({ shiftRows: 1 }), [3, 4, 3, 4]);
  assert.deepEqual(at({ shiftColumns: -9 }), [1, 1, 3, 3]);
  assert.deepEqual(at({ rotationDegrees: 90 }).map(Math.round), [3, 1, 4, 2]);
  assert.deepEqual(at({ zoomRows: 0 }), [2, 3, 2, 3]);
});

Deno.test("augmentImages() draws within its limits, and the same again from the same numbers", () => {
  const { images } = readCifar10([batch("a", 6, 9)]);
  const set: ImageSet["shape"] = [32, 32, 3];
  const seeded = () => {
    const random = new SeededRandom(4);
    return { random: () => random.real() };
  };
  const once = augmentImages(images, set, seeded());
  assert.deepEqual(augmentImages(images, set, seeded()), once);
  assert.notDeepEqual(augmentImages(images, set, { random: () => 0.1 }), once);
  assert(once.every((value) => value >= 0 && value <= 255));
  // Numbers of 0 are the far end of every limit.
  const last = images.subarray(5 * 3072);
  const limits = { rotationDegrees: 10, shift: 0.05, zoom: 0.1 };
  assert.deepEqual(
    augmentImages(images, set, { ...limits, random: () => 0 }).slice(5 * 3072),
    transformImage(last, set, {
      rotationDegrees: -10,
      shiftRows: -1.6,
      shiftColumns: -1.6,
      zoomRows: 0.9,
      zoomColumns: 0.9,
      flip: true,
    }),
  );
  const still = { rotationDegrees: 0, shift: 0, flip: false };
  assert.deepEqual(augmentImages(images, set, still), Float32Array.from(images));
});

Deno.test("transformImage() and augmentImages() throw on lengths that do not fit", () => {
  assert.throws(() => transformImage(image, [4, 4, 2], {}), { name: "InputError" });
  assert.throws(() => transformImage(image, shape, {}, new Float32Array(3)), {
    name: "InputError",
  });
  assert.throws(() => augmentImages(image, [4, 4, 2]), { name: "InputError" });
  assert.throws(() => augmentImages(image, [0, 4, 2]), { name: "InputError" });
  assert.throws(() => augmentImages(image, shape, {}, new Float32Array(3)), { name: "InputError" });
});
