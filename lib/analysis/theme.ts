/**
 * One look for every figure: colours that colour-blind readers tell apart, sizes that survive print, units on every
 * axis, and the source of the numbers under the title.
 *
 * @module
 */
import type { FigureLayout, FigureSource } from "./figure.ts";
import { escapeHtml } from "../escape_html.ts";

/** Colours of Okabe and Ito (2008), which stay apart for colour-blind readers. */
export const palette = {
  black: "#000000",
  orange: "#e69f00",
  skyBlue: "#56b4e9",
  green: "#009e73",
  yellow: "#f0e442",
  blue: "#0072b2",
  vermillion: "#d55e00",
  purple: "#cc79a7",
} as const;

/** From few to many: one hue, monotone in lightness, so that it prints in grey; ends dark enough for white text. */
export const sequentialScale: readonly (readonly [number, string])[] = [
  [0, "#f5f8fb"],
  [0.25, "#c6dbef"],
  [0.5, "#6baed6"],
  [0.75, "#2171b5"],
  [1, "#08306b"],
];

/** Each source in words, as figures print it. */
export const sourceTexts: Readonly<Record<FigureSource, string>> = {
  measured: "measured on a device",
  emulated: "emulated: instruction counts, not time on silicon",
  simulated: "simulated: a cost model, not a device",
  published: "published in a benchmark round",
  computed: "computed on this machine, no device",
};

/** The two lines above a figure. */
export interface FigureTitle {
  /** The finding, such as `Throughput: 12.3 inferences/s`. */
  title: string;
  /** What was run on what, such as `kws01 on NUCLEO-L4R5ZI`; may be empty. */
  subject: string;
  /** Where the numbers came from; several where figures of different origin stand together. */
  source: FigureSource | readonly FigureSource[];
}

const font = { family: "system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif", size: 14 };
const ink = "#222222";
const mutedInk = "#555555";
const gridColor = "#e3e3e3";

/** The line under a title: subject and source. */
export function subtitle({ subject, source }: Omit<FigureTitle, "title">): string {
  const sources = typeof source === "string" ? [source] : source;
  const from = sources.map((one) => sourceTexts[one]).join("; ");
  return [subject, from].filter((text) => text !== "").join(" · ");
}

/**
 * A layout in the house style; `layout` adds to it.
 *
 * The subtitle is part of the title's text as Plotly before 2.34, which some editors bring, drops `title.subtitle`.
 */
export function themedLayout(title: FigureTitle, layout: FigureLayout): FigureLayout {
  const text = `<b>${escapeHtml(shortened(title.title, 120))}</b><br>` +
    `<span style="font-size:13px;color:${mutedInk}">${
      escapeHtml(subtitle({ ...title, subject: shortened(title.subject, 110) }))
    }</span>`;
  return {
    title: {
      text,
      x: 0,
      xref: "container",
      xanchor: "left",
      pad: { l: 16 },
      y: 0.96,
      yanchor: "top",
      font: { size: 17 },
    },
    font: { ...font, color: ink },
    paper_bgcolor: "#ffffff",
    plot_bgcolor: "#ffffff",
    margin: { l: 72, r: 24, t: 84, b: 64 },
    height: 420,
    hoverlabel: { align: "left", font: { ...font, size: 13 } },
    showlegend: false,
    ...layout,
  };
}

/** What would run out of the picture ends in an ellipsis. */
function shortened(text: string, most: number): string {
  const characters = [...text];
  return characters.length > most ? `${characters.slice(0, most - 1).join("")}…` : text;
}

/** An axis in the house style with its title; `axis` adds to it. */
export function themedAxis(title: string, axis: FigureLayout = {}): FigureLayout {
  return {
    title: { text: escapeHtml(title), standoff: 12 },
    automargin: true,
    zeroline: false,
    ...(axis.showgrid === false ? {} : { gridcolor: gridColor }),
    ...(axis.showline === false ? {} : { showline: true, linecolor: ink, ticks: "outside" }),
    ...axis,
  };
}
