/**
 * What a submission in the open division tells of itself.
 *
 * @module
 */
import { findBenchmark } from "../benchmarks.ts";

/** One benchmark in the open division. */
export interface Deviation {
  /** Id of the benchmark. */
  benchmark: string;
  /** What is done in another way than the closed division has it, as the submitter tells it. */
  text: string;
  /** The accuracy that was reached, in words. */
  accuracy: string;
}

/** How a system came to its models, as its description tells it. */
const toldFields = [
  "Inference Framework",
  "Quantization Method",
  "Training framework (open division)",
  "ML Model Compiler(s)",
  "Training and Quantization Notes",
];

/**
 * The document that tells how a submission deviates from the closed division, as Markdown.
 *
 * @param system Name of the system.
 * @param fields Its description.
 *
 * @example
 * ```ts
 * import { deviationsDocument } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const deviation = { benchmark: "kws01", text: "Pruned to a half", accuracy: "top-1 88.0 %" };
 * const text = deviationsDocument("board-1", { "Quantization Method": "int4" }, [deviation]);
 * assert.match(text, /^## Keyword spotting \(kws01\)$/m);
 * ```
 */
export function deviationsDocument(
  system: string,
  fields: Readonly<Record<string, string>>,
  deviations: readonly Deviation[],
): string {
  const told = toldFields.filter((name) => fields[name]?.trim());
  return [
    `# Deviations from the closed division: ${system}`,
    "",
    "The evaluation inputs, pre-processing and post-processing are those of the closed division, but for what is told here.",
    "",
    ...told.map((name) => `* ${name}: ${fields[name].trim()}`),
    ...told.length > 0 ? [""] : [],
    ...deviations.flatMap(({ benchmark, text, accuracy }) => {
      const { title, target } = findBenchmark(benchmark)!;
      const asked = {
        top1: `top-1 ${target.value} %`,
        auc: `AUC ${target.value}`,
        streaming: `at most ${target.value} errors of each kind`,
      };
      return [
        `## ${title} (${benchmark})`,
        "",
        `* Accuracy: ${accuracy}; the closed division asks for ${asked[target.metric]}`,
        "",
        text.trim(),
        "",
      ];
    }),
  ].join("\n");
}
