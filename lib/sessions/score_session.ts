/**
 * From a session to its score, with every reason why it may not count.
 *
 * @module
 */
import { type Benchmark, findBenchmark } from "../benchmarks.ts";
import { InputError } from "../errors.ts";
import { comparePrinted } from "./compare_printed.ts";
import type { Score, ScoreFigures, ScoreFinding } from "./score.ts";
import { scoreAccuracy } from "./score_accuracy.ts";
import { scoreStreaming } from "./score_streaming.ts";
import { scoreEnergy, scorePerformance } from "./score_windows.ts";
import type { Session, SessionMode } from "./session.ts";

export type * from "./score.ts";

/**
 * Scores a session of any tool. Whatever is there is scored, from logs and traces; what keeps it from counting is
 * listed, never passed over. Figures that the runner printed stand beside, with the difference; where nothing can be
 * computed they are all there is.
 *
 * @throws {InputError} Where the benchmark is not known, or nothing can be scored.
 */
export function scoreSession(session: Session): Score {
  const { start } = session;
  const benchmark = findBenchmark(start.benchmark);
  if (!benchmark) {
    const message = start.benchmark === ""
      ? "Cannot score a session that does not say which benchmark it ran"
      : `Cannot score '${start.benchmark}' as it is no benchmark`;
    throw new InputError(message, {
      source: start.benchmark,
      hint: "Name the benchmark, where the session's files do not",
    });
  }
  const findings: ScoreFinding[] = session.findings.flatMap(({ text, breaks }) =>
    breaks ? [{ rule: breaks, text }] : []
  );
  const figures = figuresOf(session, benchmark, findings);
  const printed = comparePrinted(session, figures ?? {});
  if (!figures) {
    if (printed.length === 0) throw nothingToScore(start.mode);
    const text = "Nothing can be computed: there are only the figures that the runner printed";
    findings.push({ rule: "recomputed", text });
  }
  if (session.stop?.reason !== "done") {
    findings.unshift({
      rule: "complete",
      text: `The run did not end by itself: ${ending(session)}`,
    });
  }
  for (const { figure, window, printed: said, computed, agrees } of printed) {
    if (agrees !== false) continue;
    const where = window === undefined ? "" : ` of window ${window}`;
    findings.push({
      rule: "printed",
      text: `The runner printed ${figure}${where} ${said}, computed is ${computed}`,
    });
  }
  if (start.source !== "measured") {
    findings.push({ rule: "source", text: `Figures are ${start.source}, not measured` });
  }
  return {
    benchmark: benchmark.id,
    mode: start.mode,
    runner: session.runner,
    source: start.source,
    // Of accuracies runners have definitions of their own; a sum of energies there is only one.
    valid: findings.every(({ rule }) =>
      rule === "source" || (rule === "printed" && start.mode !== "energy")
    ),
    findings,
    ...figures,
    ...(printed.length > 0 ? { printed } : {}),
  };
}

function figuresOf(
  session: Session,
  benchmark: Benchmark,
  findings: ScoreFinding[],
): ScoreFigures | undefined {
  const { mode } = session.start;
  if (session.streaming) {
    const figures = scoreStreaming(session.streaming, benchmark, findings);
    if (mode !== "energy") return figures;
    const energy = scoreEnergy(session, findings);
    if (!energy) findings.push({ rule: "recomputed", text: "The energy samples are not kept" });
    return { ...figures, ...energy };
  }
  if (mode === "performance") return scorePerformance(session, findings);
  if (mode === "energy") return scoreEnergy(session, findings);
  return scoreAccuracy(session, benchmark, findings);
}

function ending(session: Session): string {
  const { stop } = session;
  if (!stop) return "it was cut off";
  return stop.error ? stop.error.message : stop.reason;
}

const whole: Record<SessionMode, string> = {
  performance: "a performance window",
  accuracy: "a whole file",
  energy: "an energy window",
};

function nothingToScore(mode: SessionMode): InputError {
  return new InputError(`Cannot score a session without ${whole[mode]}`, {
    source: whole[mode],
    hint: "Run it again with the same session folder: it goes on where it ended",
  });
}
