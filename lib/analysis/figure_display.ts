/**
 * How a figure appears in a notebook. JupyterLab with Plotly's extension and VS Code draw
 * `application/vnd.plotly.v1+json` themselves. JupyterLab and Notebook without the extension take `text/html`, whose
 * script needs `window.Plotly`, which is sent to the page once. Where scripts do not run (GitHub, a notebook that is not
 * trusted), the HTML shows the figure's summary.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { escapeHtml } from "../escape_html.ts";
import { scriptJson } from "./html_text.ts";
import { loadPlotly } from "./load_plotly.ts";
import type { MimeBundle } from "./notebook_channel.ts";

/** How Plotly behaves: follows the width of the page, no logo, a double click goes back to where the axes began. */
export const plotlyConfig = { responsive: true, displaylogo: false, doubleClick: "reset" } as const;

/** What is displayed of a figure. */
export interface FigureContent {
  /** Plotly's traces. */
  readonly data: readonly unknown[];
  /** Plotly's layout. */
  readonly layout: unknown;
  /** The same in plain text. */
  readonly summary: string;
  /** JavaScript of a function that takes the element and Plotly; called once the figure is drawn in a page. */
  readonly script?: string;
}

let sent: Promise<void> | undefined;

/**
 * What a notebook is given for a figure; sends Plotly first where this kernel has not yet.
 *
 * @throws {ThimbleError} Where the package `plotly.js-dist-min` cannot be read.
 */
export async function displayFigure(figure: FigureContent): Promise<MimeBundle> {
  sent ??= loadPlotly().catch((error) => {
    sent = undefined;
    throw error;
  });
  await sent;
  return figureBundle(figure);
}

/** A figure for every kind of front end. */
export function figureBundle(figure: FigureContent): MimeBundle {
  return {
    "application/vnd.plotly.v1+json": {
      data: figure.data,
      layout: figure.layout,
      config: plotlyConfig,
    },
    "text/html": figureElement(figure),
    "text/plain": figure.summary,
  };
}

/** HTML that draws the figure where the page has Plotly and scripts run, and shows its summary where not. */
export function figureElement(figure: FigureContent): string {
  const json = scriptJson({ data: figure.data, layout: figure.layout, config: plotlyConfig });
  // Two equal figures share the id; the script draws into each that is still empty.
  const id = createHash("sha256").update(json).digest("hex").slice(0, 16);
  return `<div data-thimble-figure="${id}"><pre>${escapeHtml(figure.summary)}</pre></div>
<script>
(async () => {
  await window.thimblePlotly;
  for (const node of document.querySelectorAll('[data-thimble-figure="${id}"]:has(> pre)')) {
    if (!window.Plotly) {
      node.title = "Not drawn, as this page has not loaded Plotly: run 'await loadPlotly()', then this cell again";
      continue;
    }
    const figure = ${json};
    node.replaceChildren();
    ${
    figure.script === undefined
      ? "window.Plotly.newPlot(node, figure.data, figure.layout, figure.config);"
      : `await window.Plotly.newPlot(node, figure.data, figure.layout, figure.config);
    (${figure.script})(node, window.Plotly);`
  }
  }
})();
</script>`;
}
