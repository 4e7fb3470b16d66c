import type { PlainError } from "./plain_error.ts";

/** What a worker sends for each question. */
export type Reply<Answer> = { answer: Answer } | { error: PlainError };
