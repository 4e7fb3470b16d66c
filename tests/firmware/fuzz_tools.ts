/** Fuzzers of the firmware, built and run. CI lets them run for longer: `THIMBLE_FUZZ_SECONDS`. */
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { promisify } from "node:util";

async function canFuzz(): Promise<boolean> {
  try {
    const { stdout } = await promisify(execFile)("clang-14", ["--print-runtime-dir"]);
    return (await readdir(stdout.trim())).some((name) => name.startsWith("libclang_rt.fuzzer-"));
  } catch {
    return false;
  }
}

/** A need for `testWith`. */
export const fuzzer = {
  present: await canFuzz(),
  otherwise:
    "no clang-14 with libFuzzer, apt-get install --no-install-recommends clang libclang-rt-14-dev",
};

const seconds = Number(Deno.env.get("THIMBLE_FUZZ_SECONDS") ?? 0);

/** How long: a share of the seconds where they are given, so many inputs otherwise. */
export const fuzzLimit = (runs: number, share = 1): string =>
  seconds > 0 ? `-max_total_time=${Math.ceil(seconds * share)}` : `-runs=${runs}`;

/** How a fuzzer ended. */
export interface FuzzOutcome {
  code: number;
  log: string;
  /** Inputs that were tried. */
  inputs: number;
}

/**
 * Runs a fuzzer that was built, in a folder of its own.
 *
 * @param corpora Folders with inputs to start from.
 */
export async function fuzz(
  file: string,
  dir: string,
  options: string[],
  corpora: string[] = [],
): Promise<FuzzOutcome> {
  const args = [
    ...["-seed=1", `-artifact_prefix=${dir}/`, "-print_final_stats=1"],
    ...options,
    // What is found that is new goes to the first folder.
    ...[`${dir}/corpus`, ...corpora],
  ];
  await Deno.mkdir(`${dir}/corpus`);
  const { code, stderr } = await new Deno.Command(file, { args, stderr: "piped" }).output();
  const log = new TextDecoder().decode(stderr);
  return { code, log, inputs: Number(/stat::number_of_executed_units:\s*(\d+)/.exec(log)?.[1]) };
}
