/**
 * What a job does.
 *
 * @module
 */
import { InputError } from "../../errors.ts";
import type { SweepTask } from "./sweep_space.ts";

/** Tasks that every worker knows. */
const known: Readonly<Record<string, () => Promise<SweepTask>>> = {
  quantize: async () => (await import("./quantize_task.ts")).quantizeTask,
  train: async () => (await import("./train_task.ts")).trainTask,
};

/**
 * A task by its name; `module` has others, as exports of their names.
 *
 * @throws {InputError} There is none of this name.
 */
export async function findTask(name: string, module?: string): Promise<SweepTask> {
  if (Object.hasOwn(known, name)) return await known[name]();
  if (module !== undefined) {
    const exported: Record<string, unknown> = await import(module);
    const task = Object.hasOwn(exported, name) ? exported[name] : undefined;
    if (typeof task === "function") return task as SweepTask;
  }
  throw new InputError(`Cannot find the task '${name}'`, {
    source: "task",
    hint: `Name ${Object.keys(known).join(" or ")}, or a function that your module exports`,
  });
}
