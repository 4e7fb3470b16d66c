/** Figures and reports in a real browser: hover, zoom, legend, filter, sort. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { findBrowser } from "../../lib/analysis/figure_image.ts";
import { figureHtml } from "../../lib/analysis/figure_html.ts";
import { generationsFigure } from "../../lib/analysis/generations_figure.ts";
import { latencyEnergyFigure } from "../../lib/analysis/pareto_figure.ts";
import { publishedReport } from "../../lib/analysis/report.ts";
import { publishedResults } from "../../lib/analysis/result_row.ts";
import { loadPublished } from "../../lib/sessions/rounds/load_published.ts";
import { testWith } from "../reference.ts";

const browser = await findBrowser().catch(() => undefined);
const needs = { present: browser !== undefined, otherwise: "no Chromium or Chrome" };

/** What the page's program saw; see browser_page.ts. */
interface Seen {
  errors: string[];
  requests: string[];
  hover: string;
  before: number[][];
  zoomed: number[][];
  back: number[][];
  legendBefore: unknown[];
  legendAfter: unknown[];
  report: {
    drawnAtFirst: number;
    drawnAtLast: number;
    all: number;
    filtered: string[];
    none: number;
    again: number;
    ascending: { keys: string[]; sort: string };
    descending: { keys: string[]; sort: string };
  };
}

testWith(needs, "figures hover, zoom and hide; a report filters and sorts", async () => {
  const rows = publishedResults(await loadPublished());
  const kws = rows.filter(({ benchmark, division }) =>
    benchmark === "kws01" && division === "closed"
  );
  const out = await Deno.makeTempDir({ prefix: "thimble-" });
  try {
    const figures = [latencyEnergyFigure(kws), generationsFigure(kws)];
    await Deno.writeTextFile(`${out}/figures.html`, await figureHtml(figures, "Figures"));
    await Deno.writeTextFile(`${out}/report.html`, await publishedReport(rows));
    const script = fileURLToPath(new URL("browser_page.ts", import.meta.url));
    const pages = [
      `${out}/figures.html`,
      `${out}/report.html`,
      Deno.env.get("THIMBLE_PAGES") ?? out,
    ];
    const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", "--allow-all", script, browser!, ...pages],
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    const seen: Seen = JSON.parse(new TextDecoder().decode(stdout));
    assert.deepEqual(seen.errors, []);
    assert.ok(seen.requests.every((url) => /^(file|data|blob):/.test(url)), `${seen.requests}`);

    // The first point of the front, with every figure of its system.
    assert.match(seen.hover, /greenwaves-technologies gap9/);
    assert.match(seen.hover, /ms.*µJ/);
    for (const axis of [0, 1]) {
      const [[low, high], [from, to]] = [seen.before[axis], seen.zoomed[axis]];
      assert.ok(from > low && to < high && from < to, `${[low, from, to, high]}`);
    }
    assert.deepEqual(seen.back, seen.before);
    assert.ok(seen.legendBefore.every((visible) => visible === true));
    assert.equal(seen.legendAfter.filter((visible) => visible === "legendonly").length, 1);

    const { report } = seen;
    assert.equal(report.all, rows.length);
    const wanted = rows.filter(({ board, benchmark }) =>
      board?.startsWith("NUCLEO-L4R5ZI") && benchmark === "kws01"
    );
    assert.ok(wanted.length > 3);
    assert.equal(report.filtered.length, wanted.length);
    assert.ok(report.filtered.every((text) => /l4r5zi/i.test(text) && text.includes("kws01")));
    assert.deepEqual([report.none, report.again], [0, rows.length]);
    // Rows without the figure come first, and last when it is turned round.
    const numbers = (keys: string[]) => keys.map((key) => key === "" ? -Infinity : Number(key));
    const ascending = numbers(report.ascending.keys);
    assert.equal(report.ascending.sort, "ascending");
    assert.deepEqual(ascending, ascending.toSorted((a, b) => a - b || 0));
    assert.ok(new Set(ascending).size > 100);
    assert.equal(report.descending.sort, "descending");
    assert.deepEqual(numbers(report.descending.keys), ascending.toReversed());
    // Figures are drawn where they are about to be seen, not all at once.
    assert.ok(report.drawnAtFirst < report.drawnAtLast, `${report.drawnAtFirst}`);
  } finally {
    await Deno.remove(out, { recursive: true });
  }
});
