import assert from "node:assert/strict";
import { InputError } from "../../../lib/errors.ts";
import { sweep, type SweepOptions } from "../../../lib/training/sweep/sweep.ts";
import { readSweepResults, type SweepResult } from "../../../lib/training/sweep/sweep_results.ts";
import {
  jobId,
  parseSweepPlan,
  sweepJobs,
  type SweepPlan,
} from "../../../lib/training/sweep/sweep_space.ts";
import { cli, inFolder, thimble } from "../../cli/thimble.ts";

const module = import.meta.resolve("./tasks.ts");

async function finish(plan: SweepPlan, options: SweepOptions): Promise<SweepResult[]> {
  const run = sweep(plan, { module, ...options });
  let step = await run.next();
  while (!step.done) step = await run.next();
  return step.value;
}

Deno.test("sweepJobs() are all combinations, or as many random ones as the budget has room for", () => {
  const grid = sweepJobs({ task: "t", grid: { a: [1, 2, 3], b: ["x", "y"] } });
  assert.equal(grid.length, 6);
  assert.equal(new Set(grid.map(({ id }) => id)).size, 6);
  const plan: SweepPlan = {
    task: "t",
    grid: { a: [1, 2] },
    random: { rate: { min: 1e-4, max: 1e-1, log: true }, n: { min: 1, max: 3, whole: true } },
    budget: 21,
  };
  const jobs = sweepJobs(plan);
  assert.equal(jobs.length, 21);
  assert.deepEqual(jobs, sweepJobs(plan));
  assert.notDeepEqual(jobs, sweepJobs({ ...plan, seed: 2 }));
  for (const { settings: { rate, n } } of jobs) {
    assert(Number(rate) >= 1e-4 && Number(rate) <= 1e-1);
    assert([1, 2, 3].includes(Number(n)));
  }
  // Of three values there are no more than three jobs, whatever the budget.
  assert.equal(sweepJobs({ task: "t", random: { n: [1, 2, 3] }, budget: 10 }).length, 3);
  assert.throws(() => sweepJobs({ task: "t", random: { n: [1] } }), InputError);
  const many = Array.from({ length: 1000 }, (_, i) => i);
  assert.throws(() => sweepJobs({ task: "t", grid: { a: many, b: many } }), InputError);
});

Deno.test("jobId() goes by settings, in whichever order they stand", () => {
  assert.equal(jobId("t", { a: 1, b: 2 }), jobId("t", { b: 2, a: 1 }));
  assert.notEqual(jobId("t", { a: 1 }), jobId("t", { a: "1" }));
});

Deno.test("parseSweepPlan() refuses what it does not know", () => {
  for (
    const text of [
      "",
      "{}",
      '{"task":"t","gird":{}}',
      '{"task":"t","grid":{"a":[]}}',
      '{"task":"t","grid":{"__proto__":[1]},"x":1}',
      '{"task":"t","random":{"a":{"min":2,"max":1}}}',
      '{"task":"t","random":{"a":{"min":0,"max":1,"log":true}}}',
      '{"task":"../evil"}',
    ]
  ) {
    assert.throws(() => parseSweepPlan(text), InputError, text);
  }
});

Deno.test("sweep() gives the same results for any number of workers", async () => {
  await inFolder(async (folder) => {
    const plan = { task: "area", grid: { a: [1, 2, 3], b: [4, 5] } };
    const one = await finish(plan, { out: `${folder}/one.jsonl` });
    const three = await finish(plan, { out: `${folder}/three.jsonl`, workers: 3 });
    const facts = (results: SweepResult[]) => results.map(({ id, metrics }) => [id, metrics]);
    assert.deepEqual(facts(three), facts(one));
    assert.equal((await readSweepResults(`${folder}/three.jsonl`)).length, 6);
  });
});

Deno.test("sweep() keeps failures as results, and survives a worker that a job takes down", async () => {
  await inFolder(async (folder) => {
    const picky = await finish({ task: "picky", grid: { n: [1, 2, 3] } }, { out: `${folder}/p` });
    assert.deepEqual(picky.map(({ error }) => error), [undefined, "Two is not liked", undefined]);
    const crash = await finish({ task: "crash", grid: { n: [0, 1, 2] } }, { out: `${folder}/c` });
    assert.match(crash[1].error!, /Down it goes/);
    assert.deepEqual([crash[0].metrics, crash[2].metrics], [{ n: 0 }, { n: 2 }]);
    const unknown = await finish({ task: "toString", grid: { n: [0] } }, { out: `${folder}/u` });
    assert.match(unknown[0].error!, /Cannot find the task/);
  });
});

Deno.test("sweep() does what is left, and tries failures again only when asked", async () => {
  await inFolder(async (folder) => {
    const out = `${folder}/results.jsonl`;
    await finish({ task: "picky", grid: { n: [1, 2] } }, { out });
    // A line that was cut off in the middle is done again.
    await Deno.writeTextFile(out, '{"id":"half', { append: true });
    const ran: string[] = [];
    const plan = { task: "picky", grid: { n: [1, 2, 3] } };
    for await (const event of sweep(plan, { out, module })) {
      if (event.type === "result") ran.push(String(event.result.settings.n));
    }
    assert.deepEqual(ran, ["3"]);
    for await (const event of sweep(plan, { out, module, retry: true })) {
      if (event.type === "result") ran.push(String(event.result.settings.n));
    }
    assert.deepEqual(ran, ["3", "2"]);
    await Deno.writeTextFile(out, "something else\n");
    await assert.rejects(finish(plan, { out }), InputError);
    assert.equal(await Deno.readTextFile(out), "something else\n");
  });
});

Deno.test("sweep() ends when it is told to, and what is done is kept", async () => {
  await inFolder(async (folder) => {
    const out = `${folder}/results.jsonl`;
    const controller = new AbortController();
    const plan = { task: "slow", fixed: { gate: `${folder}/gate` }, grid: { n: [1, 2] } };
    const run = sweep(plan, { out, module, signal: controller.signal });
    const next = run.next();
    next.catch(() => {});
    while (!await Deno.stat(`${folder}/gate.begun`).then(() => true, () => false)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    controller.abort(new Error("Enough"));
    await assert.rejects(next, /Enough/);
    await Deno.writeTextFile(`${folder}/gate`, "");
    assert.equal((await finish(plan, { out })).length, 2);
  });
});

Deno.test("thimble sweep prints a table, sorted", async () => {
  await inFolder(async (folder) => {
    const plan = { task: "area", fixed: { b: 3 }, grid: { a: [1, 5, 2] } };
    await Deno.writeTextFile(`${folder}/plan.json`, JSON.stringify(plan));
    const tasks = new URL(module).pathname;
    const { code, out, err } = await thimble(
      [
        "sweep",
        "plan.json",
        "--out",
        "r.jsonl",
        "--module",
        tasks,
        "--sort",
        "area",
        "--descending",
      ],
      folder,
    );
    assert.equal(code, 0, err);
    assert.deepEqual(
      out.trim().split("\n").map((line) => line.trim().split(/\s+/).slice(0, 2).join(" ")),
      ["a area", "5 15", "2 6", "1 3"],
    );
    const missing = await thimble(["sweep", "none.json", "--out", "r.jsonl"], folder);
    assert.equal(missing.code, 2);
  });
});

Deno.test("thimble sweep says that jobs failed, and fails where all of them did", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/plan.json`, '{"task": "none", "grid": {"a": [1, 2]}}');
    const { code, err } = await thimble(["sweep", "plan.json", "--out", "r.jsonl"], folder);
    assert.equal(code, 1);
    assert.match(err, /2 of 2 jobs failed, the first: Cannot find the task 'none'/);
    assert.match(err, /--retry/);
  });
});

Deno.test("thimble sweep ends at Ctrl-C and says how to go on", async () => {
  await inFolder(async (folder) => {
    const plan = { task: "slow", fixed: { gate: `${folder}/gate` }, grid: { n: [1, 2] } };
    await Deno.writeTextFile(`${folder}/plan.json`, JSON.stringify(plan));
    const tasks = new URL(module).pathname;
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", "--allow-read", "--allow-write", "--allow-env", cli]
        .concat(["sweep", "plan.json", "--out", "r.jsonl", "--module", tasks]),
      cwd: folder,
      env: { NO_COLOR: "1" },
      stdout: "null",
      stderr: "piped",
    }).spawn();
    while (!await Deno.stat(`${folder}/gate.begun`).then(() => true, () => false)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    process.kill("SIGINT");
    const { code, stderr } = await process.output();
    assert.equal(code, 130);
    assert.match(new TextDecoder().decode(stderr), /Cancelled: the same command goes on/);
  });
});
