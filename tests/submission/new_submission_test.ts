import assert from "node:assert/strict";
import { InputError } from "../../lib/errors.ts";
import { checkSubmission } from "../../lib/submission/check_submission.ts";
import { type NewSubmission, newSubmission } from "../../lib/submission/new_submission.ts";
import { readSubmissionSession } from "../../lib/submission/submission_session.ts";
import { SubmissionTree } from "../../lib/submission/submission_tree.ts";
import { energyRunnerTree, type Files, pythonTree, withTree } from "./example_tree.ts";
import { writeMeasuredSession } from "./measured_session.ts";

const description = {
  "Submitter": "acme",
  "Status": "Available",
  "Board Name": "Board One",
  "Processor(s) Name": "Arm Cortex-M33",
  "Processor(s) Frequencies": "160 MHz",
  "Inference Framework": "acme runtime 1.0",
  "Supply": "1.8 V",
};

async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  return await withTree(new Map() as Files, use);
}

async function submission(
  folder: string,
  sources: readonly string[],
  options: Partial<NewSubmission> = {},
): Promise<NewSubmission> {
  const sessions = [];
  for (const source of sources) sessions.push(await readSubmissionSession(source));
  return {
    folder: `${folder}/out`,
    division: "closed",
    organisation: "acme",
    system: "board-1",
    description,
    sessions,
    ...options,
  };
}

Deno.test("newSubmission() makes a valid submission from Thimble's sessions", async () => {
  await withFolder(async (folder) => {
    const sources = [`${folder}/perf`, `${folder}/acc`];
    await writeMeasuredSession(sources[0], "performance");
    await writeMeasuredSession(sources[1], "accuracy");
    await newSubmission(await submission(folder, sources));
    const report = await checkSubmission(`${folder}/out`, { round: "v1.4" });
    assert.deepEqual(report.findings, []);
    const [{ throughputInfS, auc, official }] = report.results;
    assert.deepEqual([throughputInfS, auc, official], [100, 1, "taken"]);
    const json = await Deno.readTextFile(`${folder}/out/closed/acme/systems/board-1.json`);
    const fields = JSON.parse(json);
    assert.deepEqual([fields["Division"], fields["Supply"], fields["SoC Name"]], [
      "Closed",
      "1.8 V",
      "",
    ]);
    const tree = await SubmissionTree.read(`${folder}/out`);
    assert.deepEqual([...tree.filesBelow("")].map(({ path }) => path), [
      "closed/acme/code/README.md",
      "closed/acme/results/board-1/ad/accuracy/log.txt",
      "closed/acme/results/board-1/ad/accuracy/results.json",
      "closed/acme/results/board-1/ad/accuracy/results.txt",
      "closed/acme/results/board-1/ad/performance/log.txt",
      "closed/acme/results/board-1/ad/performance/results.json",
      "closed/acme/results/board-1/ad/performance/results.txt",
      "closed/acme/systems/board-1.json",
    ]);
  });
});

for (
  const [runner, files, round] of [
    ["the Python runner", pythonTree, "v1.4"],
    ["EnergyRunner", energyRunnerTree, "v1.3"],
  ] as const
) {
  Deno.test(`newSubmission() makes a valid submission from sessions of ${runner}`, async () => {
    await withTree(files(), async (folder) => {
      const home = `${folder}/closed/acme/results/board-1`;
      const sources = ["ad/performance", "ad/accuracy", "ad/energy", "sww/energy"]
        .filter((path) => files().has(`closed/acme/results/board-1/${path}/log.txt`));
      await newSubmission(await submission(folder, sources.map((path) => `${home}/${path}`)));
      const report = await checkSubmission(`${folder}/out`, { round });
      assert.deepEqual(report.findings, []);
      assert.equal(report.isValid, true);
    });
  });
}

Deno.test("newSubmission() adds systems to an open submission, and code to them", async () => {
  await withFolder(async (folder) => {
    const sources = [`${folder}/perf`, `${folder}/acc`];
    await writeMeasuredSession(sources[0], "performance");
    await writeMeasuredSession(sources[1], "accuracy");
    await Deno.mkdir(`${folder}/firmware/.git`, { recursive: true });
    await Deno.writeTextFile(`${folder}/firmware/main.c`, "int main;\n");
    const open = { division: "open", deviations: "Trained anew\n" } as const;
    const code = { firmware: `${folder}/firmware` };
    await newSubmission(await submission(folder, sources, { ...open, code }));
    await newSubmission(await submission(folder, sources, { ...open, system: "board-2" }));
    const report = await checkSubmission(`${folder}/out`, { round: "v1.4" });
    assert.deepEqual(report.findings, []);
    assert.deepEqual(report.results.map(({ system }) => system), ["board-1", "board-2"]);
    const home = `${folder}/out/open/acme`;
    assert.equal(await Deno.readTextFile(`${home}/code/firmware/main.c`), "int main;\n");
    assert.equal(
      await Deno.readTextFile(`${home}/DEVIATIONS.md`),
      "Trained anew\n\nTrained anew\n",
    );
    await assert.rejects(
      newSubmission(await submission(folder, sources, { ...open, system: "board-2" })),
      /is there already/,
    );
  });
});

Deno.test("newSubmission() refuses what cannot be submitted, and writes nothing", async () => {
  await withFolder(async (folder) => {
    const source = `${folder}/perf`;
    await writeMeasuredSession(source, "performance");
    await writeMeasuredSession(`${folder}/again`, "performance");
    const one = await submission(folder, [source]);
    const wrong: [Partial<NewSubmission>, RegExp][] = [
      [{ organisation: "../acme" }, /Cannot call a folder '\.\.\/acme'/],
      [{ system: "a b" }, /Cannot call a folder 'a b'/],
      [{ code: { "..": source } }, /Cannot call a folder '\.\.'/],
      [{ description: { ...description, Status: "Soon" } }, /'Status' is none of/],
      [{ description: {} }, /'Submitter' is missing/],
      [{ sessions: [] }, /without a session/],
      [{ division: "open" }, /without telling of deviations/],
      [
        { sessions: [...one.sessions, await readSubmissionSession(`${folder}/again`)] },
        /both are ad01/,
      ],
    ];
    for (const [change, message] of wrong) {
      await assert.rejects(newSubmission({ ...one, ...change }), (error) => {
        assert(error instanceof InputError);
        assert.match(error.message, message);
        return true;
      });
    }
    await assert.rejects(Deno.stat(`${folder}/out`));
  });
});

Deno.test("readSubmissionSession() refuses figures that were not measured", async () => {
  await withFolder(async (folder) => {
    await writeMeasuredSession(`${folder}/perf`, "performance", "simulated");
    await assert.rejects(
      readSubmissionSession(`${folder}/perf`),
      /figures are simulated, not measured/,
    );
    // Its official files say so too, wherever they are put.
    const files = pythonTree();
    const run = "closed/acme/results/board-1/ad/performance";
    for (const name of ["log.txt", "results.txt", "results.json"]) {
      files.set(`${run}/${name}`, await Deno.readTextFile(`${folder}/perf/${name}`));
    }
    const { findings } = await withTree(files, (tree) => checkSubmission(tree, { round: "v1.4" }));
    assert.deepEqual(
      findings.filter(({ severity }) => severity === "error").map(({ rule }) => rule),
      [
        "measured",
      ],
    );
  });
});
