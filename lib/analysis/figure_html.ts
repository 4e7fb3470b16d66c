import type { Figure } from "./figure.ts";
import { figureElement } from "./figure_display.ts";
import { escapeHtml } from "../escape_html.ts";
import { plotlyScript } from "./plotly_script.ts";

/**
 * One HTML page with figures under each other, complete in itself: Plotly is in it, once, and nothing is loaded from
 * elsewhere. About 4.3 MB.
 *
 * @param title Of the page.
 * @throws {ThimbleError} Where the package `plotly.js-dist-min` cannot be read.
 *
 * @example
 * ```ts
 * import { figureHtml, throughputFigure } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const windows = [{ iterations: 100, runtimeS: 10.5 }];
 * const figure = throughputFigure({ windows, source: "simulated" });
 * const html = await figureHtml([figure], "A run");
 * assert.match(html, /<title>A run<\/title>/);
 * ```
 */
export async function figureHtml(figures: readonly Figure[], title: string): Promise<string> {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>body { margin: 1rem auto; max-width: 60rem; font-family: system-ui, sans-serif; }</style>
<script>${await plotlyScript()}</script>
</head>
<body>
${figures.map(figureElement).join("\n")}
</body>
</html>
`;
}
