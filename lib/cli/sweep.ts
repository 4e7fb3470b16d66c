import { pathToFileURL } from "node:url";
import { resolve } from "node:path";
import { readText } from "../sessions/read_text.ts";
import { positionals, readArguments, required, wholeNumber } from "./arguments.ts";
import { ExitCode } from "./exit_code.ts";
import { ProgressLine } from "./progress_line.ts";
import { alignColumns } from "./text_table.ts";

const usage = `Usage: thimble sweep PLAN.json --out RESULTS.jsonl [OPTIONS]
       thimble sweep --worker --redis URL [OPTIONS]

Tries many settings, and keeps a line a result; the same command goes on where it ended. PLAN.json:

  {
    "task": "quantize",
    "fixed": {"model": "float.tflite", "calibration": "c.f32", "benchmark": "kws01", "data": "data/kws"},
    "grid": {"weightBits": [8, 4], "method": ["minmax", "mse"]},
    "random": {"percent": {"min": 99, "max": 100}}, "budget": 8, "seed": 1
  }

  --out FILE      the results, one JSON object a line
  --workers N     jobs at once  [1]
  --redis URL     jobs go to the queue at redis://HOST:PORT, for workers on any machine
  --worker        be such a worker, until Ctrl-C
  --lock S        seconds that a worker may be silent before its job goes to another  [30]
  --module FILE   a module whose exports are tasks of your own
  --retry         try again what failed before
  --sort METRIC   order of the table, least first
  --descending    greatest first
  --json          print JSON
  --help          print this`;

const mostPlanBytes = 10_000_000;

/** `thimble sweep`. */
export async function sweepCommand(args: string[]): Promise<number> {
  const parsed = readArguments(args, {
    out: { type: "string" },
    workers: { type: "string" },
    redis: { type: "string" },
    worker: { type: "boolean" },
    lock: { type: "string" },
    module: { type: "string" },
    retry: { type: "boolean" },
    sort: { type: "string" },
    descending: { type: "boolean" },
    json: { type: "boolean" },
    help: { type: "boolean" },
  }, "sweep");
  const { values } = parsed;
  if (values.help) {
    console.log(usage);
    return ExitCode.done;
  }
  const workers = wholeNumber(values.workers, "--workers");
  const module = values.module && pathToFileURL(resolve(values.module)).href;
  const controller = new AbortController();
  const cancel = () => controller.abort(new DOMException("Cancelled", "AbortError"));
  Deno.addSignalListener("SIGINT", cancel);
  try {
    if (values.worker) {
      const { sweepWorker } = await import("../training/sweep/sweep_queue.ts");
      await sweepWorker({
        redis: required(values.redis, "--redis"),
        workers,
        module,
        lockMs: 1000 * (wholeNumber(values.lock, "--lock") ?? 30),
        signal: controller.signal,
        onResult: ({ id, error, seconds }) =>
          console.log(`${id} ${error ?? "done"} in ${seconds.toFixed(1)} s`),
      });
      return ExitCode.done;
    }
    const [path] = positionals(parsed, ["PLAN.json"]);
    const out = required(values.out, "--out");
    const { parseSweepPlan } = await import("../training/sweep/sweep_space.ts");
    const plan = parseSweepPlan(await readText(path, mostPlanBytes), path);
    const { sweep, sweepRows } = await import("../training/sweep/sweep.ts");
    using line = new ProgressLine("Sweeping");
    const events = sweep(plan, {
      out,
      workers,
      module,
      redis: values.redis,
      retry: values.retry,
      signal: controller.signal,
    });
    let step = await events.next();
    for (; !step.done; step = await events.next()) {
      if (step.value.type === "progress") line.update(step.value);
    }
    line[Symbol.dispose]();
    const rows = sorted(sweepRows(step.value), values.sort, values.descending);
    console.log(
      values.json ? JSON.stringify(rows, null, 2) : text(rows, Object.keys(plan.fixed ?? {})),
    );
    const failed = step.value.filter(({ error }) => error !== undefined);
    if (failed.length > 0) {
      console.error(
        `${failed.length} of ${rows.length} jobs failed, the first: ${failed[0].error}\n` +
          "  The same command with --retry tries them again",
      );
    }
    return failed.length > 0 && failed.length === rows.length ? ExitCode.refused : ExitCode.done;
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    if (values.out !== undefined) {
      console.error(`Cancelled: the same command goes on from the results in '${values.out}'`);
    }
    return ExitCode.cancelled;
  } finally {
    Deno.removeSignalListener("SIGINT", cancel);
  }
}

type Rows = Record<string, unknown>[];

function sorted(rows: Rows, key?: string, descending = false): Rows {
  if (key === undefined) return rows;
  const sign = descending ? -1 : 1;
  const value = (row: Record<string, unknown>) => {
    const figure = Object.hasOwn(row, key) ? row[key] : undefined;
    return typeof figure === "number" ? sign * figure : Infinity;
  };
  return [...rows].sort((a, b) => value(a) - value(b));
}

/** What differs: settings that all jobs share are known. */
function text(rows: Rows, shared: readonly string[]): string {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))]
    .filter((key) => !shared.includes(key));
  const cell = (value: unknown) =>
    value === undefined || value === null
      ? ""
      : typeof value === "number" && !Number.isInteger(value)
      ? value.toPrecision(5)
      : String(value).slice(0, 60);
  return alignColumns(keys, rows.map((row) => keys.map((key) => cell(row[key]))));
}
