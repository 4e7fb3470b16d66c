import assert from "node:assert/strict";
import { readOfficialLines } from "../../lib/submission/official_lines.ts";
import { referenceTest, shared } from "../reference.ts";

Deno.test("readOfficialLines() takes the last of several lines, whatever ends them", () => {
  const { throughputInfS, auc } = readOfficialLines(
    "a Median throughput is 1.5 inf./sec.\r\na Median throughput is  2.5 inf./sec. x\rb AUC = 0.9\nb AUC: 0.8",
  );
  assert.deepEqual(throughputInfS, { value: 2.5, line: 2 });
  assert.deepEqual(auc, { value: 0.8, line: 4 });
});

Deno.test("readOfficialLines() passes by lines that only look so", () => {
  const text = [
    "Median throughput is 1.5 inf./sec.", // nothing before it
    "a Median throughput is -1.5 inf./sec.",
    "a Median throughput is 1.5 inf/s",
    "Top-1: 91.1%",
    "a Top-1 91.1%",
    "Median energy cost is  12 uJ/inf.",
    "Accuracy: 44 true positives, 6 false negatives, 4 false positives",
  ].join("\n");
  assert.deepEqual(readOfficialLines(text), {});
});

Deno.test("readOfficialLines() tells what is no number", () => {
  assert.ok(Number.isNaN(readOfficialLines("a AUC = 0.9.1")?.auc?.value));
});

referenceTest("readOfficialLines() reads what both runners print", async () => {
  const read = async (path: string) =>
    readOfficialLines(await Deno.readTextFile(shared(`reference/sessions/${path}/results.txt`)));
  const python = "mlcrunner/v1.3-nucleo-u575zi-q";
  const energyRunner = "energyrunner/v0.5-nucleo-l4r5zi/kws";
  assert.deepEqual(await read(`${python}/kws/accuracy`), {
    top1Percent: { value: 90.2, line: 1 },
    auc: { value: 0.995, line: 2 },
  });
  assert.equal((await read(`${python}/kws/performance`)).throughputInfS?.value, 34.489);
  assert.equal((await read(`${python}/kws/energy`)).energyUjPerInf?.value, 664.4239);
  const streaming = await read(`${python}/sww/energy`);
  assert.deepEqual(streaming.detections, {
    truePositives: 44,
    falseNegatives: 6,
    falsePositives: 4,
    line: 11,
  });
  assert.equal(streaming.streamingThroughputInfS?.value, 85.789);
  assert.equal((await read(`${energyRunner}/accuracy`)).top1Percent?.value, 90.1);
  assert.equal((await read(`${energyRunner}/performance`)).throughputInfS?.value, 5.497);
  assert.equal((await read(`${energyRunner}/energy`)).energyUjPerInf?.value, 7373.704);
});
