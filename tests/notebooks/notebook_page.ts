/**
 * A notebook with its outputs as one HTML page, to look at: `deno task notebooks:page IPYNB HTML`.
 *
 * @module
 */
import { escapeHtml } from "../../lib/escape_html.ts";
import { scriptJson } from "../../lib/analysis/html_text.ts";
import { plotlyScript } from "../../lib/analysis/plotly_script.ts";
import { joinLines, type Notebook, type Output, readNotebook } from "./notebook.ts";

const style = `
body { margin: 1.5rem auto; max-width: 56rem; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; color: #222; }
pre { margin: 0; padding: 0.75em 1em; overflow-x: auto; font: 14px/1.4 ui-monospace, monospace; }
.input { background: #f5f5f5; border-left: 4px solid #0072b2; margin-top: 1em; }
.output { margin: 0.5em 0 0.5em 1em; overflow-x: auto; }
.error { background: #fdecea; }
p code, li code { background: #f0f0f0; padding: 0 0.25em; }
thead th { border-bottom: 1px solid #888; }
`;

/** The page. Outputs are trusted, as in a notebook that was just run. */
export async function notebookPage(notebook: Notebook, title: string): Promise<string> {
  const cells = notebook.cells.map((cell) => {
    const source = joinLines(cell.source);
    if (cell.cell_type !== "code") return markdownHtml(source);
    return `<pre class="input">${escapeHtml(source)}</pre>\n` +
      cell.outputs.map((output) => `<div class="output">${outputHtml(output)}</div>`).join("\n");
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
<script>${await plotlyScript()}</script>
<body>
${cells.join("\n")}
</body>
</html>
`;
}

function outputHtml(output: Output): string {
  if (output.output_type === "stream") return `<pre>${escapeHtml(joinLines(output.text))}</pre>`;
  if (output.output_type === "error") {
    return `<pre class="error">${escapeHtml(output.traceback.join("\n"))}</pre>`;
  }
  const { data } = output;
  const plotly = data["application/vnd.plotly.v1+json"];
  if (plotly !== undefined) {
    return `<div></div><script>{
  const { data, layout, config } = ${scriptJson(plotly)};
  Plotly.newPlot(document.currentScript.previousElementSibling, data, layout, config);
}</script>`;
  }
  const text = (mime: string) => joinLines((data[mime] ?? "") as string | string[]);
  const picture = text("image/png");
  if (picture) return `<img alt="" src="data:image/png;base64,${picture}">`;
  return text("text/html") || text("image/svg+xml") ||
    `<pre>${escapeHtml(text("text/plain"))}</pre>`;
}

/** Headings, lists, fenced code and paragraphs: what the notebooks here use. */
export function markdownHtml(markdown: string): string {
  return markdown.split(/^(```\w*\n[^]*?\n```)$/m).flatMap((part) => {
    const fence = /^```\w*\n([^]*)\n```$/.exec(part);
    if (fence) return `<pre class="input">${escapeHtml(fence[1])}</pre>`;
    return part.split(/\n{2,}/).map((block) => block.trim()).filter(Boolean).map(blockHtml);
  }).join("\n");
}

function blockHtml(block: string): string {
  const heading = /^(#{1,6}) (.*)$/.exec(block);
  if (heading) return `<h${heading[1].length}>${inlineHtml(heading[2])}</h${heading[1].length}>`;
  const list = /^(?:[-*]|(1\.)) /.exec(block);
  if (!list) return `<p>${inlineHtml(block)}</p>`;
  const tag = list[1] ? "ol" : "ul";
  const items = block.split(/^(?:[-*]|\d+\.) +/m).slice(1);
  return `<${tag}>${items.map((item) => `<li>${inlineHtml(item)}</li>`).join("")}</${tag}>`;
}

function inlineHtml(text: string): string {
  return escapeHtml(text)
    .replace(/`([^`]+)`/g, "<code>$1</code>")
    .replace(/\*\*([^*]+)\*\*/g, "<strong>$1</strong>")
    .replace(/(?<![\w*_])([*_])([^*_]+)\1(?![\w*_])/g, "<em>$2</em>")
    .replace(/\[([^\]]+)\]\(([^)\s]+)\)/g, '<a href="$2">$1</a>');
}

if (import.meta.main) {
  const [from, to] = Deno.args;
  await Deno.writeTextFile(to, await notebookPage(await readNotebook(from), from));
}
