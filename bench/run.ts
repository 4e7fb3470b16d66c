/**
 * What a run costs by itself: a command and its answer over a pseudo-terminal, records, inferences, the start of the
 * command line; and what that makes of the longest official run.
 */
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { type BenchmarkId, benchmarks } from "../lib/benchmarks.ts";
import { elementCount } from "../lib/model/graph.ts";
import { Int8Executor } from "../lib/model/int8/int8_executor.ts";
import { readTflite } from "../lib/model/tflite/read_tflite.ts";
import { demoData, demoModel } from "../lib/runner/demo_data.ts";
import { loadVirtualBoard, openVirtualBoard } from "../lib/runner/open_virtual_board.ts";
import { runSession } from "../lib/runner/run_session.ts";
import { median } from "../lib/scoring/median.ts";
import { Dut } from "../lib/serial/dut.ts";
import { PosixSerialPort } from "../lib/serial/posix_port.ts";
import { openPseudoTerminal } from "../lib/serial/pseudo_terminal.ts";
import { serveBoard } from "../lib/serial/virtual/serve_board.ts";
import { sharedDir } from "../tests/reference.ts";

console.log(
  `${cpus()[0]?.model ?? "unknown CPU"}, Deno ${Deno.version.deno}, ${Deno.build.target}`,
);

/** Times of `count` calls in ms, shortest first. */
async function times(count: number, call: () => unknown): Promise<number[]> {
  const durations: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await call();
    durations.push(performance.now() - start);
  }
  return durations.sort((a, b) => a - b);
}

async function commands(): Promise<number> {
  const terminal = openPseudoTerminal();
  await terminal.port.open({ baudRate: 115_200 });
  const board = await loadVirtualBoard({ benchmark: benchmarks.kws01 });
  const served = serveBoard(board, terminal.port);
  const port = new PosixSerialPort(terminal.path);
  const dut = await Dut.connect(port);
  await times(500, () => dut.name());
  const sorted = await times(3000, () => dut.name());
  await dut[Symbol.asyncDispose]();
  await terminal[Symbol.asyncDispose]();
  await served;
  const us = median(sorted) * 1000;
  console.log(
    `command and answer over a pseudo-terminal, board included: median ${us.toFixed(1)} µs`,
  );
  return us;
}

async function records(): Promise<void> {
  const session = await Deno.makeTempDir();
  const benchmark = benchmarks.kws01;
  const connection = await openVirtualBoard({ benchmark });
  const data = demoData(benchmark);
  const { clock } = connection;
  let events = 0;
  const start = performance.now();
  const run = runSession({ connection, clock, benchmark, mode: "accuracy", data, session });
  while (!(await run.next()).done) events++;
  const seconds = (performance.now() - start) / 1000;
  console.log(
    `demo accuracy run in memory: ${(events / seconds).toFixed(0)} events/s, each record on disk`,
  );
  await Deno.remove(session, { recursive: true });
}

async function inferences(): Promise<void> {
  const models: [string, string][] = sharedDir
    ? (["kws01", "ic01", "vww01", "ad01"] satisfies BenchmarkId[]).map((id) => [
      id,
      `${sharedDir}reference/models/${benchmarks[id].model.file}`,
    ])
    : [["demo", demoModel()]];
  for (const [name, path] of models) {
    const executor = new Int8Executor(readTflite(await Deno.readFile(path)));
    const input = new Int8Array(elementCount(executor.input.shape));
    await times(3, () => executor.run(input));
    const ms = median(await times(20, () => executor.run(input)));
    console.log(`${name}: ${ms.toFixed(2)} ms an inference on the reference executor (TypeScript)`);
  }
}

async function help(): Promise<void> {
  const cli = fileURLToPath(new URL("../cli.ts", import.meta.url));
  const command = () =>
    new Deno.Command(Deno.execPath(), { args: ["run", "-q", cli, "--help"] }).output();
  await command();
  console.log(`thimble --help: ${median(await times(10, command)).toFixed(0)} ms`);
}

/** Wire time of one VWW accuracy run, 8N1: what is sent and answered for 1000 inputs of 27,648 bytes. */
function vwwSeconds(ownUs: number): void {
  const baud = 115_200;
  const chunks = Math.ceil(27_648 / 31);
  const chunk = "db ".length + 62 + "%".length + "m-ready\r\n".length;
  const rest = "db load 27648%m-[Expecting 27648 bytes]\r\nm-ready\r\ninfer 1 0%".length +
    "m-warmup-start-0\r\nm-warmup-done\r\nm-infer-start-1\r\nm-lap-us-1234567890\r\n".length +
    "m-lap-us-1234567890\r\nm-infer-done\r\nm-results-[0.996094,0.003906]\r\nm-ready\r\n".length;
  const wire = 1000 * (chunks * chunk + rest) * 10 / baud;
  const own = 1000 * (chunks + 2) * ownUs / 1e6;
  console.log(
    `vww01 accuracy at 115200 baud, by calculation: ${wire.toFixed(0)} s on the wire and ` +
      `${own.toFixed(0)} s of our own`,
  );
}

const ownUs = await commands();
await records();
await inferences();
await help();
vwwSeconds(ownUs);
