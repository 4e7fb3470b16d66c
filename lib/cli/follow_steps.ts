import { remainingMs } from "../runner/progress.ts";
import { ProgressLine } from "./progress_line.ts";

/** One step of long work. */
export interface Step {
  /** Units that are done. */
  done: number;
  /** Units in all. */
  total: number;
  /** What is under way, in a few words. */
  text: string;
}

/** How {@linkcode followSteps} shows progress. */
export interface FollowOptions {
  /** What the progress line begins with. */
  title: string;
  /** What is counted, in the plural. */
  unit: string;
  /** No progress. */
  quiet?: boolean;
}

/**
 * Does long work step by step, with a progress line, until it is done or Ctrl-C ends it.
 *
 * @param work Given a signal that Ctrl-C aborts.
 * @returns What the work returns; undefined where Ctrl-C ended it.
 */
export async function followSteps<T>(
  work: (signal: AbortSignal) => AsyncGenerator<Step, T, undefined>,
  { title, unit, quiet = false }: FollowOptions,
): Promise<T | undefined> {
  const controller = new AbortController();
  const cancel = () => controller.abort(new DOMException("Cancelled", "AbortError"));
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, cancel);
  using line = new ProgressLine(title);
  const start = performance.now();
  try {
    const steps = work(controller.signal);
    for (;;) {
      const step = await steps.next();
      if (step.done) return step.value;
      if (quiet) continue;
      const { done, total, text } = step.value;
      const left = remainingMs(performance.now() - start, done, total - done);
      line.update({ type: "progress", done, total, unit, text, remainingMs: left });
    }
  } catch (error) {
    if (controller.signal.aborted && error === controller.signal.reason) return undefined;
    throw error;
  } finally {
    for (const signal of signals) Deno.removeSignalListener(signal, cancel);
  }
}
