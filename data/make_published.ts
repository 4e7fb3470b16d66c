/**
 * Makes data/published.csv from a table of published figures that was put together from the public logs:
 *
 *     deno run --allow-read --allow-write=data data/make_published.ts TABLE.csv
 *
 * With checkouts of the result repositories, `thimble records DIR… --out data/published.csv` makes it anew, with what the
 * systems are made of.
 */
import { benchmarks } from "../lib/benchmarks.ts";
import { benchmarkOfName } from "../lib/sessions/labels.ts";
import { parseCsv } from "../lib/sessions/rounds/csv.ts";
import type { RoundRow } from "../lib/sessions/rounds/round_row.ts";
import { formatRounds } from "../lib/sessions/rounds/round_table.ts";

const [head, ...body] = parseCsv(await Deno.readTextFile(Deno.args[0]));
const rows = body.map((cells) => {
  const text = (key: string) => cells[head.indexOf(key)] || null;
  const number = (...keys: string[]) => {
    const found = keys.map(text).find((value) => value !== null);
    return found ? Number(found) : null;
  };
  const { id, evaluationFiles } = benchmarkOfName(text("benchmark")!)!;
  const streaming = id === benchmarks.sww01.id;
  // What a part of the inputs gives is not the score of the run.
  const wholeSet = evaluationFiles.includes(number("acc_files") ?? 0);
  const throughputInfS = number("perf_median_inf_s_log", "perf_median_inf_s_results");
  const row: RoundRow = {
    round: text("round"),
    division: text("division")!,
    availability: null,
    organisation: text("organisation")!,
    system: [text("board"), text("variant")].filter(Boolean).join("/"),
    processor: null,
    clock: null,
    accelerator: null,
    framework: null,
    benchmark: id,
    runner: text("runner") === "python" ? "mlcommons" : "energyrunner",
    throughputInfS,
    // With more digits than the throughput, where there is a log.
    latencyMs: number("latency_ms") ?? (throughputInfS && 1000 / throughputInfS),
    energyUjPerInf: number("energy_uJ_inf_trace", "energy_uJ_inf_results"),
    powerMw: null,
    top1Percent: id === "ad01"
      ? null
      : wholeSet
      ? number("top1_log", "top1_results")
      : number("top1_results", "top1_log"),
    auc: number("auc_results"),
    truePositives: number("sww_tp"),
    falseNegatives: number("sww_fn"),
    falsePositives: number("sww_fp"),
    windows: streaming ? null : number("perf_windows"),
    findings: text("notes"),
    performanceLog: text("perf_log"),
    energyLog: text("energy_log"),
    accuracyLog: text("acc_log"),
  };
  return row;
});
await Deno.writeTextFile(new URL("published.csv", import.meta.url), formatRounds(rows));
console.log(`${rows.length} rows`);
