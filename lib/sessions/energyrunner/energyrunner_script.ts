import { parseRelaxedJson } from "./relaxed_json.ts";

/** One command of a `script.async`. */
export interface ScriptCommand {
  /** What is sent, such as `dut infer 100 1`. */
  command: string;
  /** How long its answer may take in ms; -1 for as long as it likes. */
  timeoutMs?: number;
  /** The answer that is waited for, a regular expression. */
  answer?: string;
}

/**
 * The commands of an EnergyRunner `script.async`.
 *
 * @throws {SyntaxError} Where it is no relaxed JSON; names the place.
 *
 * @example
 * ```ts
 * import { parseEnergyRunnerScript } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const [first] = parseEnergyRunnerScript("[{ cmd: 'dut infer 100 1', ms: -1, ack: /m-ready/ }]");
 * assert.deepEqual(first, { command: "dut infer 100 1", timeoutMs: -1, answer: "m-ready" });
 * ```
 */
export function parseEnergyRunnerScript(text: string): ScriptCommand[] {
  const list = parseRelaxedJson(text);
  if (!Array.isArray(list)) throw new SyntaxError("Cannot read a script that is no list");
  const commands: ScriptCommand[] = [];
  for (const entry of list) {
    if (!(entry instanceof Map)) continue;
    const command = entry.get("cmd");
    if (typeof command !== "string") continue;
    const timeoutMs = entry.get("ms");
    const answer = entry.get("ack");
    commands.push({
      command,
      ...(typeof timeoutMs === "number" ? { timeoutMs } : {}),
      ...(typeof answer === "string" ? { answer } : {}),
    });
  }
  return commands;
}
