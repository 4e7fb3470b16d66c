/**
 * What ships with Thimble to try it with: a small keyword-spotting model and synthetic inputs. Not the benchmark's own,
 * and no score of a board; see `data/README.md`.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { type Benchmark, benchmarks } from "../benchmarks.ts";
import { InputError } from "../errors.ts";

/** The one benchmark that has demo data. */
export const demoBenchmark: Benchmark = benchmarks.kws01;

function refuseOthers(benchmark: Benchmark, what: string, option: string): void {
  if (benchmark.id === demoBenchmark.id) return;
  throw new InputError(`Cannot run '${benchmark.id}' without ${what}`, {
    source: option,
    hint:
      `Name it with ${option}; only '${demoBenchmark.id}' has demo data that ships with Thimble`,
  });
}

/**
 * Path of the demo inputs.
 *
 * @throws {InputError} For a benchmark without them.
 */
export function demoData(benchmark: Benchmark = demoBenchmark): string {
  refuseOthers(benchmark, "inputs", "--data");
  return fileURLToPath(new URL("../../data/demo/kws01", import.meta.url));
}

/**
 * Path of the demo model, int8 TFLite.
 *
 * @throws {InputError} For a benchmark without one.
 */
export function demoModel(benchmark: Benchmark = demoBenchmark): string {
  refuseOthers(benchmark, "a model", "--model");
  return fileURLToPath(new URL("../../data/models/demo_kws01_int8.tflite", import.meta.url));
}
