import assert from "node:assert/strict";
import { InputError } from "../../../lib/errors.ts";
import { parseRecipe } from "../../../lib/training/quantization/recipe.ts";

Deno.test("parseRecipe() reads what it knows and refuses the rest", () => {
  const text =
    '{"method":"percentile","percent":99.9,"layers":[{"match":{"name":"conv"},"weightBits":4}]}';
  assert.equal(parseRecipe(text).layers?.[0].weightBits, 4);
  for (
    const [bad, about] of [
      ["", "no JSON"],
      ["[]", "it"],
      ['{"methd":"mse"}', "it"],
      ['{"method":"best"}', "method"],
      ['{"weightBits":9}', "weightBits"],
      ['{"layers":[{"match":{"operator":-1}}]}', "layers.0.match.operator"],
      ['{"layers":[{"match":{},"range":{"min":2,"max":1}}]}', "layers.0.range"],
      ['{"layers":[{"match":{},"range":{"min":-1e308,"max":1e308}}]}', "layers.0.range.min"],
      ['{"input":{"scale":1e300,"zeroPoint":0}}', "input.scale"],
      ['{"input":{"scale":1e-46,"zeroPoint":0}}', "input.scale"],
      ['{"__proto__":{"method":"mse"},"x":1}', "it"],
    ]
  ) {
    assert.throws(() => parseRecipe(bad, "r.json"), (error) => {
      assert(error instanceof InputError);
      assert(error.message.includes("'r.json'") && error.message.includes(about), error.message);
      return true;
    });
  }
});
