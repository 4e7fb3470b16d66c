/** Sweeps over a real Redis. */
import assert from "node:assert/strict";
import { InputError } from "../../../lib/errors.ts";
import { sweep } from "../../../lib/training/sweep/sweep.ts";
import { sweepWorker } from "../../../lib/training/sweep/sweep_queue.ts";
import type { SweepResult } from "../../../lib/training/sweep/sweep_results.ts";
import { cli, inFolder } from "../../cli/thimble.ts";
import { testWith } from "../../reference.ts";

const module = import.meta.resolve("./tasks.ts");

const present = await new Deno.Command("redis-server", { args: ["--version"], stdout: "null" })
  .output().then(({ success }) => success, () => false);
const needs = { present, otherwise: "no redis-server" };

/** A Redis of the test's own, on a port that is free. */
async function withRedis(use: (url: string, folder: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    listener.close();
    const child = new Deno.Command("redis-server", {
      args: ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder],
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      for (;;) {
        const reached = await Deno.connect({ port }).then((socket) => {
          socket.close();
          return true;
        }, () => false);
        if (reached) break;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await use(`redis://127.0.0.1:${port}`, folder);
    } finally {
      child.kill("SIGKILL");
      await child.status;
    }
  });
}

async function finish(run: ReturnType<typeof sweep>): Promise<SweepResult[]> {
  let step = await run.next();
  while (!step.done) step = await run.next();
  return step.value;
}

const exists = (path: string) => Deno.stat(path).then(() => true, () => false);

testWith(needs, "sweep() runs on workers that take jobs from Redis", async () => {
  await withRedis(async (redis, folder) => {
    const stop = new AbortController();
    const seen: string[] = [];
    const workers = [0, 1].map(() =>
      sweepWorker({
        redis,
        module,
        signal: stop.signal,
        onResult: ({ id }) => seen.push(id),
      })
    );
    try {
      const plan = { task: "picky", grid: { n: [1, 2, 3, 4] } };
      const results = await finish(sweep(plan, { out: `${folder}/r.jsonl`, redis }));
      assert.deepEqual(results.map(({ metrics, error }) => metrics?.n ?? error), [
        1,
        "Two is not liked",
        3,
        4,
      ]);
      assert.equal(new Set(seen).size, 4);
      // Again, as a new sweep: old results in Redis are not taken for new ones.
      const again = await finish(sweep(plan, { out: `${folder}/s.jsonl`, redis }));
      assert.equal(again.length, 4);
    } finally {
      stop.abort();
      await Promise.all(workers);
    }
  });
});

testWith(needs, "a worker that is killed in the middle of a job loses nothing", async () => {
  await withRedis(async (redis, folder) => {
    const gate = `${folder}/gate`;
    const plan = { task: "slow", fixed: { gate }, grid: { n: [1, 2] } };
    const results = finish(sweep(plan, { out: `${folder}/r.jsonl`, redis }));
    const lost = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--quiet",
        cli,
        "sweep",
        "--worker",
        "--redis",
        redis,
        "--module",
        new URL(module).pathname,
        "--lock",
        "1",
      ],
      stdout: "null",
      stderr: "null",
    }).spawn();
    while (!await exists(`${gate}.begun`)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    lost.kill("SIGKILL");
    await lost.status;
    await Deno.writeTextFile(gate, "");
    const stop = new AbortController();
    // Its place is taken once the lost worker's lock has run out.
    const rescue = sweepWorker({ redis, module, signal: stop.signal, lockMs: 1000 });
    try {
      assert.deepEqual((await results).map(({ metrics }) => metrics?.n), [1, 2]);
    } finally {
      stop.abort();
      await rescue;
    }
  });
});

Deno.test("sweep() says so where there is no Redis", async () => {
  await inFolder(async (folder) => {
    const plan = { task: "area", grid: { a: [1] } };
    for (const redis of ["redis://127.0.0.1:1", "http://127.0.0.1", "nonsense"]) {
      await assert.rejects(finish(sweep(plan, { out: `${folder}/r.jsonl`, redis })), InputError);
    }
  });
});
