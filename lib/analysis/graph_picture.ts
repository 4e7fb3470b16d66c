import type { Graph } from "../model/graph.ts";
import { graphSvg } from "../model/graph_svg.ts";
import { summarize } from "../model/summary.ts";
import { jupyterDisplay, type MimeBundle } from "./notebook_channel.ts";

/** A model's graph as a picture: as the last value of a notebook cell it is drawn. */
export class GraphPicture {
  /** The picture. */
  readonly svg: string;
  /** The same in words, for places without a picture. */
  readonly summary: string;

  /**
   * Draws a graph.
   *
   * @throws {ModelError} The graph is not consistent.
   */
  constructor(graph: Graph) {
    this.svg = graphSvg(graph);
    const { layers, macs, parameters } = summarize(graph);
    const count = (n: number) => n.toLocaleString("en-US");
    this.summary = `${layers.length} operators, ${count(macs)} multiply-accumulates, ` +
      `${count(parameters)} parameters`;
  }

  /** What a notebook shows. */
  [jupyterDisplay](): MimeBundle {
    return { "image/svg+xml": this.svg, "text/plain": this.summary };
  }
}

/**
 * A picture of a model's graph, to be shown in a notebook.
 *
 * @throws {ModelError} The graph is not consistent.
 *
 * @example
 * ```ts
 * import { demoModel, graphPicture, loadModel } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const picture = graphPicture(await loadModel(demoModel()));
 * assert.match(picture.svg, /^<svg /);
 * assert.equal(picture.summary, "5 operators, 121,440 multiply-accumulates, 2,436 parameters");
 * ```
 */
export function graphPicture(graph: Graph): GraphPicture {
  return new GraphPicture(graph);
}
