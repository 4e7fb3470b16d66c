import assert from "node:assert/strict";
import { benchmarks } from "../../lib/benchmarks.ts";
import { InputError } from "../../lib/errors.ts";
import { demoData } from "../../lib/runner/demo_data.ts";
import { openVirtualBoard } from "../../lib/runner/open_virtual_board.ts";
import { WindowError } from "../../lib/runner/performance.ts";
import { type RunEvent, runSession, type RunSessionOptions } from "../../lib/runner/run_session.ts";
import { DutLostError, FirmwareError } from "../../lib/serial/dut_errors.ts";
import type { Faults } from "../../lib/serial/virtual/faults.ts";
import { virtualPort } from "../../lib/serial/virtual/serve_board.ts";
import { VirtualBoard } from "../../lib/serial/virtual/virtual_board.ts";
import type { Score } from "../../lib/sessions/score_session.ts";
import { isComplete } from "../../lib/sessions/session.ts";
import { readSession } from "../../lib/sessions/read_session.ts";

const benchmark = benchmarks.kws01;

async function options(
  session: string,
  changes: Partial<RunSessionOptions> & { faults?: Faults } = {},
): Promise<RunSessionOptions> {
  const { faults, ...rest } = changes;
  const connection = await openVirtualBoard({ benchmark, faults });
  return {
    connection,
    clock: connection.clock,
    benchmark,
    mode: "accuracy",
    data: demoData(benchmark),
    limit: 24,
    session,
    ...rest,
  };
}

async function finish(
  run: AsyncGenerator<RunEvent, Score>,
): Promise<{ events: RunEvent[]; score: Score }> {
  const events: RunEvent[] = [];
  for (;;) {
    const step = await run.next();
    if (step.done) return { events, score: step.value };
    events.push(step.value);
  }
}

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const parent = await Deno.makeTempDir();
  try {
    await use(`${parent}/session`);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

const resultsOf = async (folder: string) =>
  (await readSession(folder)).inferences.map(({ file, results }) => ({ file, results }));

Deno.test("runSession() runs accuracy, writes the session and scores it", () =>
  inFolder(async (folder) => {
    const { events, score } = await finish(runSession(await options(folder)));
    assert.equal(events[0].type, "start");
    assert.equal(events.at(-1)!.type, "stop");
    const inferences = events.filter((event) => event.type === "inference");
    assert.equal(inferences.length, 24);
    assert.equal(score.inputs, 24);
    assert.equal(score.source, "simulated");
    assert.ok(score.top1Percent! > 50);
    assert.deepEqual(score.findings.map(({ rule }) => rule).slice(0, 1), ["inputs"]);
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assert.deepEqual(names, ["events.jsonl", "log.txt", "results.json", "results.txt"]);
    assert.ok(isComplete(await readSession(folder)));
  }));

Deno.test("runSession() plans performance windows that are valid at the first try", () =>
  inFolder(async (folder) => {
    const { events, score } = await finish(
      runSession(await options(folder, { mode: "performance" })),
    );
    assert.equal(events.filter((event) => event.type === "window").length, 5);
    assert.equal(events.filter((event) => event.type === "notice").length, 0);
    assert.equal(score.valid, true);
    assert.deepEqual(score.findings.map(({ rule }) => rule), ["source"]);
    for (const window of score.windows!) {
      assert.ok(window.runtimeS >= 10 && window.iterations >= 10);
    }
  }));

Deno.test("runSession() tells progress that grows to the end", () =>
  inFolder(async (folder) => {
    const { events } = await finish(runSession(await options(folder)));
    const progress = events.filter((event) => event.type === "progress");
    assert.deepEqual(progress.map(({ done }) => done), Array.from({ length: 24 }, (_, i) => i + 1));
    assert.ok(progress.every(({ total }) => total === 24));
  }));

Deno.test("runSession() gives the same results on a line that drops and changes bytes", () =>
  inFolder(async (folder) => {
    await finish(runSession(await options(`${folder}-clean`)));
    const faults = { drop: 0.001, corrupt: 0.001, delayMs: 50, seed: 3 };
    const { events } = await finish(runSession(await options(folder, { faults })));
    assert.ok(events.some((event) => event.type === "notice"));
    assert.deepEqual(await resultsOf(folder), await resultsOf(`${folder}-clean`));
  }));

Deno.test("runSession() waits for a board that boots slowly", () =>
  inFolder(async (folder) => {
    const { score } = await finish(
      runSession(await options(folder, { faults: { bootMs: 4000 } })),
    );
    assert.equal(score.inputs, 24);
  }));

Deno.test("runSession() goes on after the board vanished, to the same results", () =>
  inFolder(async (folder) => {
    await finish(runSession(await options(`${folder}-whole`)));
    const faults = { vanishAfterBytes: 15_000 };
    await assert.rejects(finish(runSession(await options(folder, { faults }))), DutLostError);
    const broken = await readSession(folder);
    assert.equal(broken.stop?.reason, "failed");
    assert.equal(broken.stop?.error?.name, "DutLostError");
    assert.ok(broken.inferences.length > 3 && broken.inferences.length < 24);
    const { events, score } = await finish(runSession(await options(folder)));
    const again = events.filter((event) => event.type === "inference");
    assert.equal(again.length, 24 - broken.inferences.length);
    assert.equal(score.inputs, 24);
    assert.deepEqual(await resultsOf(folder), await resultsOf(`${folder}-whole`));
  }));

Deno.test("runSession() goes on after it was killed in the middle of a record", () =>
  inFolder(async (folder) => {
    await finish(runSession(await options(folder)));
    const whole = await resultsOf(folder);
    const text = await Deno.readTextFile(`${folder}/events.jsonl`);
    await Deno.writeTextFile(`${folder}/events.jsonl`, text.slice(0, text.length / 2));
    assert.equal((await readSession(folder)).findings.length, 1);
    const { score } = await finish(runSession(await options(folder)));
    assert.equal(score.inputs, 24);
    assert.deepEqual(await resultsOf(folder), whole);
    assert.equal((await readSession(folder)).findings.length, 0);
  }));

Deno.test("runSession() ends in order when it is cancelled", () =>
  inFolder(async (folder) => {
    const controller = new AbortController();
    const run = runSession(await options(folder, { signal: controller.signal }));
    for (let i = 0; i < 7; i++) await run.next();
    controller.abort(new DOMException("Cancelled", "AbortError"));
    await assert.rejects(finish(run), { name: "AbortError" });
    assert.equal((await readSession(folder)).stop?.reason, "cancelled");
  }));

Deno.test("runSession() notes that nobody listens any more", () =>
  inFolder(async (folder) => {
    for await (const event of runSession(await options(folder))) {
      if (event.type === "inference") break;
    }
    assert.equal((await readSession(folder)).stop?.reason, "cancelled");
  }));

Deno.test("runSession() does not run again what is complete", () =>
  inFolder(async (folder) => {
    await finish(runSession(await options(folder)));
    const { events, score } = await finish(runSession(await options(folder)));
    assert.deepEqual(events, []);
    assert.equal(score.inputs, 24);
  }));

Deno.test("runSession() writes the official files of a complete session that lacks them", () =>
  inFolder(async (folder) => {
    await finish(runSession(await options(folder)));
    const log = await Deno.readTextFile(`${folder}/log.txt`);
    await Deno.remove(`${folder}/log.txt`);
    await finish(runSession(await options(folder)));
    assert.equal(await Deno.readTextFile(`${folder}/log.txt`), log);
  }));

Deno.test("runSession() names the session that cannot be written", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(folder, "");
    const connection = (await options(folder)).connection;
    // The folder is made when the first record comes, after the board has answered.
    const session = `${folder}-new`;
    const open = connection.port.open.bind(connection.port);
    connection.port.open = async (settings) => {
      await Deno.writeTextFile(session, "in the way");
      await open(settings);
    };
    await assert.rejects(
      finish(runSession(await options(session, { connection }))),
      (error: InputError) => error instanceof InputError && error.source === session,
    );
  }));

Deno.test("runSession() names firmware that it cannot run, and offers no run of it", () =>
  inFolder(async (folder) => {
    const inner = new VirtualBoard({ benchmark, model: { macs: 1, results: () => ["1.0"] } });
    const receive = inner.receive.bind(inner);
    inner.receive = (bytes) => receive(bytes).replace("m-model-[kws01]", "m-model-[strww01]");
    const connection = { port: virtualPort(inner), name: "test", source: "simulated" as const };
    await assert.rejects(
      finish(runSession(await options(folder, { connection }))),
      (error: FirmwareError) => error.found === "strww01" && !error.hint!.includes("--benchmark"),
    );
  }));

Deno.test("runSession() says that the clock of a board stands still", () =>
  inFolder(async (folder) => {
    const inner = new VirtualBoard({
      benchmark,
      model: { macs: 40_000_000, results: () => Array(12).fill("0.083333") },
    });
    const receive = inner.receive.bind(inner);
    inner.receive = (bytes) => receive(bytes).replaceAll(/m-lap-us-\d+/g, "m-lap-us-7");
    const connection = { port: virtualPort(inner), name: "test", source: "simulated" as const };
    await assert.rejects(
      finish(runSession(await options(folder, { connection, mode: "performance" }))),
      (error: WindowError) => error instanceof WindowError && /stands still/.test(error.message),
    );
  }));

Deno.test("runSession() refuses to mix runs in a folder", () =>
  inFolder(async (folder) => {
    await finish(runSession(await options(folder)));
    const before = await Deno.readTextFile(`${folder}/events.jsonl`);
    for (const change of [{ mode: "performance" as const }, { limit: 5 }]) {
      await assert.rejects(
        finish(runSession(await options(folder, change))),
        (error: InputError) => error instanceof InputError && /another session/.test(error.hint!),
      );
    }
    assert.equal(await Deno.readTextFile(`${folder}/events.jsonl`), before);
    await Deno.mkdir(`${folder}-full`);
    await Deno.writeTextFile(`${folder}-full/thesis.txt`, "");
    await assert.rejects(finish(runSession(await options(`${folder}-full`))), /holds 'thesis.txt'/);
  }));

Deno.test("runSession() writes nothing where the board or its firmware is not the right one", () =>
  inFolder(async (folder) => {
    const board = (mode: "performance" | "energy", id: "kws01" | "ic01") => ({
      port: virtualPort(
        new VirtualBoard({
          benchmark: benchmarks[id],
          mode,
          model: { macs: 1, results: () => ["1.0"] },
        }),
      ),
      name: "test",
      source: "simulated" as const,
    });
    const other = await options(folder, { connection: board("performance", "ic01") });
    await assert.rejects(finish(runSession(other)), (error: FirmwareError) => {
      assert.ok(error instanceof FirmwareError);
      assert.deepEqual([error.found, error.expected], ["ic01", "kws01"]);
      return true;
    });
    const energy = await options(folder, { connection: board("energy", "kws01") });
    await assert.rejects(finish(runSession(energy)), /energy mode/);
    await assert.rejects(Deno.stat(folder), Deno.errors.NotFound);
  }));

Deno.test("runSession() runs a window again whose duration does not fit its inferences", () =>
  inFolder(async (folder) => {
    // A clock that loses a digit once, as a line that drops bytes makes it.
    const inner = new VirtualBoard({
      benchmark,
      model: { macs: 40_000_000, results: () => Array(12).fill("0.083333") },
    });
    let damaged = false;
    const receive = inner.receive.bind(inner);
    inner.receive = (bytes) => {
      const answer = receive(bytes);
      if (damaged || !/m-infer-start-\d\d/.test(answer)) return answer;
      damaged = true;
      const [first] = answer.match(/m-lap-us-\d+/)!;
      return answer.replace(first, first.slice(0, -1));
    };
    const connection = { port: virtualPort(inner), name: "test", source: "simulated" as const };
    const { events, score } = await finish(
      runSession(await options(folder, { connection, mode: "performance" })),
    );
    assert.ok(damaged);
    const [notice] = events.filter((event) => event.type === "notice");
    assert.match(notice.text, /Window 1 took .* not as expected/);
    assert.equal(score.valid, true);
  }));

Deno.test("runSession() gets its windows of a board that is faster in them than in probes", () =>
  inFolder(async (folder) => {
    // As a program on a machine that does other things too.
    const inner = new VirtualBoard({
      benchmark,
      model: { macs: 40_000_000, results: () => Array(12).fill("0.083333") },
    });
    const receive = inner.receive.bind(inner);
    let windows = 0;
    inner.receive = (bytes) => {
      const answer = receive(bytes);
      const laps = [...answer.matchAll(/m-lap-us-(\d+)/g)].map((match) => Number(match[1]));
      if (laps.length !== 2 || laps[1] - laps[0] < 5e6) return answer;
      const factor = [0.6, 0.45][windows++] ?? 0.4;
      const endUs = laps[0] + Math.round(factor * (laps[1] - laps[0]));
      return answer.replace(`m-lap-us-${laps[1]}`, `m-lap-us-${endUs}`);
    };
    const connection = { port: virtualPort(inner), name: "test", source: "simulated" as const };
    const { score } = await finish(
      runSession(await options(folder, { connection, mode: "performance" })),
    );
    assert.equal(score.valid, true);
  }));
