import type { BrokenRule, SessionFinding } from "./session.ts";

/**
 * Collects what is odd in files. The same thing is kept once, with its first place and how often it was seen, so that a
 * hundred thousand odd lines are one finding.
 */
export class Findings {
  readonly #found = new Map<string, { first: SessionFinding; count: number }>();

  /**
   * Notes an oddity.
   *
   * @param text In words, the same for each of its kind: no figures that differ from line to line.
   * @param place The first one is kept, with the rule that is broken.
   */
  add(text: string, place: { file?: string; line?: number; breaks?: BrokenRule } = {}): void {
    const found = this.#found.get(text);
    if (found) found.count++;
    else this.#found.set(text, { first: { text, ...place }, count: 1 });
  }

  /** All, in the order in which they were first seen. */
  list(): SessionFinding[] {
    return [...this.#found.values()].map(({ first, count }) =>
      count === 1 ? first : { ...first, text: `${first.text} (${count} times)` }
    );
  }
}
