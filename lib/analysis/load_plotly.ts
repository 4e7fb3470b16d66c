import { randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import { delay, systemClock } from "../clock.ts";
import { type NotebookChannel, notebookChannel } from "./notebook_channel.ts";
import { plotlyScript } from "./plotly_script.ts";

/**
 * Characters of one message. The Deno kernel tears a message that does not fit the socket's buffer at once (4 MB on
 * Linux, less elsewhere), and Jupyter drops what exceeds 3 MB in 3 s: so Plotly goes compressed, and in pieces.
 */
const pieceCharacters = 128 * 1024;

/** Between two pieces, for the page to take what it was sent. */
const pauseMs = 5;

/**
 * Sends Plotly to the notebook's page, for front ends that do not bring it (JupyterLab without Plotly's extension). The
 * first figure of a kernel does so by itself; call it after the page was loaded anew while its kernel went on. Does
 * nothing outside a notebook.
 *
 * The output that holds Plotly, 1.8 MB, is replaced by nothing at the end: the page keeps it, the saved notebook does
 * not.
 *
 * @param channel Where to; by default the notebook that this code runs in.
 * @throws {ThimbleError} Where the package `plotly.js-dist-min` cannot be read.
 *
 * @example
 * ```ts
 * import { loadPlotly } from "thimble";
 *
 * await loadPlotly();
 * ```
 */
export async function loadPlotly(
  channel: NotebookChannel | undefined = notebookChannel(),
): Promise<void> {
  if (channel === undefined) return;
  const base64 = gzipSync(await plotlyScript()).toString("base64");
  const count = Math.ceil(base64.length / pieceCharacters);
  const id = randomUUID();
  const send = (type: string, html: string) =>
    channel.broadcast(type, {
      data: { "text/html": html, "text/plain": "" },
      metadata: {},
      transient: { display_id: id },
    });
  for (let i = 0; i < count; i++) {
    const piece = base64.slice(i * pieceCharacters, (i + 1) * pieceCharacters);
    const script = pageScript.replace("INDEX", String(i)).replace("COUNT", String(count))
      .replace("PIECE", piece);
    await send(i === 0 ? "display_data" : "update_display_data", `<script>${script}</script>`);
    await delay(systemClock, pauseMs);
  }
  await send("update_display_data", "");
}

/** Collects the pieces; with the last one `window.thimblePlotly` becomes a promise that Plotly is there. */
const pageScript = `(() => {
  if (window.Plotly || window.thimblePlotly) return;
  const pieces = window.thimblePlotlyPieces ??= [];
  pieces[INDEX] = "PIECE";
  if (Object.keys(pieces).length < COUNT) return;
  delete window.thimblePlotlyPieces;
  window.thimblePlotly = (async () => {
    const bytes = Uint8Array.from(atob(pieces.join("")), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.textContent = await new Response(stream).text();
    document.head.append(script);
  })();
})();`;
