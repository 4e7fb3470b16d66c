/**
 * A session of the MLCommons Python runner (rounds from v1.3).
 *
 * @module
 */
import { type Benchmark, findBenchmark } from "../../benchmarks.ts";
import { CumulativeEnergy } from "../../scoring/cumulative_energy.ts";
import type { EnergyWindow } from "../energy_trace.ts";
import type { Findings } from "../findings.ts";
import { inferencesOf } from "../inferences_of.ts";
import { benchmarkOfName, labelOf, type Labels } from "../labels.ts";
import { readLog } from "../read_log.ts";
import type { PrintedFigures } from "../printed_figures.ts";
import { readPrintedFigures } from "../read_printed_figures.ts";
import { readText } from "../read_text.ts";
import type { ForeignSessionOptions } from "../reader_options.ts";
import type { Session, SessionFiles, SessionMode, SessionWindow } from "../session.ts";
import { MlcommonsLog } from "./mlcommons_log.ts";
import { parseResultsJson, type ResultObject, type ResultPower } from "./mlcommons_json.ts";

const largestJson = 400_000_000;

/** Reads a session of the Python runner. What is odd becomes a finding. */
export async function readMlcommonsSession(
  files: SessionFiles,
  options: ForeignSessionOptions,
): Promise<Session> {
  const { findings } = options;
  const objects = await readJson(files, findings);
  const log = await readLog(files.log, new MlcommonsLog(files.log ?? "", findings), findings);
  const benchmark = benchmarkOf(log, objects, files, options);
  const mode = options.mode ?? modeOf(objects, log);
  const session: Session = {
    runner: "mlcommons",
    start: {
      benchmark: benchmark?.id ?? "",
      mode,
      source: "measured",
      dut: {
        name: log.facts.get("name"),
        profile: log.facts.get("profile"),
        model: log.facts.get("model"),
      },
      port: log.port?.name,
      baudRate: log.port?.baudRate,
    },
    windows: [],
    inferences: [],
    energyWindows: [],
    energyTraces: [],
    printed: await printedFigures(files, findings),
    notices: [],
    stop: log.ended || (!files.log && objects) ? { reason: "done" } : undefined,
    files,
    findings: [],
  };
  session.streaming = streamingOf(objects, log, options.labels);
  if (mode === "energy") addEnergy(session, objects ?? [], findings);
  else if (!session.streaming) {
    if (mode === "performance") {
      session.windows = objects
        ? windowsOf(objects, benchmark, options)
        : loggedWindows(log, session, benchmark, options);
    } else session.inferences = accuracyOf(objects ?? log.loops, benchmark, files, options);
  }
  session.findings = findings.list();
  return session;
}

// What goes to results.txt goes to the log too.
async function printedFigures(files: SessionFiles, findings: Findings): Promise<PrintedFigures> {
  if (files.results || !files.log) return await readPrintedFigures(files.results, findings);
  findings.add("There is no results file: the log tells what was printed");
  return await readPrintedFigures(files.log, findings);
}

async function readJson(
  files: SessionFiles,
  findings: Findings,
): Promise<ResultObject[] | undefined> {
  if (!files.json) {
    findings.add("There is no results.json: the log is read instead");
    return undefined;
  }
  try {
    const objects = parseResultsJson(
      await readText(files.json, largestJson),
      findings,
      files.json,
    );
    if (objects.length > 0) return objects;
    findings.add("results.json holds no result: the log is read instead", { file: files.json });
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    findings.add(`results.json cannot be read: ${reason}`, { file: files.json });
    return undefined;
  }
}

function benchmarkOf(
  log: MlcommonsLog,
  objects: readonly ResultObject[] | undefined,
  files: SessionFiles,
  { benchmark, findings }: ForeignSessionOptions,
): Benchmark | undefined {
  const model = log.facts.get("model");
  const said = model === undefined ? undefined : findBenchmark(model);
  const expected = findBenchmark(benchmark ?? "");
  if (model !== undefined && !said) {
    findings.add(`The device calls its model '${model.slice(0, 50)}', which is no benchmark`, {
      file: files.log,
    });
  }
  if (said && expected && said.id !== expected.id) {
    findings.add(
      `The log is of '${said.id}', its folder of '${expected.id}': the log is believed`,
      {
        file: files.log,
      },
    );
  }
  const heard = objects?.some(({ streaming }) => streaming) ? findBenchmark("sww01") : undefined;
  return said ?? expected ?? heard ?? benchmarkOfName(model ?? "");
}

const modes: Record<string, SessionMode> = { p: "performance", a: "accuracy", e: "energy" };

function modeOf(objects: readonly ResultObject[] | undefined, log: MlcommonsLog): SessionMode {
  const mode = objects?.[0]?.mode;
  if (mode !== undefined && Object.hasOwn(modes, mode)) return modes[mode];
  if (objects?.some(({ power }) => power)) return "energy";
  return (objects ?? log.loops).length > 10 ? "accuracy" : "performance";
}

function windowsOf(
  objects: readonly ResultObject[],
  benchmark: Benchmark | undefined,
  { labels, findings }: ForeignSessionOptions,
): SessionWindow[] {
  const windows: SessionWindow[] = [];
  for (const { file, label, iterations, warmups, startUs, endUs, results } of objects) {
    if (!iterations || startUs === undefined || endUs === undefined || endUs < startUs) {
      findings.add("A window lacks its times or the number of its inferences: it is left out");
      continue;
    }
    windows.push({
      index: windows.length,
      file,
      label: label ?? (benchmark && labelOf(benchmark, file, labels)),
      iterations,
      warmups,
      startUs,
      endUs,
      results,
    });
  }
  return windows;
}

// The log gives durations with three decimals; the results file has them all.
function loggedWindows(
  log: MlcommonsLog,
  session: Session,
  benchmark: Benchmark | undefined,
  options: ForeignSessionOptions,
): SessionWindow[] {
  const objects = log.loops.map((loop, i): ResultObject => {
    const printed = session.printed.windows.find(({ number }) => number === i + 1)?.runtimeS;
    const { runtimeS } = loop;
    const exact = runtimeS !== undefined && printed !== undefined &&
      Math.abs(printed - runtimeS) <= 0.001;
    const seconds = exact ? printed : runtimeS;
    return { ...loop, startUs: 0, endUs: seconds === undefined ? undefined : seconds * 1e6 };
  });
  return windowsOf(objects, benchmark, options);
}

function accuracyOf(
  loops: readonly { file: string; results: number[] }[],
  benchmark: Benchmark | undefined,
  files: SessionFiles,
  { labels, findings }: ForeignSessionOptions,
) {
  const whole = loops.filter(({ results }) => {
    const fits = results.length > 0 && (!benchmark || results.length === benchmark.resultCount);
    if (!fits) {
      findings.add("An inference has the wrong number of results: it is left out", {
        file: files.json ?? files.log,
      });
    }
    return fits;
  });
  return inferencesOf(whole, benchmark, labels);
}

const sampleRateHz = 1000;

function addEnergy(
  session: Session,
  objects: readonly ResultObject[],
  findings: Findings,
): void {
  objects.forEach(({ file, iterations, warmups, power }, number) => {
    if (!power || !iterations) {
      findings.add("A trial has no samples or no number of inferences: it is left out");
      return;
    }
    const window = energyWindow(power, findings);
    if (!window) return;
    session.energyWindows.push({
      index: session.energyWindows.length,
      number,
      file,
      iterations,
      warmups,
      trace: session.energyTraces.length,
      ...window,
    });
    session.energyTraces.push({
      sampleRateHz,
      samplesUj: power.samplesUj,
      timestampsS: power.edges.map((edge) => edge / sampleRateHz),
      supplyV: power.supplyV,
    });
  });
  if (session.energyWindows.length === 0) {
    findings.add("There is no energy trace: its figures are those of the results file");
  }
}

// The last two edges: the device's start can make some before them.
function energyWindow(
  { samplesUj, edges, consecutive }: ResultPower,
  findings: Findings,
):
  | Pick<EnergyWindow, "startS" | "endS" | "startSample" | "samples" | "missing" | "energyUj">
  | undefined {
  const [start, end] = edges.slice(-2);
  if (end === undefined || end <= start || end > samplesUj.length) {
    findings.add("A trial lacks its two edges within the samples: it is left out");
    return undefined;
  }
  if (edges.length > 2) findings.add("A trial has more than two edges: the last two count");
  if (!consecutive) {
    findings.add("The edges of a trial are not consecutive: one may be lost", { breaks: "edges" });
  }
  const { samples, missing, energy } = new CumulativeEnergy(samplesUj).between(start, end);
  if (samples === missing) {
    findings.add("A trial has no sample between its edges: it is left out");
    return undefined;
  }
  if (missing > 0) {
    findings.add("Samples of a trial are missing: the mean of the others stands for them");
  }
  return {
    startS: start / sampleRateHz,
    endS: end / sampleRateHz,
    startSample: start,
    samples,
    missing,
    energyUj: energy,
  };
}

function streamingOf(
  objects: readonly ResultObject[] | undefined,
  log: MlcommonsLog,
  labels: Labels | undefined,
): Session["streaming"] {
  const found = objects?.find(({ streaming }) => streaming)?.streaming;
  const detectionsMs = found?.detectionsMs ?? log.detectionsMs;
  if (!detectionsMs) return undefined;
  const file = found?.wavFile ?? log.wavFile;
  return {
    file,
    lengthS: found?.lengthS,
    occurrencesS: found?.occurrencesS ?? labels?.occurrencesS.get(file ?? ""),
    detectionsMs,
    processing: found?.processing,
  };
}
