import type { DataSet } from "../training/data/data_set.ts";
import type { DataReport } from "../training/cards/data_report.ts";
import { measureDataSet, type MeasureOptions } from "../training/cards/measure_data_set.ts";
import { dataCardElement, dataCardPage } from "./data_card_html.ts";
import { dataCardText } from "./data_card_text.ts";
import { jupyterDisplay, type MimeBundle } from "./notebook_channel.ts";

/**
 * A data set card: what is in a data set, where it came from, and what is odd about it. As the last value of a notebook
 * cell it is shown with pictures and sounds; elsewhere it is text (`console.log`, `String`).
 */
export class DataCard {
  /** What was measured. */
  readonly report: DataReport;

  /** Takes what {@linkcode measureDataSet} gives. */
  constructor(report: DataReport) {
    this.report = report;
  }

  /** One HTML page that needs nothing beside it, of at most 2 MB. All text is escaped. */
  toPage(): string {
    return dataCardPage(this.report);
  }

  /** The same as an element of a page. */
  toHtml(): string {
    return dataCardElement(this.report);
  }

  /** The same in plain text, without pictures and sounds. */
  toString(): string {
    return dataCardText(this.report);
  }

  /** What was measured, for `JSON.stringify`. */
  toJSON(): DataReport {
    return this.report;
  }

  /** What a notebook shows. */
  [jupyterDisplay](): MimeBundle {
    return { "text/html": this.toHtml(), "text/plain": this.toString() };
  }

  /** What `console.log` shows. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/**
 * Makes a data set card: classes of each split, samples to look at and listen to, duplicates across splits, values,
 * provenance, licence and hashes.
 *
 * @throws {InputError} Where an example cannot be read.
 * @throws {RangeError} Where `most` is not a whole number of at least 1, or a label has no class.
 *
 * @example
 * ```ts
 * import { describe, syntheticKws } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const set = syntheticKws({ train: 24, validation: 0, test: 12, calibration: 0 });
 * const card = await describe(set);
 * assert.match(String(card), /Synthetic keywords/);
 * assert.match(card.toPage(), /<audio /);
 * assert.equal(card.report.duplicates.exactAcrossSplits, 0);
 * ```
 */
export async function describe(dataSet: DataSet, options: MeasureOptions = {}): Promise<DataCard> {
  return new DataCard(await measureDataSet(dataSet, options));
}
