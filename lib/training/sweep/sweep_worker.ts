/**
 * A thread of a sweep: jobs in, their figures out.
 *
 * @module
 */
import { answerQuestions } from "../../threads/answer_questions.ts";
import type { SweepJob } from "./sweep_space.ts";
import { findTask } from "./sweep_task.ts";

answerQuestions(
  ({ module }: { module?: string }) => async ({ task, settings }: SweepJob) =>
    await (await findTask(task, module))(settings),
);
