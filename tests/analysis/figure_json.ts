import type { Figure } from "../../lib/analysis/figure.ts";

interface Axis {
  title: { text: string };
  range: [number, number];
  autorange?: string;
}

/** The specification as a front end reads it: through JSON. */
export interface FigureJson {
  data: Record<string, unknown>[];
  layout: {
    title: { text: string };
    xaxis: Axis;
    yaxis: Axis;
    shapes: Record<string, unknown>[];
    annotations: { text: string }[];
  };
}

/** What becomes of a figure on its way to a front end. */
export function asJson(figure: Figure): FigureJson {
  return JSON.parse(JSON.stringify(figure));
}
