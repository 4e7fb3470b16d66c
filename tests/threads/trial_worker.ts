/** A worker of the tests: does as it is told. */
import { InputError } from "../../lib/errors.ts";
import { answerQuestions } from "../../lib/threads/answer_questions.ts";
import { PlaceError } from "./place_error.ts";

/** What it is told. */
export type Order =
  | { kind: "sum"; values: Uint8Array<ArrayBuffer> }
  | { kind: "wait"; ms: number }
  | { kind: "throw"; error: "place" | "input" | "range" | "other" | "word" }
  | { kind: "function" | "crash" | "close" | "exit" | "process exit" };

class OtherError extends Error {
  override name = "OtherError";
}

const errors = {
  place: () => new PlaceError("Cannot go there", { hint: "Go home", place: 7 }),
  input: () =>
    new InputError("Cannot read 'x'", { source: "x", cause: new PlaceError("It is far", {}) }),
  range: () => new RangeError("Too much"),
  other: () => Object.assign(new OtherError("Odd"), { code: 3, undo: () => {} }),
  word: () => "no error at all",
};

answerQuestions(
  ({ offset }: { offset: number }) => {
    if (offset < 0) throw new PlaceError("Cannot begin below nothing", { place: offset });
    return (order: Order) => {
      switch (order.kind) {
        case "sum":
          return Uint8Array.of(order.values.reduce((sum, value) => sum + value, offset));
        case "wait":
          return new Promise<number>((resolve) => setTimeout(() => resolve(order.ms), order.ms));
        case "throw":
          throw errors[order.error]();
        case "function":
          return (() => {}) as unknown as number;
        case "crash":
          queueMicrotask(() => {
            throw new Error("Down it goes");
          });
          return new Promise<number>(() => {});
        case "close":
          self.close();
          return 0;
        case "exit":
          return Deno.exit(0);
        case "process exit":
          return globalThis.process.exit(0);
      }
    };
  },
  (answer) => answer instanceof Uint8Array ? [answer.buffer] : [],
);
