import assert from "node:assert/strict";
import { exchangeSimdOpcode } from "../../firmware/engine/wasm_opcodes.ts";

/** A module with one function that takes nothing and gives a vector. */
function moduleOf(body: number[]): Uint8Array<ArrayBuffer> {
  const code = [0, ...body, 0x0b];
  return Uint8Array.of(
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, 5, 1, 0x60, 0, 1, 0x7b],
    ...[3, 2, 1, 0],
    ...[10, code.length + 2, 1, code.length],
    ...code,
  );
}

const ADD = 0xae; // i32x4.add
const SUB = 0xb1; // i32x4.sub
/** v128.const whose bytes look like i32x4.add. */
const constant = [
  0xfd,
  0x0c,
  0xfd,
  ADD,
  1,
  0xfd,
  ADD,
  1,
  0xfd,
  ADD,
  1,
  0xfd,
  ADD,
  1,
  0xfd,
  ADD,
  1,
  7,
];

Deno.test("exchangeSimdOpcode() changes instructions and no data", () => {
  const module = moduleOf([...constant, ...constant, 0xfd, ADD, 1]);
  assert.equal(exchangeSimdOpcode(module, ADD, SUB), 1);
  assert.deepEqual(module, moduleOf([...constant, ...constant, 0xfd, SUB, 1]));
  assert(WebAssembly.validate(module));
});

Deno.test("exchangeSimdOpcode() finds nothing where there is nothing", () => {
  const module = moduleOf(constant);
  assert.equal(exchangeSimdOpcode(module, ADD, SUB), 0);
  assert.deepEqual(module, moduleOf(constant));
});

Deno.test("exchangeSimdOpcode() throws on a module that is cut short", () => {
  const module = moduleOf([...constant, ...constant, 0xfd, ADD, 1]);
  assert.throws(() => exchangeSimdOpcode(module.subarray(0, -6), ADD, SUB), /Cannot read/);
});
