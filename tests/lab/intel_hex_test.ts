import assert from "node:assert/strict";
import { InputError } from "../../lib/errors.ts";
import { readIntelHex } from "../../lib/lab/intel_hex.ts";
import { committedHex } from "../firmware/io_manager_bench.ts";
import { SeededRandom } from "../model/seeded_random.ts";

const read = (text: string, size = 4) => readIntelHex(text, { size, source: "io.hex" });
const end = ":00000001FF";

Deno.test("readIntelHex() reads data where they belong", () => {
  assert.deepEqual(read(`:02000100C0DE5F\r\n${end}\r\n`), Uint8Array.of(0xff, 0xc0, 0xde, 0xff));
  assert.deepEqual(read(`\n${end}\n:rubbish after the end`), new Uint8Array(4).fill(0xff));
});

for (
  const [what, text, message] of [
    ["no record", "02000000C0DE60", /line 1 of 'io.hex' as it is no record of hex digits$/],
    ["an odd digit", ":02000000C0DE6", /no record/],
    ["too short a record", ":000000", /no record/],
    ["a wrong length", ":03000000C0DE5F", /its length is not 3 as it says$/],
    ["a wrong checksum", ":02000000C0DE61", /its checksum is wrong$/],
    ["another type", ":020000021000EC", /its type is 2: expected 0 or 1$/],
    ["data outside of the memory", ":02000300C0DE5D", /it reaches beyond 4 bytes$/],
    ["no end", ":02000000C0DE60", /Cannot read 'io.hex' as its end is missing$/],
  ] as const
) {
  Deno.test(`readIntelHex() throws on ${what}`, () => {
    assert.throws(
      () => read(text),
      (error) => error instanceof InputError && message.test(error.message),
    );
  });
}

Deno.test("readIntelHex() reads a damaged program whole, or throws", () => {
  const random = new SeededRandom(4);
  let refused = 0;
  for (let i = 0; i < 300; i++) {
    const characters = [...committedHex];
    const at = random.integer(0, characters.length - 1);
    characters[at] = String.fromCharCode(random.integer(0, 127));
    try {
      assert.equal(read(characters.join(""), 32_768).length, 32_768);
    } catch (error) {
      assert.ok(error instanceof InputError, String(error));
      refused++;
    }
  }
  assert.ok(refused > 250, `${refused} of 300`);
});
