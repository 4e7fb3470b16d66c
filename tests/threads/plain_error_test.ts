import assert from "node:assert/strict";
import { InputError } from "../../lib/errors.ts";
import { DataError } from "../../lib/training/data/data_error.ts";
import { ImageError } from "../../lib/training/images/image.ts";
import { WavError } from "../../lib/training/audio/read_wav.ts";
import { ModelError } from "../../lib/model/errors.ts";
import { errorOfPlain, plainError } from "../../lib/threads/plain_error.ts";

const classes = [DataError, ImageError, ModelError, WavError];

Deno.test("errorOfPlain() gives the error back that plainError() took apart", () => {
  const at = { hint: "Look there", source: "a.wav", offset: 12 };
  for (
    const error of [
      new InputError("Cannot read 'a.wav'", { source: "a.wav" }),
      new WavError("Cannot read 'a.wav'", at),
      new ImageError("Cannot read 'a.png'", at),
      new DataError("Cannot read 'a.bin'", { source: "a.bin", cause: new WavError("No", at) }),
      new ModelError("Cannot run", { operator: { index: 3, kind: "CONV_2D" } }),
      new TypeError("It is none", { cause: new RangeError("It is far") }),
    ]
  ) {
    const back = errorOfPlain(structuredClone(plainError(error)), classes);
    assert.deepEqual(back, error);
    assert.equal(back.stack, error.stack);
    assert.equal(Object.hasOwn(back, "cause"), Object.hasOwn(error, "cause"));
  }
});

Deno.test("plainError() of a ring of causes ends", () => {
  const error = new Error("round");
  error.cause = new Error("and round", { cause: error });
  let depth = 0;
  for (let plain = plainError(error); plain.cause; plain = plain.cause) depth++;
  assert.equal(depth, 8);
});
