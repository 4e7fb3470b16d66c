/**
 * A figure as a picture.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ThimbleError } from "../errors.ts";
import type { Figure } from "./figure.ts";
import { scriptJson } from "./html_text.ts";
import { plotlyScript } from "./plotly_script.ts";

/** No browser is there, or it cannot draw. */
export class BrowserError extends ThimbleError {
  /** Name of the class. */
  override name = "BrowserError";
}

/** How {@linkcode figureImage} draws. */
export interface FigureImageOptions {
  /** Kind of picture. @default {"svg"} */
  format?: "png" | "svg";
  /** In pixels. @default {1000} */
  width?: number;
  /** In pixels. @default {420} */
  height?: number;
  /** Pixels of a PNG for each of these. @default {2} */
  scale?: number;
  /** Program of the browser. @default {the variable CHROME, chromium, google-chrome or chrome, whichever is there} */
  browser?: string;
  /** Ends the browser when it aborts. */
  signal?: AbortSignal;
}

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const mark = "thimble-picture:";

/**
 * Draws a figure as PNG or SVG, by Plotly in a Chromium without a window.
 *
 * @throws {BrowserError} Where there is no such browser, or it does not draw.
 * @throws {ThimbleError} Where the package `plotly.js-dist-min` cannot be read.
 *
 * @example
 * ```ts ignore
 * import { energyFigure, figureImage, readSession } from "thimble";
 *
 * const figure = energyFigure(await readSession("sessions/kws-energy"));
 * await Deno.writeFile("power.svg", await figureImage(figure));
 * ```
 */
export async function figureImage(
  figure: Figure,
  options: FigureImageOptions = {},
): Promise<Uint8Array> {
  const { format = "svg", width = 1000, height = 420, scale = 2, signal } = options;
  const browser = options.browser ?? await findBrowser();
  const folder = await Deno.makeTempDir({ prefix: "thimble-" });
  try {
    const page = join(folder, "figure.html");
    await Deno.writeTextFile(
      page,
      `<!doctype html>
<meta charset="utf-8"><body>
<script>${await plotlyScript()}</script>
<script>
Plotly.toImage(${scriptJson(figure)}, ${
        scriptJson({ format, width, height, scale: format === "png" ? scale : 1 })
      }).then(
  (url) => url,
  (error) => "failed: " + error,
).then((text) => {
  document.documentElement.innerHTML = "<body></body>";
  document.body.textContent = "${mark}" + encodeURIComponent(text) + " ";
});
</script>`,
    );
    const dom = await draw(browser, page, join(folder, "profile"), signal);
    const found = new RegExp(`${mark}(\\S+) `).exec(dom);
    const url = found ? decodeURIComponent(found[1]) : "";
    const data = /^data:image\/[a-z+]+(;base64)?,([^]*)$/.exec(url);
    if (!data) {
      throw new BrowserError(`Cannot draw the figure with '${browser}'`, {
        hint: "Write it as .html, open that in a browser, and save the picture there",
        cause: new Error(url.slice(0, 300) || dom.slice(0, 300) || "It gave nothing"),
      });
    }
    return data[1]
      ? Buffer.from(data[2], "base64")
      : new TextEncoder().encode(decodeURIComponent(data[2]));
  } finally {
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  }
}

/**
 * Finds a Chromium or Chrome: the variable CHROME, then the usual names in the PATH.
 *
 * @throws {BrowserError} Where there is none.
 */
export async function findBrowser(): Promise<string> {
  const named = Deno.env.get("CHROME");
  if (named) return named;
  const folders = (Deno.env.get("PATH") ?? "").split(Deno.build.os === "windows" ? ";" : ":");
  const macs = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
  ];
  const suffix = Deno.build.os === "windows" ? ".exe" : "";
  const paths = names.flatMap((name) => folders.map((folder) => join(folder, name + suffix)));
  for (const path of [...paths, ...macs]) {
    const isThere = await Deno.stat(path).then(({ isFile }) => isFile, () => false);
    if (isThere) return path;
  }
  throw new BrowserError("Cannot draw a picture as there is no Chromium or Chrome", {
    hint: "Install chromium, set CHROME to its program, or write .html, which needs none",
  });
}

async function draw(
  browser: string,
  page: string,
  profile: string,
  signal?: AbortSignal,
): Promise<string> {
  const args = [
    "--headless",
    // The page is our own and loads nothing; in containers a sandbox cannot be had.
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
    `--user-data-dir=${profile}`,
    "--virtual-time-budget=20000",
    "--dump-dom",
    pathToFileURL(page).href,
  ];
  try {
    const { stdout } = await new Deno.Command(browser, { args, signal, stderr: "null" }).output();
    signal?.throwIfAborted();
    return new TextDecoder().decode(stdout);
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new BrowserError(`Cannot start the browser '${browser}'`, {
      cause,
      hint: "Set CHROME to the program of a Chromium or Chrome",
    });
  }
}
