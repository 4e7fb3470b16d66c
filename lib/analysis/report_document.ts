/**
 * A page of figures and tables in one file.
 *
 * @module
 */
import { Html, markup } from "../page/markup.ts";
import { pageScript, pageStyle } from "../page/page_style.ts";
import type { Figure } from "./figure.ts";
import { plotlyConfig } from "./figure_display.ts";
import { scriptJson } from "./html_text.ts";
import { plotlyScript } from "./plotly_script.ts";

/** The figures of a page: each has its place, and is drawn there once it is about to be seen. */
export class PlacedFigures {
  /** In the order of their places. */
  readonly figures: Figure[] = [];

  /** Where a figure is to stand; its summary, until it is drawn. */
  place(figure: Figure): Html {
    this.figures.push(figure);
    return markup`<div class="figure" data-figure="${
      this.figures.length - 1
    }"><pre>${figure.summary}</pre></div>
`;
  }
}

/** What a page consists of. */
export interface ReportDocument {
  /** Heading. */
  title: string;
  /** When it was made, as it is to be printed. */
  made?: string;
  /** Those that have places in the body. */
  placed: PlacedFigures;
  /** Below the heading. */
  body: Html;
}

/**
 * The page. Nothing is loaded from elsewhere.
 *
 * @throws {ThimbleError} Where the package `plotly.js-dist-min` cannot be read.
 */
export async function reportDocument(document: ReportDocument): Promise<string> {
  const { title, made, placed: { figures }, body } = document;
  const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; " +
    "img-src data: blob:";
  const specifications = scriptJson(
    figures.map((figure) => ({ ...figure.toJSON(), config: plotlyConfig })),
  );
  return markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${title}</title>
<style>${new Html(pageStyle + reportStyle)}</style>
</head>
<body>
<h1>${title}</h1>
<p>Made by Thimble${made ? `, ${made}` : ""}</p>
${body}
<script>${new Html(pageScript)}</script>
${figures.length > 0 ? new Html(`<script>${await plotlyScript()}</script>`) : ""}
<script>
const figures = ${new Html(specifications)};
${new Html(drawScript)}
</script>
</body>
</html>
`.text;
}

const reportStyle = `
.figure { min-height: 420px; margin: 1rem 0; background: #fff; border: 1px solid var(--line); border-radius: 6px; }
.figure pre { color: #555; padding: 1rem; white-space: pre-wrap; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: .5rem 0; }
dt { color: var(--dim); } dd { margin: 0; overflow-wrap: anywhere; }
section { border-top: 1px solid var(--line); margin-top: 2rem; }
`;

/** A figure is drawn once it is about to be seen, and before the page is printed. */
const drawScript = `
const draw = (node) => {
  if (!node.firstElementChild || !window.Plotly) return;
  const { data, layout, config } = figures[node.dataset.figure];
  node.replaceChildren();
  window.Plotly.newPlot(node, data, layout, config);
};
const nodes = [...document.querySelectorAll(".figure")];
const observer = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    observer.unobserve(target);
    draw(target);
  }
}, { rootMargin: "400px" });
nodes.forEach((node) => observer.observe(node));
addEventListener("beforeprint", () => nodes.forEach(draw));
`;
