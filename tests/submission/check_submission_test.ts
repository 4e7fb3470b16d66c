import assert from "node:assert/strict";
import { checkSubmission } from "../../lib/submission/check_submission.ts";
import { submissionRules } from "../../lib/submission/rules.ts";
import { brokenTrees, smallModel, smallReference } from "./broken_trees.ts";
import { energyRunnerTree, openTree, pythonTree, withTree } from "./example_tree.ts";

for (
  const [name, files, round] of [
    ["the Python runner's sessions", pythonTree, "v1.3"],
    ["the Python runner's sessions", pythonTree, "v1.4"],
    ["a submission in the open division", openTree, "v1.4"],
    ["EnergyRunner's sessions", energyRunnerTree, "v1.2"],
  ] as const
) {
  Deno.test(`checkSubmission() finds nothing in ${name}, ${round}`, async () => {
    const report = await withTree(files(), (folder) => checkSubmission(folder, { round }));
    assert.deepEqual(report.findings, []);
    assert.equal(report.isValid, true);
    assert.ok(report.results.length > 0 && report.results.every(({ isValid }) => isValid));
  });
}

for (
  const { name, rule, path, line, official, round = "v1.4", reference, files, onDisk }
    of brokenTrees
) {
  Deno.test(`checkSubmission() finds '${rule}', and nothing else, in ${name}`, async () => {
    const report = await withTree(files(), async (folder) => {
      await onDisk?.(folder);
      return await checkSubmission(folder, { round, reference });
    });
    const found = report.findings.map(({ rule, path, line, official }) => ({
      rule,
      path,
      line,
      official,
    }));
    assert.deepEqual(found, [{ rule, path, line, official }]);
    const [{ severity, text, fix }] = report.findings;
    assert.ok(text.length > 0 && fix.length > 0);
    assert.equal(report.isValid, severity !== "error");
  });
}

Deno.test("submissionRules has a broken tree for each rule", () => {
  const broken = new Set(brokenTrees.map(({ rule }) => rule));
  assert.deepEqual(submissionRules.map(({ id }) => id).filter((id) => !broken.has(id)), []);
});

Deno.test("submissionRules is written as messages are: no full stop, each id once", () => {
  const ids = submissionRules.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  for (const { id, text, fix } of submissionRules) {
    assert.match(id, /^[a-z0-9]+(-[a-z0-9]+)*$/);
    for (const words of [text, fix]) assert.match(words, /^[A-Z].*[^.]$/);
  }
});

Deno.test("checkSubmission() takes a model for the reference that equals it", async () => {
  const files = pythonTree().set("closed/acme/code/ad/model.tflite", smallModel([1, 2]));
  const report = await withTree(
    files,
    (folder) => checkSubmission(folder, { reference: smallReference }),
  );
  assert.deepEqual(report.findings, []);
});
