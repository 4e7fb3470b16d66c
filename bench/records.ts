/**
 * What reading costs: the log of one accuracy run of 1000 files, and 150 MB of rounds. Real logs where the reference data
 * lies beside the project, else text of the same form.
 */
import { cpus } from "node:os";
import { EnergyRunnerLog } from "../lib/sessions/energyrunner/energyrunner_log.ts";
import { Findings } from "../lib/sessions/findings.ts";
import { linesOf } from "../lib/sessions/lines_of.ts";
import { readSession } from "../lib/sessions/read_session.ts";
import { scoreSession } from "../lib/sessions/score_session.ts";
import { readRounds } from "../lib/sessions/rounds/read_rounds.ts";
import { sharedDir } from "../tests/reference.ts";

console.log(
  `${cpus()[0]?.model ?? "unknown CPU"}, Deno ${Deno.version.deno}, ${Deno.build.target}`,
);

const roundsBytes = 150e6;
const classes = "down go left no off on right stop up yes silence unknown".split(" ");

function accuracyLog(): string {
  const lines = ["00016.941 session: m-session-start-id[20210609105411]", "dut: m-model-[kws01]"];
  for (let i = 0; i < 1000; i++) {
    const label = i % 12;
    const file = `tst_${String(i).padStart(6, "0")}_${classes[label]}_${label}.bin`;
    const load = `bload dut "/home/user/eembc/runner/benchmarks/ulp-mlperf/datasets/kws01/${file}"`;
    const at = `000${(17 + i * 0.33).toFixed(3)}`;
    const outputs = classes.map((_, k) => (k === label ? 0.996 : 0).toFixed(3));
    lines.push(
      `${at} sequencer: m-sequencing-i[${i}]-command[${load}]-ack[/parser: m-ready/]-ms[7840]`,
      `${at} parser: Command "${load}"`,
      `${at} parser: File size is 490, loading...`,
      `${at} parser: Starting at byte offset 0`,
      `${at} parser: Sending 490 bytes`,
      `${at} parser: m-mute-target[dut]`,
      `${at} parser: m-unmute-target[dut]`,
      `${at} parser: Binary load took 0.131 sec, or 3.729 kB/sec`,
      `${at} parser: m-bload-done`,
      `${at} parser: m-ready-finished[bload]`,
      `${at} sequencer: m-sequencing-i[${i}]-command[dut infer 1 0]-ack[/dut.?: m-ready/]-ms[-1]`,
      `${at} parser: Command "dut infer 1 0"`,
      `${at} dut: m-warmup-start-0`,
      `${at} dut: m-infer-start-1`,
      `${at} dut: m-lap-us-${26189717 + i * 330000}`,
      `${at} dut: m-lap-us-${26372701 + i * 330000}`,
      `${at} dut: m-infer-done`,
      `${at} dut: m-results-[${outputs}]`,
      `${at} dut: m-ready`,
    );
  }
  return [...lines, "sequencer: m-sequencer-stop", ""].join("\n");
}

async function times(count: number, call: () => Promise<unknown>): Promise<string> {
  const durations: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await call();
    durations.push(performance.now() - start);
  }
  const [first, ...rest] = durations;
  const best = Math.min(...rest).toFixed(1);
  return `${first.toFixed(1)} ms the first time, ${best} ms when warm`;
}

const folder = await Deno.makeTempDir();
try {
  const source = sharedDir &&
    `${sharedDir}reference/sessions/energyrunner/v0.5-nucleo-l4r5zi/kws/accuracy/log.txt`;
  const text = source ? await Deno.readTextFile(source) : accuracyLog();
  const accuracy = `${folder}/accuracy`;
  await Deno.mkdir(accuracy);
  await Deno.writeTextFile(`${accuracy}/log.txt`, text);
  const path = `${accuracy}/log.txt`;
  const parse = async () => {
    const log = new EnergyRunnerLog(path, new Findings());
    for await (const { lines, first } of linesOf(path)) {
      for (let i = 0; i < lines.length; i++) log.push(lines[i], first + i);
    }
    return log.runs.length;
  };
  const megabytes = (text.length / 1e6).toFixed(1);
  console.log(`${source ? "published" : "generated"} log of 1000 inferences, ${megabytes} MB`);
  console.log(`  parsed in ${await times(10, parse)}`);
  const score = async () => scoreSession(await readSession(accuracy));
  console.log(`  as a session, scored, in ${await times(10, score)}`);

  const results = `${folder}/tiny_results_v9.9/closed/someone/results`;
  const copies = Math.ceil(roundsBytes / text.length);
  for (let i = 0; i < copies; i++) {
    const place = `${results}/board${i}/kws/accuracy`;
    await Deno.mkdir(place, { recursive: true });
    await Deno.writeTextFile(`${place}/log.txt`, text);
  }
  const start = performance.now();
  const rows = await readRounds(folder);
  const seconds = (performance.now() - start) / 1000;
  const total = (copies * text.length / 1e6).toFixed(0);
  const peak = (Deno.memoryUsage().rss / 1e6).toFixed(0);
  console.log(`${total} MB of such logs: ${rows.length} rows in ${seconds.toFixed(2)} s`);
  console.log(`  resident memory at the end ${peak} MB`);
} finally {
  await Deno.remove(folder, { recursive: true });
}
