import type { SubmissionRule } from "./rule.ts";
import { accuracyRules } from "./rules/accuracy_rules.ts";
import { contentRules } from "./rules/content_rules.ts";
import { deviceRules } from "./rules/device_rules.ts";
import { energyRules } from "./rules/energy_rules.ts";
import { figureRules } from "./rules/figure_rules.ts";
import { fileRules } from "./rules/file_rules.ts";
import { layoutRules } from "./rules/layout_rules.ts";
import { modelRules } from "./rules/model_rules.ts";
import { nameRules } from "./rules/name_rules.ts";
import { streamingRules } from "./rules/streaming_rules.ts";
import { systemRules } from "./rules/system_rules.ts";
import { windowRules } from "./rules/window_rules.ts";

/**
 * Every rule that is checked, by subject.
 *
 * @example What the closed division asks for, and the open one does not
 * ```ts
 * import { submissionRules } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const ids = submissionRules.filter(({ division }) => division === "closed").map(({ id }) => id);
 * assert.ok(ids.includes("quality-target") && ids.includes("model-weights"));
 * ```
 */
export const submissionRules: readonly SubmissionRule[] = [
  ...layoutRules,
  ...contentRules,
  ...nameRules,
  ...systemRules,
  ...fileRules,
  ...figureRules,
  ...windowRules,
  ...accuracyRules,
  ...energyRules,
  ...streamingRules,
  ...deviceRules,
  ...modelRules,
];
