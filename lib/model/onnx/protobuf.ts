/**
 * The protobuf wire format, as much of it as ONNX needs: a reader that trusts no length, and a writer.
 *
 * @module
 */
import { ModelError } from "../errors.ts";

/** How a field's value is coded (https://protobuf.dev/programming-guides/encoding). */
export const WireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

const maxSafe = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * Walks the fields of one message. Nothing is copied, every length is checked against the message's end, and messages
 * inside are walked by a reader of their own, so that neither depth nor counts can exceed what the file holds.
 */
export class ProtoReader {
  /** Number of the field that {@linkcode next} found. */
  field = 0;
  /** Its {@linkcode WireType}. */
  wireType = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  #position: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#position = start;
    this.#end = end;
  }

  /** Byte offset in the file. */
  get offset(): number {
    return this.#position;
  }

  /** Moves to the next field; false at the message's end. The caller then reads its value or {@linkcode skip}s it. */
  next(): boolean {
    if (this.#position === this.#end) return false;
    const start = this.#position;
    const tag = this.#varint();
    this.wireType = Number(tag & 7n);
    this.field = Number(tag >> 3n);
    if (tag > 0xffffffffn || this.field === 0) this.#fail(start, "a field number is out of range");
    return true;
  }

  /** An integer. Beyond ±(2⁵³ − 1) it is held at that bound: ONNX writes such values for "up to the end" only. */
  int(): number {
    this.#expect(WireType.varint);
    return toSafe(this.#varint());
  }

  /** A repeated integer field: one value, or a packed run of them, appended to `into`. */
  ints(into: number[]): void {
    if (this.wireType !== WireType.bytes) {
      into.push(this.int());
      return;
    }
    const inside = this.message();
    while (inside.#position < inside.#end) into.push(toSafe(inside.#varint()));
  }

  /** A float32. */
  float(): number {
    this.#expect(WireType.fixed32);
    return this.#view.getFloat32(this.#take(4), true);
  }

  /** A repeated float32 field: one value, or a packed run of them, appended to `into`. */
  floats(into: number[]): void {
    if (this.wireType !== WireType.bytes) {
      into.push(this.float());
      return;
    }
    const inside = this.message();
    while (inside.#position < inside.#end) {
      into.push(this.#view.getFloat32(inside.#take(4), true));
    }
  }

  /** A repeated float64 field: one value, or a packed run of them, appended to `into`. */
  doubles(into: number[]): void {
    if (this.wireType !== WireType.bytes) {
      this.#expect(WireType.fixed64);
      into.push(this.#view.getFloat64(this.#take(8), true));
      return;
    }
    const inside = this.message();
    while (inside.#position < inside.#end) {
      into.push(this.#view.getFloat64(inside.#take(8), true));
    }
  }

  /** A view of a bytes field. */
  bytes(): Uint8Array {
    const { start, end } = this.#range();
    return this.#bytes.subarray(start, end);
  }

  /** Text; bytes that are no UTF-8 become U+FFFD. */
  string(): string {
    return new TextDecoder().decode(this.bytes());
  }

  /** A reader of the message in this field. */
  message(): ProtoReader {
    const { start, end } = this.#range();
    return new ProtoReader(this.#bytes, start, end);
  }

  /** Passes over the value of a field that is of no interest. */
  skip(): void {
    switch (this.wireType) {
      case WireType.varint:
        this.#varint();
        break;
      case WireType.fixed64:
        this.#take(8);
        break;
      case WireType.bytes:
        this.#range();
        break;
      case WireType.fixed32:
        this.#take(4);
        break;
      default:
        this.#fail(this.#position, `wire type ${this.wireType} is not in use`);
    }
  }

  #expect(wireType: number) {
    if (this.wireType !== wireType) {
      this.#fail(this.#position, `field ${this.field} has wire type ${this.wireType}`);
    }
  }

  #range() {
    this.#expect(WireType.bytes);
    const start = this.#position;
    const length = this.#varint();
    if (length > BigInt(this.#end - this.#position)) {
      this.#fail(start, `a length of ${length} runs past the end`);
    }
    const from = this.#take(Number(length));
    return { start: from, end: this.#position };
  }

  #take(count: number): number {
    const start = this.#position;
    if (count > this.#end - start) this.#fail(start, "a value runs past the end");
    this.#position += count;
    return start;
  }

  #varint(): bigint {
    const start = this.#position;
    let low = 0;
    // Most varints are a byte or four: no BigInt is made for each of them until it is done.
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#bytes[this.#take(1)];
      low |= (byte & 127) << shift;
      if (byte < 128) return BigInt(low);
    }
    let value = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#take(1)];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    this.#fail(start, "a varint is longer than ten bytes");
  }

  #fail(offset: number, reason: string): never {
    throw new ModelError(`Cannot read the ONNX file at byte ${offset} as ${reason}`, { offset });
  }
}

function toSafe(unsigned: bigint): number {
  const value = BigInt.asIntN(64, unsigned);
  if (value > maxSafe) return Number.MAX_SAFE_INTEGER;
  return value < -maxSafe ? -Number.MAX_SAFE_INTEGER : Number(value);
}

/** Builds one message. Fields land in the order of the calls. */
export class ProtoWriter {
  #bytes = new Uint8Array(256);
  #length = 0;

  /** The message so far; a view that later calls may leave behind. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Writes an int64 field; negative values take ten bytes. */
  int(field: number, value: number): this {
    this.#varint(field * 8 + WireType.varint);
    this.#varint(value);
    return this;
  }

  /** Writes a repeated int64 field, packed. */
  ints(field: number, values: readonly number[]): this {
    const packed = new ProtoWriter();
    for (const value of values) packed.#varint(value);
    return this.bytes(field, packed.finish());
  }

  /** Writes a float32 field. */
  float(field: number, value: number): this {
    this.#varint(field * 8 + WireType.fixed32);
    const at = this.#grow(4);
    new DataView(this.#bytes.buffer).setFloat32(at, value, true);
    return this;
  }

  /** Writes a repeated float32 field, packed. */
  floats(field: number, values: readonly number[]): this {
    return this.bytes(field, new Uint8Array(new Float32Array(values).buffer));
  }

  /** Writes a bytes field. */
  bytes(field: number, value: Uint8Array): this {
    this.#varint(field * 8 + WireType.bytes);
    this.#varint(value.length);
    const at = this.#grow(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  /** Writes a string field. */
  string(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  /** Writes a message field that `build` fills. */
  message(field: number, build: (writer: ProtoWriter) => void): this {
    const inside = new ProtoWriter();
    build(inside);
    return this.bytes(field, inside.finish());
  }

  #varint(value: number) {
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest > 127n) {
      this.#byte(Number(rest & 127n) | 128);
      rest >>= 7n;
    }
    this.#byte(Number(rest));
  }

  #byte(value: number) {
    const at = this.#grow(1);
    this.#bytes[at] = value;
  }

  #grow(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
    }
    return at;
  }
}
