/** Published sessions as they are: every figure that their runner printed is computed again. */
import assert from "node:assert/strict";
import { readLabels } from "../../lib/sessions/labels.ts";
import { readSession } from "../../lib/sessions/read_session.ts";
import { scoreSession } from "../../lib/sessions/score_session.ts";
import { referenceTest, shared } from "../reference.ts";

const energyRunner = "reference/sessions/energyrunner/v0.5-nucleo-l4r5zi/";
const python = "reference/sessions/mlcrunner/v1.3-nucleo-u575zi-q/";

// How many figures each results.txt holds: of the run, and of its windows.
const published: [string, number][] = [
  [`${energyRunner}ad/energy`, 2 + 5 * 3 + 5 * 4],
  [`${energyRunner}ad/performance`, 1 + 5 * 3],
  [`${energyRunner}ic/energy`, 2 + 5 * 3 + 5 * 4],
  [`${energyRunner}ic/performance`, 1 + 5 * 3],
  [`${energyRunner}kws/energy`, 2 + 5 * 3 + 5 * 4],
  [`${energyRunner}kws/performance`, 1 + 5 * 3],
  [`${energyRunner}kws/accuracy`, 2],
  [`${python}kws/performance`, 1 + 5 * 3],
  [`${python}kws/energy`, 1 + 5 * 5],
  [`${python}kws/accuracy`, 2],
  [`${python}sww/performance`, 6],
];

for (const [path, figures] of published) {
  referenceTest(`readSession() and scoreSession() give what was printed: ${path}`, async () => {
    const session = await readSession(shared(path));
    const { printed = [], runner } = scoreSession(session);
    assert.equal(runner, path.startsWith(python) ? "mlcommons" : "energyrunner");
    assert.deepEqual(session.findings, []);
    assert.equal(session.stop?.reason, "done");
    assert.equal(printed.length, figures);
    assert.deepEqual(printed.filter(({ agrees }) => agrees !== true), []);
  });
}

referenceTest("readSession() tells what was run, on what, by which version", async () => {
  const { start, runnerVersion, began } = await readSession(shared(`${energyRunner}ic/energy`));
  assert.equal(runnerVersion, "ML Energy 1.0.1, 3.0.6");
  assert.equal(began, "2021-05-17T03:05:15");
  assert.deepEqual([start.benchmark, start.mode, start.planned], ["ic01", "energy", 5]);
  assert.equal(start.dut.profile, "ULPMark for tinyML Firmware V0.0.1");
  const other = await readSession(shared(`${python}kws/performance`));
  assert.equal(other.start.dut.name, "STMicroelectronics");
  assert.deepEqual([other.start.port, other.start.baudRate], ["COM31", 921_600]);
});

referenceTest(
  "detections of a run without results.json are counted from its log and a list",
  async () => {
    const path = shared(`${python}sww/energy`);
    const alone = scoreSession(await readSession(path));
    assert.equal(alone.truePositives, undefined);
    assert.ok(alone.findings.some(({ rule }) => rule === "labels"));
    assert.ok(alone.printed!.every(({ computed }) => computed === undefined));
    const labels = await readLabels(shared("reference/sww01"));
    const score = scoreSession(await readSession(path, { labels }));
    const { truePositives, falseNegatives, falsePositives } = score;
    assert.deepEqual([truePositives, falseNegatives, falsePositives], [44, 6, 4]);
  },
);

referenceTest("the Python runner's log alone gives what its results.json gives", async () => {
  for (const mode of ["performance", "accuracy"]) {
    const source = shared(`${python}kws/${mode}/`);
    const folder = await Deno.makeTempDir();
    try {
      for (const name of ["log.txt", "results.txt"]) {
        await Deno.copyFile(source + name, `${folder}/${name}`);
      }
      const [whole, logged] = [await readSession(source), await readSession(folder)];
      assert.deepEqual(logged.findings.map(({ text }) => text), [
        "There is no results.json: the log is read instead",
      ]);
      const [a, b] = [scoreSession(whole), scoreSession(logged)];
      assert.equal(b.mode, mode);
      assert.equal(b.throughputInfS?.toFixed(9), a.throughputInfS?.toFixed(9));
      assert.deepEqual([b.top1Percent, b.auc], [a.top1Percent, a.auc]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
});

referenceTest("the script of a published session is read whole", async () => {
  const { parseEnergyRunnerScript } = await import(
    "../../lib/sessions/energyrunner/energyrunner_script.ts"
  );
  const text = await Deno.readTextFile(shared(`${energyRunner}kws/energy/script.async`));
  const commands = parseEnergyRunnerScript(text);
  assert.equal(commands.length, text.match(/cmd:/g)!.length);
  assert.deepEqual(commands[5], { command: "emon power on", answer: "dut.: m-ready" });
  assert.ok(commands.some(({ answer }) => answer === "echo-message\\[head\\]"));
});
