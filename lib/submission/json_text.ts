/** JSON that was read, or where it is broken. */
export type JsonText = { value: unknown } | {
  error: { text: string; line: number; column: number };
};

/** Reads JSON that anybody may have written. */
export function readJson(text: string): JsonText {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    const message = (error as Error).message;
    // V8 gives a position in all messages but those about the first and the last character.
    const position = /at position (\d+)/.exec(message);
    const at = position ? Number(position[1]) : message.includes("end of JSON") ? text.length : 0;
    const before = text.slice(0, at).split("\n");
    return {
      error: {
        text: message.replace(/,? ?(in JSON )?at position.*$/s, "").replace(/, ".*$/s, ""),
        line: before.length,
        column: before.at(-1)!.length + 1,
      },
    };
  }
}
