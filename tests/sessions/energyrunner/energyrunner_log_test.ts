import assert from "node:assert/strict";
import { EnergyRunnerLog } from "../../../lib/sessions/energyrunner/energyrunner_log.ts";
import { Findings } from "../../../lib/sessions/findings.ts";

function parse(...lines: string[]) {
  const findings = new Findings();
  const log = new EnergyRunnerLog("log.txt", findings);
  lines.forEach((line, i) => log.push(line, i + 1));
  return { log, findings: findings.list() };
}

const load = 'parser: Command "bload dut "/home/a b/datasets/ic01/dog_s_002298.bin" 512 2560"';

Deno.test("EnergyRunnerLog reads a run", () => {
  const { log } = parse(
    "00001.000 session: m-session-start-id[20210603010201]",
    "00001.000 parser: m-bmark-run-name[ML Performance 1.0.1]-code[ulp-mlperf]",
    "00001.000 parser: m-version[3.0.6]",
    "00001.000 parser: m-bm-cfg-name[ulp-mlperf]-key[runMode]-val[bmark]",
    "00001.000 dut: m-lap-us-77",
    `00001.000 ${load}`,
    '00001.000 parser: Command "dut infer 100 1"',
    "00001.000 dut: m-warmup-start-1",
    "00001.000 dut: m-infer-start-100",
    "00001.000 dut: m-lap-us-251222283",
    "00001.000 dut: m-lap-us-269414673",
    "00001.000 dut: m-infer-done",
    "00001.000 dut: m-results-[0.000,0.003,0.761]",
    "00001.000 sequencer: m-sequencer-stop",
  );
  assert.deepEqual(log.runs, [{
    file: "dog_s_002298.bin",
    offset: 512,
    iterations: 100,
    warmups: 1,
    lapsUs: [251222283, 269414673],
    results: [0, 0.003, 0.761],
    line: 9,
  }]);
  assert.equal(log.dataset, "ic01");
  assert.deepEqual([log.began, log.ended], [true, true]);
  assert.equal(log.facts.get("version"), "3.0.6");
  assert.equal(log.facts.get("cfg runMode"), "bmark");
});

Deno.test("EnergyRunnerLog finds tokens wherever they are", () => {
  const { log, findings } = parse(
    "dut: profile%m-profile-[ULPMark]",
    "m-model-[kws01]",
    "timestampm-lap-us-604250223",
    "00002.000 io: [dut]: infer 300 1m-warmup-start-1",
    "\x1b[32mm-infer-start-300m-lap-us-1000\r",
    "src_mem_size: 3072m-lap-us-2000m-infer-done",
    "Type errorm-results-[0.02,0.97,]",
  );
  assert.equal(log.runs.length, 1);
  const { iterations, warmups, lapsUs, results } = log.runs[0];
  assert.deepEqual([iterations, warmups, lapsUs, results], [300, 1, [1000, 2000], [0.02, 0.97]]);
  assert.deepEqual([log.facts.get("profile"), log.facts.get("model")], ["ULPMark", "kws01"]);
  assert.deepEqual(findings, []);
});

Deno.test("EnergyRunnerLog takes file names of Windows and of the IO manager's loads", () => {
  const { log } = parse(
    'parser: Command "bload dut "C:\\Users\\me\\datasets\\kws01\\tst_000000_Stop_7.bin""',
    "dut: m-infer-start-1",
    'parser: Command "bloadp "/x/ulp-mlperf/datasets/kws01/tst_000001_Left_2.bin""',
    "dut: m-infer-start-1",
  );
  const files = log.runs.map(({ file }) => file);
  assert.deepEqual(files, ["tst_000000_Stop_7.bin", "tst_000001_Left_2.bin"]);
});

Deno.test("EnergyRunnerLog reads on where the log has lost the parser's lines", () => {
  const { log } = parse(
    'sequencer: m-sequencing-i[5]-command[bload dut "/d/kws01/a.bin"]-ack[/parser: m-ready/]',
    "sequencer: m-sequencing-i[6]-command[dut infer 100 1]-ack[/dut.?: m-ready/]-ms[-1]",
    "dut: m-results-[1]",
  );
  assert.deepEqual(
    log.runs.map(({ file, iterations, results }) => [file, iterations, results]),
    [["a.bin", 100, [1]]],
  );
  assert.deepEqual([log.began, log.ended], [false, false]);
});

Deno.test("EnergyRunnerLog says what is wrong with results, each kind once", () => {
  const { log, findings } = parse(
    ...["m-results-[]", "m-results-[0.1,x]", "m-results-[0.5,0.5", "m-results-[]"].flatMap(
      (results) => ["dut: m-infer-start-1", `dut: ${results}`],
    ),
  );
  assert.deepEqual(log.runs.map(({ results }) => results), [[], [], [0.5, 0.5], []]);
  assert.deepEqual(findings, [
    { text: "'m-results' holds no value (2 times)", file: "log.txt", line: 2 },
    { text: "'m-results' holds what is no number", file: "log.txt", line: 4 },
    { text: "'m-results' has no end", file: "log.txt", line: 6 },
  ]);
});

Deno.test("EnergyRunnerLog keeps what the device prints in vain within bounds", () => {
  const chatter = Array.from({ length: 100_000 }, () => "dut: e-[got ack from dsp] m-m-m-lap-us-");
  const { log } = parse(
    ...chatter,
    `m-infer-start-${"9".repeat(50)}`,
    "m-lap-us-99999999999999999",
  );
  assert.equal(log.errors.length, 1000);
  assert.equal(log.runs[0].iterations, undefined);
  assert.deepEqual(log.runs[0].lapsUs, []);
});
