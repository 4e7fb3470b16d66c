import { InputError } from "../../errors.ts";
import { samplesOfWav } from "../audio/read_samples.ts";
import { readImage } from "../images/read_image.ts";
import { resizeImage } from "../images/resize_image.ts";
import { DataError } from "./data_error.ts";
import type { Example, ExampleData, ExampleOrigin, ExampleValues } from "./data_set.ts";
import { readWholeNow } from "./read_whole.ts";

/** Bytes of a record of CIFAR-10's binary files: a class, and the planes of red, green and blue. */
export const CIFAR_RECORD_BYTES = 3073;

const PIXELS = 32 * 32;
const TYPES = {
  float32: Float32Array,
  int16: Int16Array,
  int8: Int8Array,
  uint8: Uint8Array,
} as const;

/** Name of a type of values. */
export type ValuesType = keyof typeof TYPES;

/** The name of the type of some values. */
export function typeOfValues(values: ExampleValues): ValuesType {
  return values instanceof Float32Array
    ? "float32"
    : values instanceof Int16Array
    ? "int16"
    : values instanceof Int8Array
    ? "int8"
    : "uint8";
}

/** Values from their bytes, in the order of the machine (little-endian wherever this runs). */
export function valuesOfBytes(bytes: Uint8Array<ArrayBuffer>, type: ValuesType): ExampleValues {
  const Type = TYPES[type];
  const { buffer, byteOffset, byteLength } = bytes;
  return byteOffset % Type.BYTES_PER_ELEMENT === 0
    ? new Type(buffer, byteOffset, byteLength / Type.BYTES_PER_ELEMENT)
    : new Type(bytes.slice().buffer);
}

/** The bytes of values. */
export function bytesOfValues(values: ExampleValues): Uint8Array<ArrayBuffer> {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Where an example lies that is stored in a file. */
export type StoredOrigin = Exclude<ExampleOrigin, { kind: "synthetic" }>;

/** An example that lies somewhere. */
export function exampleAt(id: string, label: number, origin: StoredOrigin): Example {
  return {
    id,
    label,
    origin,
    async read({ signal } = {}) {
      signal?.throwIfAborted();
      return await decodeOrigin(origin, await readOrigin(origin));
    },
  };
}

/**
 * The bytes that an example is made of, as they are stored.
 *
 * @throws {InputError} Where the file is missing.
 * @throws {DataError} Where it ends too early.
 */
export async function readOrigin(origin: StoredOrigin): Promise<Uint8Array<ArrayBuffer>> {
  const { path } = origin;
  if (origin.kind === "cifar") {
    return await readPart(path, origin.index * CIFAR_RECORD_BYTES, CIFAR_RECORD_BYTES);
  }
  if (origin.kind === "values") {
    const count = origin.shape.reduce((product, size) => product * size, 1);
    return await readPart(path, origin.start, count * TYPES[origin.type].BYTES_PER_ELEMENT);
  }
  return readWholeNow(path);
}

async function readPart(path: string, start: number, size: number) {
  const bytes = new Uint8Array(size);
  let done = 0;
  try {
    using file = await Deno.open(path);
    await file.seek(start, Deno.SeekMode.Start);
    while (done < size) {
      const read = await file.read(bytes.subarray(done));
      if (read === null) break;
      done += read;
    }
  } catch (cause) {
    throw new InputError(`Cannot read '${path}'`, { source: path, cause });
  }
  if (done === size) return bytes;
  throw new DataError(
    `Cannot read '${path}' at byte ${start} as it ends after ${done} of ${size}`,
    {
      source: path,
      offset: start,
      hint: "Copy the file again: it was cut off",
    },
  );
}

/**
 * Makes an example of its bytes.
 *
 * @throws {WavError} For a recording that is damaged.
 * @throws {ImageError} For a picture that is damaged.
 * @throws {InputError} For what cannot be used otherwise.
 */
export async function decodeOrigin(
  origin: StoredOrigin,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<ExampleData> {
  switch (origin.kind) {
    case "wav": {
      const all = samplesOfWav(bytes, origin.path);
      const { start = 0, samples = all.length - start } = origin;
      if (start + samples > all.length) {
        throw new InputError(
          `Cannot take samples ${start} to ${
            start + samples
          } of '${origin.path}': it has ${all.length}`,
          { source: origin.path },
        );
      }
      const values = samples === all.length ? all : all.slice(start, start + samples);
      return { values, shape: [values.length] };
    }
    case "image": {
      const image = await readImage(bytes, { source: origin.path, channels: 3 });
      const [height, width] = image.shape;
      const { size = [height, width] } = origin;
      const { pixels, shape } = size[0] === height && size[1] === width
        ? image
        : resizeImage(image, size);
      return { values: pixels, shape };
    }
    case "cifar": {
      const values = new Uint8Array(3 * PIXELS);
      let at = 0;
      for (let pixel = 1; pixel <= PIXELS; pixel++) {
        values[at++] = bytes[pixel];
        values[at++] = bytes[pixel + PIXELS];
        values[at++] = bytes[pixel + 2 * PIXELS];
      }
      return { values, shape: [32, 32, 3] };
    }
    case "values":
      return { values: valuesOfBytes(bytes, origin.type), shape: origin.shape };
  }
}
