/**
 * What a job does.
 *
 * @module
 */
import { InputError } from "../../errors.ts";
import type { Settings, SettingValue } from "./sweep_space.ts";

/** What a job gives: figures by name. */
export type SweepMetrics = Readonly<Record<string, SettingValue>>;

/** Does one job. Runs in a worker: it is to take what it needs from its settings, and to leave nothing behind. */
export type SweepTask = (settings: Settings) => Promise<SweepMetrics>;

/** Tasks that every worker knows. */
const known: Readonly<Record<string, () => Promise<SweepTask>>> = {
  quantize: async () => (await import("./quantize_task.ts")).quantizeTask,
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
