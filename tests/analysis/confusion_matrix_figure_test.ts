import assert from "node:assert/strict";
import { confusionMatrixFigure } from "../../lib/analysis/confusion_matrix_figure.ts";
import { ThimbleError } from "../../lib/errors.ts";
import { asJson } from "./figure_json.ts";

const counts = [[8, 2, 0], [1, 4, 0], [0, 0, 0]];
const classes = ["cat", "dog", "frog"];
const source = "simulated" as const;
const score = { confusion: counts, source };

Deno.test("confusionMatrixFigure() colours by the share of the row and prints counts", () => {
  const { data: [heatmap] } = asJson(confusionMatrixFigure(score, { classes }));
  assert.deepEqual(heatmap.z, [[0.8, 0.2, 0], [0.2, 0.8, 0], [0, 0, 0]]);
  assert.deepEqual(heatmap.text, [["8", "2", ""], ["1", "4", ""], ["", "", ""]]);
  assert.deepEqual([heatmap.zmin, heatmap.zmax], [0, 1]);
});

Deno.test("confusionMatrixFigure() has the true classes downwards, the predicted to the right", () => {
  const { data: [heatmap], layout } = asJson(confusionMatrixFigure(score, { classes }));
  assert.deepEqual(heatmap.x, classes);
  assert.deepEqual(heatmap.y, classes);
  assert.equal(layout.xaxis.title.text, "Predicted class");
  assert.equal(layout.yaxis.title.text, "True class");
  assert.equal(layout.yaxis.autorange, "reversed");
});

Deno.test("confusionMatrixFigure() says top-1, its interval and the number of files", () => {
  const figure = confusionMatrixFigure(score, { classes, subject: "ic01 on a board" });
  const { layout } = asJson(figure);
  // Wilson's interval of 12 in 15.
  assert.match(layout.title.text, /Top-1: 80\.0 % \(n = 15, 95 % interval 54\.8–93\.0 %\)/);
  assert.match(layout.title.text, /ic01 on a board · simulated/);
  assert.match(figure.summary, /\ncat: 8 of 10 correct\n/);
});

Deno.test("confusionMatrixFigure() tells recall and precision on hover", () => {
  const { data: [heatmap] } = asJson(confusionMatrixFigure(score, { classes }));
  const cells = heatmap.customdata as [number, string, string][][];
  assert.deepEqual(cells[0][0], [8, "80.0 %", "88.9 %"]);
  assert.deepEqual(cells[0][1], [2, "20.0 %", "33.3 %"]);
  assert.deepEqual(cells[2][2], [0, "none", "none"]);
});

Deno.test("confusionMatrixFigure() shows hostile class names as text", () => {
  const hostile = ["<b>bold</b>", "a&b"];
  const { data: [heatmap] } = asJson(
    confusionMatrixFigure({ confusion: [[1, 0], [0, 1]], source }, { classes: hostile }),
  );
  assert.deepEqual(heatmap.x, ["&lt;b&gt;bold&lt;/b&gt;", "a&amp;b"]);
});

Deno.test("confusionMatrixFigure() throws on what is no confusion matrix", () => {
  const draw = (matrix: number[][], names: string[]) => () =>
    confusionMatrixFigure({ confusion: matrix, source }, { classes: names });
  assert.throws(draw([], []), RangeError);
  assert.throws(draw([[1, 2]], ["a"]), RangeError);
  assert.throws(draw([[1]], ["a", "b"]), RangeError);
  assert.throws(draw([[0]], ["a"]), RangeError);
  const large = Array.from({ length: 101 }, () => new Array<number>(101).fill(1));
  assert.throws(draw(large, large.map(String)), RangeError);
});

Deno.test("confusionMatrixFigure() takes the classes of the benchmark", () => {
  const figure = confusionMatrixFigure({ confusion: [[1, 0], [0, 2]], benchmark: "vww01", source });
  assert.deepEqual(asJson(figure).data[0].x, ["non-person", "person"]);
  assert.match(figure.summary, /^vww01 · simulated/m);
});

Deno.test("confusionMatrixFigure() throws on a score without a matrix, and says what to take", () => {
  assert.throws(
    () => confusionMatrixFigure({ source, benchmark: "kws01" }),
    (error: unknown) => error instanceof ThimbleError && /accuracy/.test(error.hint!),
  );
});
