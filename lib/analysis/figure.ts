/**
 * A figure as data: a Plotly specification that displays itself in a notebook and says where its numbers came from.
 *
 * @module
 */
import { ThimbleError } from "../errors.ts";
import type { Source } from "../sessions/events.ts";
import { displayFigure } from "./figure_display.ts";
import { jupyterDisplay, type MimeBundle } from "./notebook_channel.ts";

/** Where the numbers of a figure came from: of a session's kinds, from a published round, or from a model run on the host. */
export type FigureSource = Source | "published" | "computed";

/** One trace of a Plotly figure: a `type` and the attributes of that type. */
export interface FigureTrace {
  /** Such as `scatter` or `heatmap`. */
  readonly type: string;
  /** See https://plotly.com/javascript/reference/ */
  readonly [attribute: string]: unknown;
}

/** Attributes of a Plotly layout, see https://plotly.com/javascript/reference/layout/ */
export type FigureLayout = Readonly<Record<string, unknown>>;

/**
 * Largest specification, in characters of JSON, that a figure may have. A notebook holds it twice; the Deno kernel tears
 * messages of several megabytes, and Jupyter drops them.
 */
export const maxFigureCharacters = 500_000;

/** A figure would be too large to show: its data have to be thinned out first. */
export class FigureSizeError extends ThimbleError {
  /** Name of the class. */
  override name = "FigureSizeError";
  /** Size of the specification in characters of JSON. */
  readonly characters: number;

  /** Takes the size of the specification in characters of JSON. */
  constructor(characters: number) {
    super(`Cannot make a figure of ${characters} characters: at most ${maxFigureCharacters}`, {
      hint: "Plot fewer points: downsample the series first",
    });
    this.characters = characters;
  }
}

/**
 * A Plotly specification. As the last value of a notebook cell it is drawn; `JSON.stringify` gives `{data, layout}`.
 *
 * @example
 * ```ts
 * import { Figure } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const figure = new Figure({
 *   data: [{ type: "scatter", x: [1, 2], y: [3, 4] }],
 *   layout: { title: { text: "Two points" } },
 *   summary: "Two points, rising",
 * });
 * assert.equal(JSON.parse(JSON.stringify(figure)).data[0].y[1], 4);
 * ```
 */
export class Figure {
  /** The traces. */
  readonly data: readonly FigureTrace[];
  /** Title, axes and all else around the traces. */
  readonly layout: FigureLayout;
  /** The same in plain text, for readers and places without a picture. */
  readonly summary: string;

  /**
   * Checks the size.
   *
   * @throws {FigureSizeError} Where the specification is larger than {@linkcode maxFigureCharacters}.
   */
  constructor(
    figure: { data: readonly FigureTrace[]; layout: FigureLayout; summary: string },
  ) {
    this.data = figure.data;
    this.layout = figure.layout;
    this.summary = figure.summary;
    const characters = JSON.stringify(this).length;
    if (characters > maxFigureCharacters) throw new FigureSizeError(characters);
  }

  /** The specification alone. */
  toJSON(): { data: readonly FigureTrace[]; layout: FigureLayout } {
    return { data: this.data, layout: this.layout };
  }

  /** What a notebook shows: the figure for Plotly renderers, HTML that draws it, and its summary. */
  [jupyterDisplay](): Promise<MimeBundle> {
    return displayFigure(this);
  }
}
