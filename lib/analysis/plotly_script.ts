import { readFile } from "node:fs/promises";
import { ThimbleError } from "../errors.ts";

let cached: Promise<string> | undefined;

/**
 * JavaScript that defines `window.Plotly`, from the installed package `plotly.js-dist-min` (4.3 MB); does nothing in a
 * page that has it already.
 *
 * @throws {ThimbleError} Where the package cannot be read.
 */
export function plotlyScript(): Promise<string> {
  cached ??= read().catch((cause) => {
    cached = undefined;
    throw new ThimbleError("Cannot read the package 'plotly.js-dist-min'", {
      cause,
      hint: "Run 'deno install' in the project's folder",
    });
  });
  return cached;
}

async function read(): Promise<string> {
  const url = import.meta.resolve("plotly.js-dist-min/plotly.min.js");
  const source = await readFile(new URL(url), "utf8");
  if (/<\/script|<!--/i.test(source)) throw new Error("It would end its script element");
  // `define`, `module` and `exports` are hidden so that RequireJS, which classic notebooks load, does not take it.
  return `(function () {
if (window.Plotly) return;
var define, module, exports;
${source}
delete window.moduleName;
})();`;
}
