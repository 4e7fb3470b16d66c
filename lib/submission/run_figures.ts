import type { ReadRun } from "./facts.ts";
import type { RunFigures } from "./report.ts";

/**
 * The figures of a run as its `results.txt` prints them. What that does not print is taken from a file of another name
 * (`performance_results.txt`, `postproc.txt`: several rounds have them), and what is printed nowhere is computed.
 */
export function runFigures({ lines, session, score }: ReadRun, isStreaming: boolean): RunFigures {
  const printed = session?.printed;
  const { line: _, ...detections } = lines.detections ?? { line: 0 };
  const throughput = isStreaming ? lines.streamingThroughputInfS : lines.throughputInfS;
  const computedAuc = session?.runner === "energyrunner" ? score?.aucEnergyRunner : score?.auc;
  return {
    throughputInfS: throughput?.value ?? printed?.throughputInfS ?? score?.throughputInfS,
    top1Percent: lines.top1Percent?.value ?? printed?.top1Percent ?? score?.top1Percent,
    auc: lines.auc?.value ?? printed?.auc ?? computedAuc,
    energyUjPerInf: lines.energyUjPerInf?.value ?? printed?.energyUjPerInf ?? score?.energyUjPerInf,
    detections: "truePositives" in detections
      ? detections
      : detectionsOf(printed) ?? detectionsOf(score),
  };
}

function detectionsOf(
  figures?: { truePositives?: number; falseNegatives?: number; falsePositives?: number },
) {
  const { truePositives, falseNegatives, falsePositives } = figures ?? {};
  if (truePositives === undefined) return undefined;
  return { truePositives, falseNegatives: falseNegatives!, falsePositives: falsePositives! };
}
