/**
 * What a sweep tries.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { InputError } from "../../errors.ts";
import { seededRandom } from "../../seeded_random.ts";
import { parseJson } from "../parse_json.ts";

/** A value of a setting. */
export type SettingValue = string | number | boolean | null;

/** Settings by name. */
export type Settings = Readonly<Record<string, SettingValue>>;

/** What a job gives: figures by name. */
export type SweepMetrics = Readonly<Record<string, SettingValue>>;

/** Does one job. Runs in a worker: it is to take what it needs from its settings, and to leave nothing behind. */
export type SweepTask = (settings: Settings) => Promise<SweepMetrics>;

/** Numbers between two ends. */
export interface NumberRange {
  /** Least value. */
  min: number;
  /** Greatest value. */
  max: number;
  /** Evenly by ratio rather than by difference. [false] */
  log?: boolean;
  /** Whole numbers alone. [false] */
  whole?: boolean;
}

/** A sweep, as a JSON file holds it. */
export interface SweepPlan {
  /** What each job does: `quantize`, `train`, or another that the workers know. */
  task: string;
  /** Settings that all jobs share, such as paths. */
  fixed?: Settings;
  /** Every combination of these values. */
  grid?: Readonly<Record<string, readonly SettingValue[]>>;
  /** Values drawn at random: of a list, or of a range. */
  random?: Readonly<Record<string, readonly SettingValue[] | NumberRange>>;
  /** At most so many jobs; needed where something is random. */
  budget?: number;
  /** Of what is random. [1] */
  seed?: number;
}

/** One job of a sweep. */
export interface SweepJob {
  /** By its settings: the same settings have the same id, whoever plans them. */
  id: string;
  /** See {@linkcode SweepPlan}. */
  task: string;
  /** Fixed settings and its own. */
  settings: Settings;
}

const value = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const name = z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/);
const values = z.array(value).min(1).max(1000);
const planSchema = z.strictObject({
  task: name,
  fixed: z.record(name, value).optional(),
  grid: z.record(name, values).optional(),
  random: z.record(
    name,
    z.union([
      values,
      z.strictObject({
        min: z.number(),
        max: z.number(),
        log: z.boolean().optional(),
        whole: z.boolean().optional(),
      }).refine(({ min, max, log }) => min <= max && (!log || min > 0), {
        error: "min is above max, or a logarithmic range is not above 0",
      }),
    ]),
  ).optional(),
  budget: z.int().positive().max(100_000).optional(),
  seed: z.int().nonnegative().optional(),
});

/** More combinations than this are a mistake. */
const mostJobs = 100_000;

/**
 * Reads a plan.
 *
 * @param source Where it comes from, for the error.
 * @throws {InputError} It is no JSON, or holds something else.
 *
 * @example
 * ```ts
 * import { parseSweepPlan } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const plan = parseSweepPlan('{"task": "quantize", "grid": {"weightBits": [8, 4]}}');
 * assert.deepEqual(plan.grid?.weightBits, [8, 4]);
 * ```
 */
export function parseSweepPlan(text: string, source = "plan"): SweepPlan {
  return parseJson(text, planSchema, "plan", {
    source,
    hint: "Keys are task, fixed, grid, random, budget and seed",
  });
}

/**
 * The jobs of a plan: every combination of the grid, each with as many random draws as the budget has room for. The same
 * plan gives the same jobs.
 *
 * @throws {InputError} Something is random and there is no budget, or there are more than 100,000 combinations.
 *
 * @example
 * ```ts
 * import { sweepJobs } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const grid = { weightBits: [8, 4], method: ["minmax", "mse"] };
 * const jobs = sweepJobs({ task: "quantize", fixed: { model: "a.tflite" }, grid });
 * assert.equal(jobs.length, 4);
 * assert.deepEqual(jobs[0].settings, { model: "a.tflite", weightBits: 8, method: "minmax" });
 * ```
 */
export function sweepJobs(plan: SweepPlan): SweepJob[] {
  const { task, fixed = {}, grid = {}, random, budget, seed = 1 } = plan;
  if (random && budget === undefined) {
    throw new InputError("Cannot draw settings at random without a budget", {
      source: "budget",
      hint: 'Say how many jobs there are to be, such as "budget": 20',
    });
  }
  const count = Object.values(grid).reduce((product, list) => product * list.length, 1);
  if (count > mostJobs) {
    throw new InputError(`Cannot sweep ${count} combinations: at most ${mostJobs}`, {
      source: "grid",
      hint: "Draw at random: move settings from 'grid' to 'random' and set a budget",
    });
  }
  let combinations: Settings[] = [{}];
  for (const [key, list] of Object.entries(grid)) {
    combinations = combinations.flatMap((settings) =>
      list.map((value) => ({ ...settings, [key]: value }))
    );
  }
  const next = seededRandom(seed);
  const jobs = new Map<string, SweepJob>();
  // Few values drawn at random repeat themselves: they are tried once.
  for (
    let round = 0;
    round === 0 || random && jobs.size < budget! && round < 20 * budget!;
    round++
  ) {
    for (const own of combinations) {
      if (jobs.size >= (budget ?? mostJobs)) break;
      const drawn = Object.entries(random ?? {}).map(([key, from]) => [key, draw(from, next())]);
      const settings = { ...fixed, ...own, ...Object.fromEntries(drawn) };
      const id = jobId(task, settings);
      jobs.set(id, { id, task, settings });
    }
  }
  return [...jobs.values()];
}

/** Of task and settings, in whichever order they stand. */
export function jobId(task: string, settings: Settings): string {
  const sorted = Object.entries(settings).sort(([a], [b]) => a < b ? -1 : 1);
  return createHash("sha256").update(JSON.stringify([task, sorted])).digest("hex").slice(0, 16);
}

function draw(from: readonly SettingValue[] | NumberRange, share: number): SettingValue {
  if (!("min" in from)) return from[Math.floor(share * from.length)];
  const { min, max, log, whole } = from;
  if (whole) return Math.min(max, Math.floor(min + share * (Math.floor(max) - min + 1)));
  const value = log ? min * (max / min) ** share : min + share * (max - min);
  return Number(value.toPrecision(6));
}
