import type { OrganisationFacts } from "../facts.ts";
import type { RuleAbout } from "../rule.ts";
import type { SubmittedModel } from "../submitted_model.ts";

const closed = {
  since: "v0.5",
  division: "closed",
  about: "organisation",
  official: "passes",
} as const;

/** Models, calibration, and what is told of deviations. */
export const modelRules: readonly RuleAbout<"organisation">[] = [
  {
    ...closed,
    id: "model-weights",
    severity: "error",
    text:
      "The closed division runs the reference model: its weights may be quantized, and nothing else",
    fix: "Quantize the reference model anew, or submit in the open division",
    *check(facts) {
      for (const model of modelsOf(facts, "other-weights")) {
        yield {
          ...about(model),
          text: `Its weights are not the reference's: ${some(model.reasons)}`,
        };
      }
    },
  },
  {
    ...closed,
    id: "model-graph",
    severity: "warning",
    text: "The closed division runs the reference model, or one that is mathematically equivalent",
    fix: "Tell in 'code' why the model is equivalent, or submit in the open division",
    *check(facts) {
      for (const model of modelsOf(facts, "other-graph")) {
        yield { ...about(model), text: `Its graph is not the reference's: ${some(model.reasons)}` };
      }
      for (const model of modelsOf(facts, "unreadable")) {
        yield { ...about(model), text: `It cannot be compared: ${some(model.reasons)}` };
      }
    },
  },
  {
    ...closed,
    id: "model-not-compared",
    severity: "note",
    text: "A model that is not the published int8 file is compared with the reference",
    fix:
      "Give '--official DIR': a checkout of mlcommons/tiny, or a folder with its models and lists",
    *check(facts) {
      for (const model of modelsOf(facts, "unknown")) {
        yield { ...about(model), text: "There is no reference to compare it with" };
      }
    },
  },
  {
    ...closed,
    id: "calibration-samples",
    severity: "error",
    text: "A model is calibrated with samples of the official calibration list only",
    fix: "Calibrate anew with samples of the list; a part of it will do",
    *check({ calibrations, reference }) {
      for (const { path, benchmark, entries } of calibrations) {
        const official = reference?.calibrations.get(benchmark);
        const others = official ? entries.filter(({ sample }) => !official.has(sample)) : [];
        if (others.length === 0) continue;
        const text = `'${others[0].sample}' and ${
          others.length - 1
        } more are not in the official list`;
        const single = `'${others[0].sample}' is not in the official list`;
        yield { path, benchmark, line: others[0].line, text: others.length > 1 ? text : single };
      }
    },
  },
  {
    ...closed,
    id: "calibration-not-compared",
    severity: "note",
    text: "A list of calibration samples is compared with the official one",
    fix:
      "Give '--official DIR': a checkout of mlcommons/tiny, or a folder with its models and lists",
    *check({ calibrations, reference }) {
      for (const { path, benchmark } of calibrations) {
        if (reference?.calibrations.has(benchmark)) continue;
        yield { path, benchmark, text: "There is no official list to compare it with" };
      }
    },
  },
  {
    id: "deviations",
    about: "organisation",
    since: "v0.5",
    division: "open",
    severity: "error",
    official: "passes",
    text: "A submission in the open division tells where it deviates from the closed one",
    fix: "Write it to 'DEVIATIONS.md' or 'README.md' in the organisation's folder or in 'code'",
    *check({ tree, organisation: { path, name } }) {
      const isTold = ["", "/code", "/results"].some((folder) =>
        tree.files(path + folder).some((file) =>
          /^(deviations|readme)(\.\w+)?$/i.test(file.name) && file.bytes > 0
        )
      );
      if (!isTold) yield { path, text: `'${name}' tells of no deviations` };
    },
  },
];

function modelsOf(
  { models, organisation }: OrganisationFacts,
  relation: SubmittedModel["relation"],
): SubmittedModel[] {
  const submitted = organisation.systems.flatMap(({ results }) =>
    results.map(({ benchmark }) => benchmark?.id)
  );
  return models.filter((model) =>
    model.relation === relation && submitted.includes(model.benchmark.id)
  );
}

const about = ({ path, benchmark }: SubmittedModel) => ({ path, benchmark: benchmark.id });

function some(reasons: readonly string[]): string {
  const more = reasons.length > 2 ? `; and ${reasons.length - 2} more reasons` : "";
  return reasons.slice(0, 2).join("; ") + more;
}
