/**
 * Models that lie in a submission.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { type Benchmark, benchmarks } from "../benchmarks.ts";
import { compareModels, type ModelComparison } from "../model/compare_models.ts";
import { ModelError } from "../model/errors.ts";
import { readTflite } from "../model/tflite/read_tflite.ts";
import { benchmarkOfPath, type SubmittedOrganisation } from "./layout.ts";
import type { OfficialReference } from "./official_reference.ts";
import type { SubmissionTree } from "./submission_tree.ts";

/** A model beside results, and how it stands to the official one. */
export interface SubmittedModel {
  /** Where it is. */
  path: string;
  /** Its benchmark, by its path. */
  benchmark: Benchmark;
  /**
   * - `reference`: it is the official model, or a quantization of it.
   * - `other-weights`, `other-graph`: it is neither.
   * - `unknown`: there is nothing to compare it with.
   * - `unreadable`: it is no TFLite model that can be read.
   */
  relation: "reference" | "other-weights" | "other-graph" | "unknown" | "unreadable";
  /** Why, where it is not the reference. */
  reasons: readonly string[];
}

const mostBytes = 64_000_000;
const mostModels = 100;

/** The TFLite models of an organisation, beside its results, compared with the official ones. */
export async function readSubmittedModels(
  tree: SubmissionTree,
  organisation: SubmittedOrganisation,
  reference?: OfficialReference,
): Promise<SubmittedModel[]> {
  const models: SubmittedModel[] = [];
  for (const { path } of tree.filesBelow(organisation.path)) {
    if (!/\.tflite$/i.test(path) || path.startsWith(`${organisation.path}/results/`)) continue;
    const benchmark = benchmarkOfPath(path.slice(organisation.path.length + 1));
    if (!benchmark) continue;
    const bytes = await tree.bytes(path, mostBytes);
    models.push({ path, benchmark, ...judge(bytes, benchmark, reference) });
    if (models.length === mostModels) break;
  }
  return models;
}

type Judgement = Pick<SubmittedModel, "relation" | "reasons">;

function judge(
  bytes: Uint8Array | undefined,
  benchmark: Benchmark,
  reference?: OfficialReference,
): Judgement {
  if (!bytes) return { relation: "unreadable", reasons: ["It is too large, or cannot be opened"] };
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (benchmarks[benchmark.id].model.sha256 === sha256) {
    return { relation: "reference", reasons: [] };
  }
  const official = reference?.models.get(benchmark.id) ?? [];
  if (official.length === 0) return { relation: "unknown", reasons: [] };
  try {
    const graph = readTflite(bytes);
    const comparisons = official.map((other) => compareModels(other, graph));
    return closest(comparisons);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return { relation: "unreadable", reasons: [error.message] };
  }
}

/** Of the comparisons with float32 and int8, the one that says most for the model. */
function closest(comparisons: readonly ModelComparison[]): Judgement {
  const isSame = comparisons.some(({ relation }) =>
    relation === "identical" || relation === "quantized"
  );
  if (isSame) return { relation: "reference", reasons: [] };
  const sameGraph = comparisons.find(({ relation }) => relation === "other-weights");
  if (sameGraph) return { relation: "other-weights", reasons: sameGraph.notQuantized };
  return { relation: "other-graph", reasons: comparisons[0].structure };
}
