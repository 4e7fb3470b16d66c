import type { Progress } from "../runner/progress.ts";

/** Where a {@linkcode ProgressLine} writes; tests give their own. */
export interface ProgressOutput {
  /** Whether lines can be written over. */
  readonly isTerminal: boolean;
  /** Characters that fit on a line. */
  readonly columns: number;
  write(text: string): void;
}

/** Progress goes to the error stream: the result alone is on the other one. */
export const errorStream: ProgressOutput = {
  get isTerminal() {
    return Deno.stderr.isTerminal();
  },
  get columns() {
    try {
      return Deno.consoleSize().columns;
    } catch {
      return 80;
    }
  },
  write: (text) => void Deno.stderr.writeSync(new TextEncoder().encode(text)),
};

/**
 * A duration as people say it.
 *
 * @param ms Milliseconds.
 */
export function durationText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/**
 * One line that says how far a run is: written over in place on a terminal, at most ten times a second; without one a
 * plain line for each tenth of the work.
 */
export class ProgressLine implements Disposable {
  readonly #title: string;
  readonly #output: ProgressOutput;
  readonly #now: () => number;
  #drawnAt = -Infinity;
  #tenth = 0;
  #shown = false;

  constructor(title: string, output: ProgressOutput = errorStream, now = () => performance.now()) {
    this.#title = title;
    this.#output = output;
    this.#now = now;
  }

  /** Shows where the work is. */
  update(progress: Progress): void {
    const { done, total, unit, text, remainingMs } = progress;
    const share = total > 0 ? done / total : 0;
    const left = remainingMs === undefined || remainingMs < 1000 || done >= total
      ? ""
      : `, ${durationText(remainingMs)} left`;
    const count = `${Math.floor(done)} of ${total} ${unit}${left}`;
    if (!this.#output.isTerminal) {
      const tenth = Math.floor(share * 10);
      if (tenth > this.#tenth) this.#output.write(`${this.#title}: ${count}\n`);
      this.#tenth = Math.max(tenth, this.#tenth);
      return;
    }
    const now = this.#now();
    if (now - this.#drawnAt < 100 && done < total) return;
    this.#drawnAt = now;
    const cells = 24;
    const full = Math.round(share * cells);
    const bar = "█".repeat(full) + "░".repeat(cells - full);
    const line = `${this.#title}  ${bar}  ${count}  ${text}`.slice(0, this.#output.columns - 1);
    this.#output.write(`\r\x1b[2K${line}`);
    this.#shown = true;
  }

  /** Writes a line that stays, above the one that moves. */
  note(text: string): void {
    this.#clear();
    this.#output.write(`${text}\n`);
  }

  #clear(): void {
    if (this.#shown) this.#output.write("\r\x1b[2K");
    this.#shown = false;
  }

  /** Takes the line away. */
  [Symbol.dispose](): void {
    this.#clear();
  }
}
