import assert from "node:assert/strict";
import { Figure, FigureSizeError, maxFigureCharacters } from "../../lib/analysis/figure.ts";

Deno.test("Figure is its specification in JSON, without the summary", () => {
  const figure = new Figure({ data: [{ type: "bar", y: [1] }], layout: {}, summary: "One bar" });
  assert.equal(JSON.stringify(figure), '{"data":[{"type":"bar","y":[1]}],"layout":{}}');
});

Deno.test("Figure throws where its specification is too large for a notebook", () => {
  const y = "1".repeat(maxFigureCharacters);
  assert.throws(
    () => new Figure({ data: [{ type: "scatter", y }], layout: {}, summary: "" }),
    (error: unknown) =>
      error instanceof FigureSizeError && error.characters > maxFigureCharacters &&
      /downsample/.test(error.hint!),
  );
});
