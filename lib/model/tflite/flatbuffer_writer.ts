/**
 * Writes FlatBuffers: a tree of plain values, laid out front to back, parents before their children.
 *
 * @module
 */

/** A field of a table, by slot; undefined where it has the schema's default. */
export type Field =
  | { uint8: number }
  | { int32: number }
  | { float32: number }
  | { to: Part }
  | undefined;

/** Something that an offset points to. */
export type Part =
  | { table: readonly Field[] }
  | { tables: readonly Part[] }
  | { string: string }
  | { bytes: Uint8Array; alignment: number }
  | { int32s: ArrayLike<number> }
  | { int64s: ArrayLike<number> }
  | { float32s: ArrayLike<number> };

/**
 * The bytes of a FlatBuffer whose root is `root`. The same tree gives the same bytes.
 *
 * @param identifier Four characters.
 */
export function writeFlatbuffer(root: Part, identifier: string): Uint8Array {
  return new Layout().finish(root, identifier);
}

class Layout {
  #bytes = new Uint8Array(1 << 16);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  /** Where a field list of the same content stands already. */
  readonly #fieldLists = new Map<string, number>();

  finish(root: Part, identifier: string): Uint8Array {
    this.#reserve(8, 4);
    for (let i = 0; i < 4; i++) this.#bytes[4 + i] = identifier.charCodeAt(i);
    // Writing may move the bytes, so it comes first.
    const at = this.#write(root);
    this.#view.setUint32(0, at, true);
    this.#reserve(0, 16);
    return this.#bytes.slice(0, this.#length);
  }

  /** Writes a part and all that it points to; returns its position. */
  #write(part: Part): number {
    if ("table" in part) return this.#table(part.table);
    if ("tables" in part) {
      const at = this.#vector(part.tables.length, 4, 4);
      part.tables.forEach((table, i) => this.#link(at + 4 + 4 * i, table));
      return at;
    }
    if ("string" in part) {
      const bytes = new TextEncoder().encode(part.string);
      // One byte more for the zero that ends it, which the length does not count.
      const at = this.#vector(bytes.length, 1, 4, 1);
      this.#bytes.set(bytes, at + 4);
      return at;
    }
    if ("bytes" in part) {
      const at = this.#vector(part.bytes.length, 1, part.alignment);
      this.#bytes.set(part.bytes, at + 4);
      return at;
    }
    if ("int32s" in part) {
      const at = this.#vector(part.int32s.length, 4, 4);
      for (let i = 0; i < part.int32s.length; i++) {
        this.#view.setInt32(at + 4 + 4 * i, part.int32s[i], true);
      }
      return at;
    }
    if ("int64s" in part) {
      const at = this.#vector(part.int64s.length, 8, 8);
      for (let i = 0; i < part.int64s.length; i++) {
        this.#view.setBigInt64(at + 4 + 8 * i, BigInt(part.int64s[i]), true);
      }
      return at;
    }
    const at = this.#vector(part.float32s.length, 4, 4);
    for (let i = 0; i < part.float32s.length; i++) {
      this.#view.setFloat32(at + 4 + 4 * i, part.float32s[i], true);
    }
    return at;
  }

  #table(fields: readonly Field[]): number {
    // Four-byte fields first, then bytes: nothing needs padding.
    const isByte = (field: Field) => field !== undefined && "uint8" in field;
    let size = 4;
    const offsets = fields.map((field) => field && !isByte(field) ? (size += 4) - 4 : 0);
    fields.forEach((field, slot) => {
      if (isByte(field)) offsets[slot] = size++;
    });
    while (offsets.at(-1) === 0) offsets.pop();
    const fieldList = this.#fieldList([4 + 2 * offsets.length, size, ...offsets]);
    const at = this.#reserve(size, 4);
    this.#view.setInt32(at, at - fieldList, true);
    fields.forEach((field, slot) => {
      const to = at + offsets[slot];
      if (field === undefined) return;
      if ("uint8" in field) this.#view.setUint8(to, field.uint8);
      else if ("int32" in field) this.#view.setInt32(to, field.int32, true);
      else if ("float32" in field) this.#view.setFloat32(to, field.float32, true);
    });
    fields.forEach((field, slot) => {
      if (field && "to" in field) this.#link(at + offsets[slot], field.to);
    });
    return at;
  }

  #fieldList(entries: readonly number[]): number {
    const key = entries.join();
    let at = this.#fieldLists.get(key);
    if (at === undefined) {
      at = this.#reserve(2 * entries.length, 2);
      for (const [i, entry] of entries.entries()) this.#view.setUint16(at + 2 * i, entry, true);
      this.#fieldLists.set(key, at);
    }
    return at;
  }

  /** Room for a vector whose elements are aligned; its length is written. */
  #vector(length: number, elementSize: number, alignment: number, extra = 0): number {
    const align = Math.max(alignment, 4);
    // The length stands in the four bytes before the first element.
    const start = Math.ceil((this.#length + 4) / align) * align;
    this.#reserve(start - 4 - this.#length, 1);
    const at = this.#reserve(4 + length * elementSize + extra, 1);
    this.#view.setUint32(at, length, true);
    return at;
  }

  #link(from: number, part: Part): void {
    const to = this.#write(part);
    this.#view.setUint32(from, to - from, true);
  }

  /** The position of `size` new zero bytes. */
  #reserve(size: number, alignment: number): number {
    const at = Math.ceil(this.#length / alignment) * alignment;
    this.#length = at + size;
    if (this.#length > this.#bytes.length) {
      const bytes = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
      bytes.set(this.#bytes);
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer);
    }
    return at;
  }
}
