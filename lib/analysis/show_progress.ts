import { ProgressBar, type ProgressBarOptions, type ProgressState } from "./progress_bar.ts";

/**
 * Runs to the end, with a progress bar in a notebook, and returns what the run returns.
 *
 * @param run A run, such as of `runSession`: its events of type `progress` move the bar.
 * @returns What the run returns: the score, of a `runSession`.
 * @throws What the run throws.
 *
 * @example
 * ```ts
 * import { benchmarks, demoData, openVirtualBoard, runSession, showProgress } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const benchmark = benchmarks.kws01;
 * const score = await showProgress(runSession({
 *   connection: await openVirtualBoard({ benchmark }),
 *   benchmark,
 *   mode: "accuracy",
 *   data: demoData(benchmark),
 *   limit: 3,
 *   session: await Deno.makeTempDir(),
 * }));
 * assert.equal(score.inputs, 3);
 * ```
 */
export async function showProgress<Event extends { type: string }, Result>(
  run: AsyncGenerator<Event, Result>,
  options: ProgressBarOptions = {},
): Promise<Result> {
  using bar = new ProgressBar(options);
  for (;;) {
    const step = await run.next();
    if (step.done) return step.value;
    if (isProgress(step.value)) bar.update(step.value);
  }
}

function isProgress(event: { type: string }): event is { type: "progress" } & ProgressState {
  return event.type === "progress";
}
