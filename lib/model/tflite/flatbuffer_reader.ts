/**
 * Reads FlatBuffers from untrusted bytes: every offset is checked, and the work is bounded by the file's size even where
 * its parts overlap.
 *
 * @module
 */
import { ModelError } from "../errors.ts";

// A sound file reads each byte about once; one whose vectors share bytes many times over is out to waste time.
const READS_PER_BYTE = 8;

/** Checked access to the scalars, vectors and strings of one file. */
export class FlatbufferReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #budget: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#budget = bytes.length * READS_PER_BYTE;
  }

  /** The root table. */
  root(): Table {
    return this.table(this.reference(0));
  }

  /** The table at `position`, its field list checked. */
  table(position: number): Table {
    const fields = position - this.int32(position);
    const fieldsSize = this.uint16(fields);
    const size = this.uint16(fields + 2);
    this.spend(fieldsSize + size, fields);
    if (fieldsSize < 4 || fieldsSize % 2 !== 0 || size < 4) {
      throw damaged(`its table at ${position} has a field list of ${fieldsSize} bytes`, fields);
    }
    this.check(fields, fieldsSize);
    this.check(position, size);
    return new Table(this, position, size, fields, fieldsSize);
  }

  /** Where the offset at `position` points to. */
  reference(position: number): number {
    return position + this.uint32(position);
  }

  /** The elements' position and number of the vector whose offset is at `position`. */
  vector(position: number, elementSize: number): { start: number; length: number } {
    const at = this.reference(position);
    const length = this.uint32(at);
    this.check(at + 4, length * elementSize);
    return { start: at + 4, length };
  }

  /** The `size` bytes at `start`, as a view. */
  bytes(start: number, size: number): Uint8Array {
    this.check(start, size);
    return this.#bytes.subarray(start, start + size);
  }

  uint8(position: number): number {
    this.check(position, 1);
    return this.#bytes[position];
  }

  uint16(position: number): number {
    this.check(position, 2);
    return this.#view.getUint16(position, true);
  }

  uint32(position: number): number {
    this.check(position, 4);
    return this.#view.getUint32(position, true);
  }

  int32(position: number): number {
    this.check(position, 4);
    return this.#view.getInt32(position, true);
  }

  int64(position: number): bigint {
    this.check(position, 8);
    return this.#view.getBigInt64(position, true);
  }

  float32(position: number): number {
    this.check(position, 4);
    return this.#view.getFloat32(position, true);
  }

  /** Throws where the bytes asked for are not in the file. */
  check(position: number, size: number): void {
    if (position < 0 || position + size > this.#bytes.length) {
      throw damaged(
        `it points to ${size} bytes at ${position} and holds ${this.#bytes.length}`,
        position,
      );
    }
  }

  /** Counts `size` bytes as read; throws once the file has been read many times over. */
  spend(size: number, position: number): void {
    this.#budget -= size;
    if (this.#budget < 0) throw damaged("its parts overlap", position);
  }
}

/** One table: its fields by slot. A field that is absent has the schema's default. */
export class Table {
  constructor(
    readonly reader: FlatbufferReader,
    readonly position: number,
    readonly size: number,
    readonly fields: number,
    readonly fieldsSize: number,
  ) {}

  /** Position of the field in `slot`, 0 where absent; `size` are the bytes that it takes in the table. */
  field(slot: number, size: number): number {
    const entry = 4 + 2 * slot;
    if (entry >= this.fieldsSize) return 0;
    const offset = this.reader.uint16(this.fields + entry);
    if (offset === 0) return 0;
    if (offset < 4 || offset + size > this.size) {
      throw damaged(
        `field ${slot} of its table at ${this.position} lies outside of it`,
        this.fields + entry,
      );
    }
    return this.position + offset;
  }

  uint8(slot: number, absent = 0): number {
    const at = this.field(slot, 1);
    return at ? this.reader.uint8(at) : absent;
  }

  int8(slot: number, absent = 0): number {
    return this.uint8(slot, absent) << 24 >> 24;
  }

  int32(slot: number, absent = 0): number {
    const at = this.field(slot, 4);
    return at ? this.reader.int32(at) : absent;
  }

  uint32(slot: number, absent = 0): number {
    const at = this.field(slot, 4);
    return at ? this.reader.uint32(at) : absent;
  }

  float32(slot: number, absent = 0): number {
    const at = this.field(slot, 4);
    return at ? this.reader.float32(at) : absent;
  }

  /** The table that the field points to. */
  table(slot: number): Table | undefined {
    const at = this.field(slot, 4);
    return at ? this.reader.table(this.reader.reference(at)) : undefined;
  }

  /** The tables of a vector of them; empty where absent. */
  tables(slot: number): Table[] {
    return this.#values(
      slot,
      4,
      (position) => this.reader.table(this.reader.reference(position)),
    ) ?? [];
  }

  /** Undefined where absent. */
  int32s(slot: number): number[] | undefined {
    return this.#values(slot, 4, (position) => this.reader.int32(position));
  }

  /** Undefined where absent. */
  int64s(slot: number): bigint[] | undefined {
    return this.#values(slot, 8, (position) => this.reader.int64(position));
  }

  /** Undefined where absent. */
  float32s(slot: number): number[] | undefined {
    return this.#values(slot, 4, (position) => this.reader.float32(position));
  }

  /** A view of a vector of bytes; undefined where absent. */
  bytes(slot: number): Uint8Array | undefined {
    const at = this.field(slot, 4);
    if (!at) return undefined;
    const { start, length } = this.reader.vector(at, 1);
    return this.reader.bytes(start, length);
  }

  /** Empty where absent. */
  string(slot: number): string {
    const bytes = this.bytes(slot);
    if (!bytes) return "";
    this.reader.spend(bytes.length, this.position);
    return new TextDecoder().decode(bytes);
  }

  #values<T>(slot: number, size: number, read: (position: number) => T): T[] | undefined {
    const at = this.field(slot, 4);
    if (!at) return undefined;
    const { start, length } = this.reader.vector(at, size);
    this.reader.spend(length * size, start);
    return Array.from({ length }, (_, index) => read(start + index * size));
  }
}

function damaged(why: string, offset: number): ModelError {
  return new ModelError(`Cannot read the model as ${why}`, {
    offset,
    hint: "Check that the file is a whole TFLite model",
  });
}
