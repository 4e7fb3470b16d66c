/**
 * A session of EEMBC's EnergyRunner (rounds v0.5 to v1.2, and some later ones).
 *
 * @module
 */
import { type Benchmark, findBenchmark } from "../../benchmarks.ts";
import type { EnergyWindow } from "../energy_trace.ts";
import { Findings } from "../findings.ts";
import { inferencesOf } from "../inferences_of.ts";
import { benchmarkOfName, labelOf } from "../labels.ts";
import { readLog } from "../read_log.ts";
import { readPrintedFigures } from "../read_printed_figures.ts";
import { readText } from "../read_text.ts";
import type { ForeignSessionOptions } from "../reader_options.ts";
import type { Session, SessionFiles, SessionMode, SessionWindow } from "../session.ts";
import { CumulativeEnergy } from "../../scoring/cumulative_energy.ts";
import { accumulatedSampleAt } from "../../scoring/sample_at.ts";
import { EnergyRunnerLog, type LoggedRun } from "./energyrunner_log.ts";
import { parseEnergyRunnerScript } from "./energyrunner_script.ts";
import { readEnergySamples } from "../trace_file.ts";
import { mostMissing } from "../score_windows.ts";
import { parseEnergyTimestamps } from "./energyrunner_trace.ts";

const largestScript = 20_000_000;
const largestTimestamps = 5_000_000;

/** Reads a session of EnergyRunner. What is odd becomes a finding. */
export async function readEnergyRunnerSession(
  files: SessionFiles,
  options: ForeignSessionOptions,
): Promise<Session> {
  const { findings } = options;
  const log = await readLog(files.log, new EnergyRunnerLog(files.log ?? "", findings), findings);
  const benchmark = benchmarkOf(log, files, options);
  const mode = options.mode ?? modeOf(log, files);
  const script = await readScript(files, findings);
  const session: Session = {
    runner: "energyrunner",
    runnerVersion: versionOf(log),
    start: {
      benchmark: benchmark?.id ?? "",
      mode,
      source: "measured",
      time: timeOf(log),
      dut: {
        name: log.facts.get("name-dut"),
        profile: log.facts.get("profile"),
        model: log.facts.get("model"),
      },
      planned: script,
    },
    began: timeOf(log),
    windows: [],
    inferences: [],
    energyWindows: [],
    energyTraces: [],
    printed: await readPrintedFigures(files.results, findings),
    notices: log.errors.map((text) => ({ text })),
    stop: log.ended ? { reason: "done" } : undefined,
    files,
    findings: [],
  };
  if (mode === "performance") {
    session.windows = windowsOf(log.runs, benchmark, files, options);
  } else if (mode === "accuracy") {
    session.inferences = accuracyOf(log.runs, benchmark, files, options);
  } else {
    await addEnergy(session, log.runs, findings);
  }
  session.findings = findings.list();
  return session;
}

function benchmarkOf(
  log: EnergyRunnerLog,
  files: SessionFiles,
  { benchmark, findings }: ForeignSessionOptions,
): Benchmark | undefined {
  const said = [log.facts.get("model"), log.facts.get("cfg model"), log.dataset]
    .map((name) => findBenchmark(name ?? ""))
    .find((found) => found !== undefined);
  const expected = findBenchmark(benchmark ?? "");
  if (said && expected && said.id !== expected.id) {
    findings.add(
      `The log is of '${said.id}', its folder of '${expected.id}': the log is believed`,
      {
        file: files.log,
      },
    );
  }
  if (!said && log.facts.has("model")) {
    const model = log.facts.get("model")!.slice(0, 50);
    findings.add(`The device calls its model '${model}', which is no benchmark`, {
      file: files.log,
    });
  }
  return said ?? expected ?? benchmarkOfName(log.dataset);
}

// "ulp-ml" is the energy benchmark of the runner, "ulp-mlperf" the other one; "multi" takes each input once.
function modeOf(log: EnergyRunnerLog, files: SessionFiles): SessionMode {
  const code = log.facts.get("code");
  if (code === "ulp-ml" || (code === undefined && files.trace)) return "energy";
  const runMode = log.facts.get("cfg runMode");
  if (runMode) return runMode === "multi" ? "accuracy" : "performance";
  return log.runs.length > 10 ? "accuracy" : "performance";
}

function versionOf(log: EnergyRunnerLog): string | undefined {
  const parts = [log.facts.get("benchmark"), log.facts.get("version")].filter(Boolean);
  return parts.length > 0 ? parts.join(", ") : undefined;
}

// The session's id is the local time of its start.
function timeOf(log: EnergyRunnerLog): string | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(log.facts.get("session") ?? "");
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}`;
}

// How many runs the script asks for.
async function readScript(files: SessionFiles, findings: Findings): Promise<number | undefined> {
  if (!files.script) return undefined;
  try {
    const commands = parseEnergyRunnerScript(await readText(files.script, largestScript));
    const runs = commands.filter(({ command }) => /\binfer \d/.test(command)).length;
    return runs > 0 ? runs : undefined;
  } catch (error) {
    findings.add(`The script cannot be read: ${messageOf(error)}`, { file: files.script });
    return undefined;
  }
}

const messageOf = (error: unknown) => error instanceof Error ? error.message : String(error);

const uint32 = 2 ** 32;

// Start and end of a run on the device's clock; undefined where the log lacks one.
function timesOf(
  run: LoggedRun,
  file: string | undefined,
  findings: Findings,
): [number, number] | undefined {
  const [startUs, endUs] = run.lapsUs;
  if (endUs === undefined) return undefined;
  const place = { file, line: run.line };
  if (run.lapsUs.length > 2) {
    findings.add("A run has more than two timestamps: the first count", place);
  }
  if (endUs >= startUs) return [startUs, endUs];
  if (startUs >= uint32) {
    findings.add("A run ends before it begins: it is left out", place);
    return undefined;
  }
  findings.add("The device's clock began anew within a run: 2^32 µs are added", place);
  return [startUs, endUs + uint32];
}

function windowsOf(
  runs: readonly LoggedRun[],
  benchmark: Benchmark | undefined,
  files: SessionFiles,
  { labels, findings }: ForeignSessionOptions,
): SessionWindow[] {
  const windows: SessionWindow[] = [];
  for (const run of runs) {
    const place = { file: files.log, line: run.line };
    const times = timesOf(run, files.log, findings);
    if (!times || run.iterations === undefined) {
      findings.add("A run lacks its times or the number of its inferences: it is left out", place);
      continue;
    }
    windows.push({
      index: windows.length,
      file: run.file,
      label: benchmark && labelOf(benchmark, run.file, labels),
      iterations: run.iterations,
      warmups: run.warmups,
      startUs: times[0],
      endUs: times[1],
      results: run.results ?? [],
    });
  }
  return windows;
}

function accuracyOf(
  runs: readonly LoggedRun[],
  benchmark: Benchmark | undefined,
  files: SessionFiles,
  { labels, findings }: ForeignSessionOptions,
) {
  // Without offsets the windows of a file are numbered as they come.
  const stride = runs.some(({ offset }) => offset > 0)
    ? benchmark?.windowing?.strideBytes
    : undefined;
  const whole = runs.filter((run) => {
    const place = { file: files.log, line: run.line };
    if (!run.results || run.results.length === 0) {
      findings.add("An inference has no results: it is left out", place);
      return false;
    }
    if (benchmark && run.results.length !== benchmark.resultCount) {
      findings.add(
        `An inference has not ${benchmark.resultCount} results: it is left out`,
        place,
      );
      return false;
    }
    return true;
  });
  const logged = whole.map((run) => {
    const times = timesOf(run, files.log, findings);
    const segment = stride ? run.offset / stride : NaN;
    return {
      file: run.file,
      segment: Number.isInteger(segment) ? segment : undefined,
      startUs: times?.[0],
      endUs: times?.[1],
      results: run.results!,
    };
  });
  return inferencesOf(logged, benchmark, labels);
}

// The edges come in pairs: window 2k goes from the (2k-1)th to the 2k-th, counted from 0.
async function addEnergy(
  session: Session,
  runs: readonly LoggedRun[],
  findings: Findings,
): Promise<void> {
  const { files, printed } = session;
  if (!files.trace || !files.timestamps) {
    findings.add("There is no energy trace: its figures are those of the results file");
    return;
  }
  let timestampsS: number[];
  let trace;
  try {
    timestampsS = parseEnergyTimestamps(await readText(files.timestamps, largestTimestamps));
    trace = await readEnergySamples(files.trace);
  } catch (error) {
    findings.add(`The energy trace cannot be read: ${messageOf(error)}`);
    return;
  }
  const { sampleRateHz, samplesUj, extraBytes } = trace;
  if (extraBytes > 0) {
    findings.add(`${extraBytes} bytes at the end are no sample`, { file: files.trace });
  }
  session.energyTraces.push({ sampleRateHz, samplesUj, timestampsS });
  const energy = new CumulativeEnergy(samplesUj);
  const sampleAt = (timeS: number) => accumulatedSampleAt(timeS, sampleRateHz, samplesUj.length);
  const count = Math.min(Math.floor((timestampsS.length - 1) / 2), 1000);
  // A log that was cut off at the front has fewer runs than the trace.
  const isWhole = [runs, printed.energyWindows].some((list) =>
    list.length > 0 && timestampsS.length === 2 * list.length + 1
  );
  if (timestampsS.length !== 2 * runs.length + 1) {
    findings.add(`${timestampsS.length} timestamps for ${runs.length} runs`, {
      file: files.timestamps,
      breaks: isWhole ? undefined : "edges",
    });
  }
  const firstRun = isWhole ? Math.max(0, count - runs.length) : 0;
  for (let index = 0; index < count; index++) {
    const number = 2 * index + 2;
    const run = runs[index - firstRun];
    const iterations = run?.iterations ??
      printed.windows.find((window) => window.number === number)?.iterations;
    if (!iterations) {
      findings.add("An energy window lacks the number of its inferences: it is left out");
      continue;
    }
    const [startS, endS] = [timestampsS[number - 1], timestampsS[number]];
    const [startSample, endSample] = [sampleAt(startS), sampleAt(endS)];
    const { samples, missing, energy: energyUj } = energy.between(startSample, endSample);
    const cut = (endS - startS) * sampleRateHz - samples;
    if (endSample === samplesUj.length && cut > Math.max(1, mostMissing * samples)) {
      findings.add("The trace ends within an energy window: what is left of it counts", {
        file: files.trace,
        breaks: "lost-samples",
      });
    }
    if (samples === missing) {
      findings.add("An energy window holds no sample: it is left out", { file: files.trace });
      continue;
    }
    if (missing > 0) {
      findings.add(
        "Samples of an energy window are missing: the mean of the others stands for them",
        {
          file: files.trace,
        },
      );
    }
    const window: EnergyWindow = {
      index: session.energyWindows.length,
      number,
      file: run?.file ?? "",
      iterations,
      warmups: run?.warmups,
      trace: 0,
      startS,
      endS,
      startSample,
      samples,
      missing,
      energyUj,
    };
    session.energyWindows.push(window);
  }
}
