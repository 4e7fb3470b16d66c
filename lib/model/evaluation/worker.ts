/**
 * A thread of an evaluation: batches in, their outputs out.
 *
 * @module
 */
import { answerQuestions } from "../../threads/answer_questions.ts";
import { prepare } from "./job.ts";

answerQuestions(prepare, ({ buffer }) => [buffer as ArrayBuffer]);
