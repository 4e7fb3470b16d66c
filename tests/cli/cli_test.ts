/** The command line as a user meets it: a process, its output and its exit code. */
import assert from "node:assert/strict";
import { openPseudoTerminal } from "../../lib/serial/pseudo_terminal.ts";
import { loadVirtualBoard } from "../../lib/runner/open_virtual_board.ts";
import { demoBenchmark, demoData } from "../../lib/runner/demo_data.ts";
import { serveBoard } from "../../lib/serial/virtual/serve_board.ts";
import { cli, inFolder, thimble } from "./thimble.ts";

const run = (session: string, ...more: string[]) => [
  "run",
  "--benchmark",
  "kws01",
  "--mode",
  "accuracy",
  "--session",
  session,
  "--limit",
  "12",
  ...more,
];

Deno.test("thimble --help lists the commands; without one it is a usage error", async () => {
  const help = await thimble(["--help"]);
  assert.equal(help.code, 0);
  for (const command of ["run", "score", "devices", "benchmarks", "notebook", "demo"]) {
    assert.match(help.out, new RegExp(`^  ${command} `, "m"));
    const { code, out } = await thimble([command, "--help"]);
    assert.equal(code, 0, command);
    assert.match(out, /^Usage: thimble/);
  }
  assert.equal((await thimble([])).code, 2);
  assert.equal((await thimble(["constructor"])).code, 2);
});

Deno.test("thimble run and score on the virtual board, in the caller's folder", () =>
  inFolder(async (folder) => {
    const ran = await thimble(run("s", "--port", "virtual", "--json"), folder);
    assert.equal(ran.code, 0, ran.err);
    const score = JSON.parse(ran.out);
    assert.equal(score.inputs, 12);
    assert.equal(score.source, "simulated");
    assert.match(ran.err, /kws01 accuracy: 12 of 12 inferences/);
    const again = await thimble(["--cwd", folder, "score", "s", "--json"]);
    assert.equal(again.code, 0, again.err);
    assert.equal(JSON.parse(again.out).top1Percent, score.top1Percent);
    const text = await thimble(["score", "s"], folder);
    assert.match(text.out, /Top-1 +\d+\.\d %/);
    assert.match(text.out, /simulated/);
  }));

Deno.test("thimble run has the same conversation over a pseudo-terminal and with a child process", () =>
  inFolder(async (folder) => {
    const memory = await thimble(run(`${folder}/memory`, "--port", "virtual", "--json"));
    await using terminal = openPseudoTerminal();
    await terminal.port.open({ baudRate: 115_200 });
    const served = serveBoard(await loadVirtualBoard({ benchmark: demoBenchmark }), terminal.port);
    const data = ["--data", demoData()];
    const pty = await thimble(run(`${folder}/pty`, "--port", terminal.path, "--json", ...data));
    assert.equal(pty.code, 0, pty.err);
    const board = `exec:${Deno.execPath()} run --allow-read --allow-env ${cli} board --stdio`;
    const child = await thimble(run(`${folder}/child`, "--port", board, "--json", ...data));
    assert.equal(child.code, 0, child.err);
    const scores = [memory, pty, child].map(({ out }) => JSON.parse(out));
    assert.deepEqual(scores[1].files, scores[0].files);
    assert.deepEqual(scores[2].files, scores[0].files);
    await terminal.port.close();
    await served;
  }));

Deno.test("thimble answers unusable input with one clear error and exit code 2", () =>
  inFolder(async (folder) => {
    const cases: [string[], RegExp][] = [
      [["run"], /--benchmark/],
      [["run", "--benchmark", "kws99"], /kws99.*\n.*kws01/],
      [["run", "--colour"], /--colour/],
      [run("s", "--port", "virtual", "--limit", "0"), /'0' for --limit/],
      [run("s", "--port", "virtual", "--data", "/nonexistent"), /y_labels\.csv/],
      [run("s", "--port", "virtual", "--model", cli), /ModelError/],
      [run("s", "--port", "/dev/ttyACM0", "--model", cli), /--model with a real board/],
      [["score"], /folder of one session/],
      [["score", folder], /Cannot open the session/],
    ];
    for (const [args, pattern] of cases) {
      const { code, out, err } = await thimble(args, folder);
      assert.equal(code, 2, `${args.join(" ")}: ${err}`);
      assert.match(err, pattern);
      assert.doesNotMatch(err, /\n +at /, "no stack");
      assert.equal(out, "");
    }
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  }));

Deno.test("thimble run ends with exit code 3 where there is no such port", () =>
  inFolder(async (folder) => {
    const args = run("s", "--port", "/dev/nonexistent", "--data", demoData());
    const { code, err } = await thimble(args, folder);
    assert.equal(code, 3, err);
    assert.match(err, /\/dev\/nonexistent/);
  }));

Deno.test("thimble score refuses a run that did not end, with what there is of it", () =>
  inFolder(async (folder) => {
    await thimble(run("s", "--port", "virtual", "--quiet"), folder);
    const events = await Deno.readTextFile(`${folder}/s/events.jsonl`);
    await Deno.writeTextFile(`${folder}/s/events.jsonl`, events.slice(0, -300));
    const { code, out, err } = await thimble(["score", "s"], folder);
    assert.equal(code, 1);
    assert.match(out, /did not end/);
    assert.match(err, /cut off/);
  }));

Deno.test("thimble demo runs both modes", () =>
  inFolder(async (folder) => {
    const { code, out, err } = await thimble(["demo", "--session", folder]);
    assert.equal(code, 0, err);
    assert.match(out, /Throughput/);
    assert.match(out, /Top-1/);
    assert.match(out, /simulated/);
  }));

Deno.test("thimble benchmarks prints the table as text and as JSON", async () => {
  const { out } = await thimble(["benchmarks", "--json"]);
  assert.deepEqual(
    JSON.parse(out).map(({ id }: { id: string }) => id),
    ["kws01", "vww01", "ic01", "ad01", "ic02", "sww01"],
  );
  assert.match((await thimble(["benchmarks"])).out, /ad01 +Anomaly detection/);
});
