/**
 * All that a training run needs to go on, in one file.
 *
 * A line of JSON (format, SHA-256 of the rest, tensors' names and shapes, state), then the tensors' values: float32,
 * little-endian, end to end.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { NamedTensors } from "../plan/training_plan.ts";
import { CheckpointError, TrainingWriteError } from "./run_errors.ts";
import { checkTrainingRecipe, type TrainingRecipe } from "./training_recipe.ts";

/** Where a run is, besides its weights. */
export interface RunPosition {
  /** The epoch that comes next, or is going on; from 0. */
  epoch: number;
  /** Batches of it that are done. */
  batch: number;
  /** What the epoch's batches have come to: sums over examples. */
  sums: { examples: number; loss: number; correct: number; seconds: number; waitSeconds: number };
  /** The best epoch so far by the metric of `keep`. */
  kept?: { epoch: number; value: number };
  /** The best epoch so far by the metric of early stopping. */
  stopping?: { epoch: number; value: number };
  /** Whether training is over: nothing is left to do. */
  finished?: boolean;
}

/** A checkpoint. */
export interface Checkpoint {
  /** What is trained. */
  recipe: TrainingRecipe;
  /** SHA-256, hex, of the training data; undefined where they are not held in memory. */
  dataSha256?: string;
  /** Where the run is. */
  position: RunPosition;
  /** Steps that were made; random numbers of steps follow from it and the seed. */
  step: number;
  /** Seed of the steps' random numbers. */
  seed: number;
  /** The weights. */
  weights: NamedTensors;
  /** What the optimiser knows. */
  slots: NamedTensors;
  /** Weights of the best epoch, where the recipe keeps them. */
  best?: NamedTensors;
}

const format = "thimble checkpoint 1";
const mostBytes = 2 ** 30;
const mostHeaderBytes = 2 ** 20;

const whole = z.int().nonnegative();
const best = z.object({ epoch: whole, value: z.number() }).optional();
const headerSchema = z.object({
  format: z.literal(format),
  sha256: z.string(),
  step: whole,
  seed: whole,
  dataSha256: z.string().optional(),
  recipe: z.unknown(),
  position: z.object({
    epoch: whole,
    batch: whole,
    sums: z.object({
      examples: whole,
      loss: z.number(),
      correct: z.number(),
      seconds: z.number(),
      waitSeconds: z.number(),
    }),
    kept: best,
    stopping: best,
    finished: z.boolean().optional(),
  }),
  tensors: z.array(z.tuple([
    z.enum(["weights", "slots", "best"]),
    z.string(),
    z.array(whole).max(8),
  ])).max(100_000),
});

/**
 * Writes a checkpoint: it is there as a whole and on the disk, or the one before it still is.
 *
 * @throws {TrainingWriteError} It cannot be written.
 */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  const { recipe, dataSha256, position, step, seed } = checkpoint;
  const all = (["weights", "slots", "best"] as const).flatMap((group) =>
    [...checkpoint[group] ?? []].map(([name, tensor]) => ({ group, name, tensor }))
  );
  const values = new Float32Array(all.reduce((sum, { tensor }) => sum + tensor.values.length, 0));
  let at = 0;
  for (const { tensor } of all) {
    values.set(tensor.values, at);
    at += tensor.values.length;
  }
  const body = new Uint8Array(values.buffer);
  const tensors = all.map(({ group, name, tensor }) => [group, name, tensor.shape]);
  const rest = { step, seed, dataSha256, recipe, position, tensors };
  const header = { format, sha256: digest(JSON.stringify(rest), body), ...rest };
  const temporary = `${path}.part`;
  try {
    {
      using file = await Deno.open(temporary, { write: true, create: true, truncate: true });
      await writeAll(file, new TextEncoder().encode(JSON.stringify(header) + "\n"));
      await writeAll(file, body);
      await file.sync();
    }
    await Deno.rename(temporary, path);
  } catch (cause) {
    await Deno.remove(temporary).catch(() => {});
    throw new TrainingWriteError(path, cause);
  }
}

/**
 * Reads a checkpoint; undefined where there is none.
 *
 * @throws {CheckpointError} The file is damaged, or none.
 */
export async function readCheckpoint(path: string): Promise<Checkpoint | undefined> {
  let bytes: Uint8Array;
  try {
    const { size } = await Deno.stat(path);
    if (size > mostBytes) throw new CheckpointError(path, `it has ${size} bytes`);
    bytes = await Deno.readFile(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    if (cause instanceof CheckpointError) throw cause;
    throw new CheckpointError(path, "it cannot be read", { cause });
  }
  const end = bytes.subarray(0, mostHeaderBytes).indexOf(10);
  let header: z.infer<typeof headerSchema>;
  try {
    header = headerSchema.parse(JSON.parse(new TextDecoder().decode(bytes.subarray(0, end))));
  } catch (cause) {
    throw new CheckpointError(path, "its beginning is damaged", { cause });
  }
  const { sha256, step, seed, dataSha256, position, tensors } = header;
  const body = bytes.slice(end + 1);
  const { format: _, sha256: __, ...rest } = JSON.parse(
    new TextDecoder().decode(bytes.subarray(0, end)),
  );
  if (digest(JSON.stringify(rest), body) !== sha256) {
    throw new CheckpointError(path, "its checksum is wrong");
  }
  const groups: Record<"weights" | "slots" | "best", NamedTensors> = {
    weights: new Map(),
    slots: new Map(),
    best: new Map(),
  };
  const values = new Float32Array(body.buffer);
  let at = 0;
  for (const [group, name, shape] of tensors) {
    const size = shape.reduce((product, length) => product * length, 1);
    groups[group].set(name, { shape, values: values.slice(at, at += size) });
  }
  if (at !== values.length) throw new CheckpointError(path, "its length is wrong");
  return {
    recipe: checkTrainingRecipe(header.recipe, path),
    dataSha256,
    position,
    step,
    seed,
    weights: groups.weights,
    slots: groups.slots,
    ...groups.best.size > 0 ? { best: groups.best } : {},
  };
}

function digest(head: string, body: Uint8Array): string {
  return createHash("sha256").update(head).update(body).digest("hex");
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}
