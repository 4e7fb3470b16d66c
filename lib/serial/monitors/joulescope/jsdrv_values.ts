/**
 * Values of the Joulescope driver as bytes: `struct jsdrv_union_s` and `struct jsdrv_stream_signal_s` of its public header
 * `jsdrv.h` (versions 1.1 to 2.x), little-endian.
 *
 * @module
 */

/** Type of a value, `enum jsdrv_union_e`. */
export const unionType = { string: 1, binary: 3, u32: 10, i32: 14 } as const;

/** Bytes of `struct jsdrv_union_s`: type, flags, op, app, u32 size, 8 bytes value. */
export const unionBytes = 16;

/** The driver keeps the value: for settings, not for commands. */
export const retainFlag = 1;

/** `jsdrv_union_s.app` of streamed samples. */
export const streamPayload = 1;

/** The largest message: header and 64 KiB of data. */
export const mostStreamBytes = 48 + 65_536;

/** A number as the driver takes it. */
export function numberUnion(
  type: typeof unionType.u32 | typeof unionType.i32,
  value: number,
  flags: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(unionBytes);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, type);
  view.setUint8(1, flags);
  view.setInt32(8, value, true);
  return bytes;
}

/** A string, or a buffer for one, that lies at an address. */
export function pointerUnion(
  type: number,
  address: bigint,
  size: number,
  flags: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(unionBytes);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, type);
  view.setUint8(1, flags);
  view.setUint32(4, size, true);
  view.setBigUint64(8, address, true);
  return bytes;
}

/** A block of samples of one signal. */
export interface StreamBlock {
  /** Number of the first sample; counts by `decimate` from one sample to the next. */
  sampleId: bigint;
  /** Numbers a second. */
  idRateHz: number;
  /** Numbers a sample. */
  decimate: number;
  /** 32-bit floats, or single bits, lowest first. */
  data: { kind: "float"; values: Float32Array } | {
    kind: "bits";
    bytes: Uint8Array;
    count: number;
  };
  /** How numbers go with time; undefined before version 1.2 of the driver. */
  timeMap?: {
    /** In 2⁻³⁰ s since 2018. */
    time: bigint;
    /** A number. */
    counter: bigint;
    /** Numbers a second. */
    counterRateHz: number;
  };
}

/** Header without and with a time map. */
const headerBytes = { short: 24, long: 48 };
const floatType = 4;
const unsignedType = 3;

/**
 * Reads `struct jsdrv_stream_signal_s`. Which of its two headers it has is told by its size.
 *
 * @throws {RangeError} When it is no such thing.
 */
export function parseStreamBlock(bytes: Uint8Array): StreamBlock {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < headerBytes.short) throw new RangeError(`a block of ${bytes.length} bytes`);
  const elementType = view.getUint8(10);
  const bits = view.getUint8(11);
  const count = view.getUint32(12, true);
  // A last byte that is not full is left out by some versions.
  const head = bytes.length - Math.floor(count * bits / 8);
  const header = [headerBytes.long, headerBytes.short].find((size) =>
    head === size || head === size + 1
  );
  const decimate = view.getUint32(20, true);
  const idRateHz = view.getUint32(16, true);
  const isFloat = elementType === floatType && bits === 32;
  if (header === undefined || decimate === 0 || idRateHz === 0) {
    throw new RangeError(`a block of ${bytes.length} bytes for ${count} elements of ${bits} bits`);
  }
  if (!isFloat && !(elementType === unsignedType && bits === 1)) {
    throw new RangeError(`elements of type ${elementType} with ${bits} bits`);
  }
  const data = bytes.slice(header);
  return {
    sampleId: view.getBigUint64(0, true),
    idRateHz,
    decimate,
    data: isFloat
      ? { kind: "float", values: new Float32Array(data.buffer, 0, count) }
      : { kind: "bits", bytes: data, count: Math.min(count, 8 * data.length) },
    timeMap: header === headerBytes.long
      ? {
        time: view.getBigInt64(24, true),
        counter: view.getBigUint64(32, true),
        counterRateHz: view.getFloat64(40, true),
      }
      : undefined,
  };
}
