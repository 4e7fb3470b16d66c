/**
 * Results that can be trusted, of a line that may damage them.
 *
 * @module
 */
import { DutAnswerError, DutRefusedError } from "./dut_errors.ts";
import type { DutLink } from "./dut_link.ts";
import { parseResults, type Results } from "./parse_results.ts";

/** Reads what `infer` and `results` print. */
export class DutResults {
  readonly #link: DutLink;
  #printsUneven = false;

  constructor(link: DutLink) {
    this.#link = link;
  }

  /** The values of the last inference, printed again. */
  async again(count?: number): Promise<Results | undefined> {
    return parseResults(await this.#link.ask("results", 0, 400), count);
  }

  /**
   * The values in the answer to a command. A digit that was lost or changed on the line leaves a number that looks well.
   * Where the line is known to be bad, or the values are not all printed alike, they are asked for again, and count when
   * they come twice the same.
   *
   * @throws {DutAnswerError} Where they do not, or are not `count`.
   */
  async confirm(command: string, lines: readonly string[], count?: number): Promise<number[]> {
    const first = parseResults(lines, count);
    if (first && !this.#link.isDoubtful && (first.even || this.#printsUneven)) return first.values;
    let second: Results | undefined;
    try {
      second = await this.again(count);
    } catch (error) {
      if (!(error instanceof DutRefusedError) || !first) throw error;
      second = first; // firmware without the command
    }
    if (first && second && first.values.every((value, i) => value === second.values[i])) {
      this.#printsUneven ||= !first.even;
      return first.values;
    }
    throw new DutAnswerError(
      first && second
        ? `Cannot trust 'm-results' of '${command}' as it reads differently the second time`
        : `Cannot parse 'm-results' of '${command}'${reasonOf(lines, count)}`,
      this.#link.errorData(command),
    );
  }
}

// Why no line of an answer holds `count` values, where it is their number.
function reasonOf(lines: readonly string[], count?: number): string {
  if (count === undefined) return "";
  const found = parseResults(lines)?.values.length;
  return found === undefined || found === count
    ? ` as ${count} values`
    : ` as it holds ${found} values: expected ${count}`;
}
