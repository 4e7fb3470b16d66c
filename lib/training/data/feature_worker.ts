/**
 * A thread that makes features: examples in, their rows out.
 *
 * @module
 */
import { answerQuestions } from "../../threads/answer_questions.ts";
import { prepareFeatures } from "./feature_job.ts";

answerQuestions(prepareFeatures, (parts) => parts.map(({ values }) => values.buffer));
