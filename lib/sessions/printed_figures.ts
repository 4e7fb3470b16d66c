/** One performance window as `results.txt` prints it. */
export interface PrintedWindow {
  /** As printed: 2, 4 … 10 (EnergyRunner) or 1 … 5 (Python runner). */
  number: number;
  /** Measured inferences. */
  iterations?: number;
  /** Seconds. */
  runtimeS?: number;
  /** Inferences a second. */
  throughputInfS?: number;
}

/** One energy window as `results.txt` prints it. */
export interface PrintedEnergyWindow {
  /** As printed: 2, 4 … 10 (EnergyRunner) or 0 … 4 (Python runner). */
  number: number;
  /** Start in the trace in seconds. */
  startS?: number;
  /** Seconds. */
  runtimeS?: number;
  /** Measured inferences. */
  iterations?: number;
  /** µJ of all inferences. */
  energyUj?: number;
  /** mW. */
  powerMw?: number;
  /** µJ of one inference. */
  energyUjPerInf?: number;
}

/** The figures in `results.txt`, as the runner printed them. */
export interface PrintedFigures {
  /** Median, inferences a second; of streaming 1 / mean processing time. */
  throughputInfS?: number;
  /** Median, µJ an inference. */
  energyUjPerInf?: number;
  /** What stands behind "Top-1" or "Top 1%": of ad01 no accuracy; see `Score`. */
  top1Percent?: number;
  /** Area under the ROC curve by the runner's definition. */
  auc?: number;
  /** Streaming: occurrences that were detected. */
  truePositives?: number;
  /** Streaming: occurrences that were not. */
  falseNegatives?: number;
  /** Streaming: detections without an occurrence. */
  falsePositives?: number;
  /** Streaming: share of the time that the device works, 0–1. */
  dutyCycle?: number;
  /** Streaming: seconds from frame to frame. */
  periodS?: number;
  /** The performance windows. */
  windows: PrintedWindow[];
  /** The energy windows. */
  energyWindows: PrintedEnergyWindow[];
  /** Errors that the runner printed, such as "The run must take at least 10 seconds …". */
  messages: string[];
}

/** No figures at all. */
export function noFigures(): PrintedFigures {
  return { windows: [], energyWindows: [], messages: [] };
}

const number = String.raw`\s*[:=]?\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)`;
const figure = (pattern: string) => new RegExp(pattern, "i");

const whole: [keyof PrintedFigures & string, RegExp][] = [
  ["throughputInfS", figure(`Median throughput is${number}`)],
  ["throughputInfS", figure(`Estimated throughput${number}`)],
  ["energyUjPerInf", figure(`Median energy cost is${number}`)],
  ["top1Percent", figure(String.raw`Top[- ]1\s*%?${number}`)],
  ["auc", figure(String.raw`\bAUC${number}`)],
  ["dutyCycle", figure(`Average duty cycle${number}`)],
  ["periodS", figure(`Average period${number}`)],
];
const counts = /(\d+) True positives, (\d+) False negatives, (\d+) False positives/i;
const mostWindows = 100_000;
const windowHead = /Performance results for window (\d+)/;
const energyHead = /Energy data for (?:window|trial) (\d+)(?: at time ([\d.]+) for ([\d.]+) sec)?/;
const performancePart: [keyof PrintedWindow, RegExp][] = [
  ["iterations", figure(`# Inferences${number}`)],
  ["runtimeS", figure(`Runtime${number} sec`)],
  ["throughputInfS", figure(`Throughput${number} inf`)],
];
const energyPart: [keyof PrintedEnergyWindow, RegExp, number][] = [
  ["energyUjPerInf", figure(String.raw`Energy/Inf\.?${number} uJ`), 1],
  ["energyUj", figure(`Energy${number} uJ`), 1],
  ["powerMw", figure(`Power${number} uW`), 1e-3],
  ["powerMw", figure(`Power${number} mW`), 1],
  ["runtimeS", figure(`Elapsed time${number}`), 1],
  ["iterations", figure(`Inferences${number}`), 1],
];

/** Reads `results.txt`, line by line, of either runner. The Python runner's log holds the same lines. */
export class PrintedFiguresReader {
  /** The figures so far; of repeated ones the last. */
  readonly figures: PrintedFigures = noFigures();
  readonly #placed = new Map<string, unknown>();
  #performance: PrintedWindow | undefined;
  #energy: PrintedEnergyWindow | undefined;

  /** Takes the next line. */
  push(line: string): void {
    if (line.length > 2000) return;
    const window = windowHead.exec(line);
    if (window) {
      this.#energy = undefined;
      this.#performance = this.#place(this.figures.windows, window[1]);
      return;
    }
    const energy = energyHead.exec(line);
    if (energy) {
      this.#performance = undefined;
      this.#energy = this.#place(this.figures.energyWindows, energy[1]);
      if (energy[2]) {
        this.#energy.startS = Number(energy[2]);
        this.#energy.runtimeS = Number(energy[3]);
      }
      return;
    }
    if (this.#wholeFigure(line)) return;
    if (this.#performance) {
      for (const [key, pattern] of performancePart) {
        const match = pattern.exec(line);
        if (match) this.#performance[key] = Number(match[1]);
      }
    }
    if (this.#energy) {
      for (const [key, pattern, factor] of energyPart) {
        const match = pattern.exec(line);
        if (!match) continue;
        this.#energy[key] = factor * Number(match[1]);
        return;
      }
    }
  }

  // Of repeated windows the last counts: the runner's log has them twice, the second time with all digits.
  #place<T extends { number: number }>(list: T[], digits: string): T {
    const key = `${list === this.figures.windows as unknown[] ? "p" : "e"}${digits}`;
    const found = this.#placed.get(key) as T | undefined;
    if (found) return found;
    const made = { number: Number(digits) } as T;
    if (list.length < mostWindows) list.push(made);
    this.#placed.set(key, made);
    return made;
  }

  #wholeFigure(line: string): boolean {
    for (const [key, pattern] of whole) {
      const match = pattern.exec(line);
      if (!match) continue;
      Object.assign(this.figures, { [key]: Number(match[1]) });
      return true;
    }
    const found = counts.exec(line);
    if (found) {
      this.figures.truePositives = Number(found[1]);
      this.figures.falseNegatives = Number(found[2]);
      this.figures.falsePositives = Number(found[3]);
      return true;
    }
    const message = /\be-\[(.*)\]|^.*\b(ERROR\b.*)$/.exec(line);
    if (message && this.figures.messages.length < 100) {
      this.figures.messages.push((message[1] ?? message[2]).slice(0, 300));
    }
    return message !== null;
  }
}
