/**
 * Exchanges one instruction of a WebAssembly module for another.
 *
 * @module
 */

/** Reads a module's bytes from a position on. */
class Cursor {
  constructor(readonly bytes: Uint8Array, public at: number) {}

  byte(): number {
    if (this.at >= this.bytes.length) throw new Error(`Cannot read the module beyond ${this.at}`);
    return this.bytes[this.at++];
  }

  /** An unsigned LEB128, up to 32 bits. */
  number(): number {
    let value = 0;
    for (let scale = 1;; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }
}

/** What follows an opcode: l: a LEB128, b: a byte, and so on by count; the rest has nothing. */
function skipImmediates(cursor: Cursor, opcode: number): void {
  const numbers = (count: number) => {
    for (let i = 0; i < count; i++) cursor.number();
  };
  if (opcode >= 0x02 && opcode <= 0x04) return numbers(1); // block, loop, if
  if (opcode === 0x0c || opcode === 0x0d || opcode === 0x10) return numbers(1); // br, br_if, call
  if (opcode === 0x0e) return numbers(cursor.number() + 1); // br_table
  if (opcode === 0x11) return numbers(2); // call_indirect
  if (opcode >= 0x20 && opcode <= 0x26) return numbers(1); // locals, globals, tables
  if (opcode >= 0x28 && opcode <= 0x3e) return numbers(2); // loads, stores
  if (opcode >= 0x3f && opcode <= 0x42) return numbers(1); // memory.size, memory.grow, i32.const, i64.const
  if (opcode === 0x43) cursor.at += 4; // f32.const
  else if (opcode === 0x44) cursor.at += 8; // f64.const
  else if (opcode === 0xfc) {
    const operation = cursor.number();
    if (operation >= 8) throw new Error(`Cannot read the instruction 0xfc ${operation}`);
  }
}

/** What follows an opcode behind the prefix of SIMD. */
function skipSimdImmediates(cursor: Cursor, operation: number): void {
  const memory = operation <= 11 || operation >= 84 && operation <= 93;
  if (memory) cursor.number(), cursor.number();
  if (operation === 12 || operation === 13) cursor.at += 16; // v128.const, i8x16.shuffle
  const lane = operation >= 21 && operation <= 34 || operation >= 84 && operation <= 91;
  if (lane) cursor.at++;
}

const SIMD = 0xfd;
const CODE_SECTION = 10;

/**
 * Exchanges a SIMD instruction for another that takes and gives the same. Both opcodes must have two bytes.
 *
 * @returns How many there were.
 */
export function exchangeSimdOpcode(module: Uint8Array, from: number, to: number): number {
  let count = 0;
  const sections = new Cursor(module, 8);
  while (sections.at < module.length) {
    const id = sections.byte();
    const size = sections.number();
    const end = sections.at + size;
    if (id === CODE_SECTION) {
      const code = new Cursor(module, sections.at);
      for (let functions = code.number(); functions > 0; functions--) {
        const bodySize = code.number();
        const body = new Cursor(module, code.at);
        const bodyEnd = code.at + bodySize;
        for (let locals = body.number(); locals > 0; locals--) body.number(), body.byte();
        while (body.at < bodyEnd) {
          const opcode = body.byte();
          if (opcode !== SIMD) {
            skipImmediates(body, opcode);
            continue;
          }
          const at = body.at;
          const operation = body.number();
          if (operation === from) {
            module.set([to & 127 | 128, to >> 7], at);
            count++;
          }
          skipSimdImmediates(body, operation);
        }
        if (body.at !== bodyEnd) {
          throw new Error(`Cannot read the function that ends at ${bodyEnd}`);
        }
        code.at = bodyEnd;
      }
    }
    sections.at = end;
  }
  return count;
}
