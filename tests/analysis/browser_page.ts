/**
 * Uses pages of figures and of a report as a reader does, in a Chromium without a window; prints what happens as JSON. Its
 * own program, as Playwright needs more of the system than the tests may.
 *
 *     deno run --allow-all tests/analysis/browser_page.ts CHROMIUM FIGURES.html REPORT.html OUT
 */
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Locator } from "playwright-core";

const [executablePath, figuresPage, reportPage, out] = Deno.args;
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport: { width: 1000, height: 900 } });
const errors: string[] = [];
const requests: string[] = [];
page.on("pageerror", (error) => errors.push(String(error)));
page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
page.on("request", (request) => requests.push(request.url()));

const open = (path: string) => page.goto(pathToFileURL(resolve(path)).href);
const plots = page.locator(".js-plotly-plot");

/** Something of a figure's own state, by an expression in which `node` is its element. */
function stateOf<T>(plot: Locator, expression: string): Promise<T> {
  return plot.evaluate(new Function("node", `return ${expression}`) as (node: unknown) => T);
}

const ranges = (plot: Locator) =>
  stateOf<number[][]>(plot, "['xaxis', 'yaxis'].map((axis) => node._fullLayout[axis].range)");

/** Does something after which the axes are others, and waits until they are. */
async function relaidOut(plot: Locator, act: () => Promise<void>): Promise<void> {
  await plot.evaluate((node) => {
    const shown = node as unknown as {
      once(event: string, listener: () => void): void;
      removeAttribute(name: string): void;
      setAttribute(name: string, value: string): void;
    };
    shown.removeAttribute("data-relaid");
    shown.once("plotly_relayout", () => shown.setAttribute("data-relaid", ""));
  });
  await act();
  await page.waitForSelector("[data-relaid]");
}

// The figures: the first is a Pareto figure, the second has a legend of lines.
await open(figuresPage);
await plots.nth(1).waitFor();
const [pareto, lines] = [plots.nth(0), plots.nth(1)];
await pareto.scrollIntoViewIfNeeded();
const area = (await pareto.locator(".nsewdrag").boundingBox())!;
const [pointX, pointY] = await stateOf<[number, number]>(
  pareto,
  `(() => {
    const { x, y } = node.data.find(({ name }) => /not beaten/.test(name) && !/^beaten/.test(name));
    return [node._fullLayout.xaxis.d2p(x[0]), node._fullLayout.yaxis.d2p(y[0])];
  })()`,
);
await page.mouse.move(area.x + pointX - 5, area.y + pointY);
await page.mouse.move(area.x + pointX, area.y + pointY, { steps: 4 });
await page.waitForSelector(".hoverlayer .hovertext", { timeout: 5000 });
const hover = await page.locator(".hoverlayer .hovertext").first().textContent();
await page.screenshot({ path: join(out, "hover.png") });

const before = await ranges(pareto);
await relaidOut(pareto, async () => {
  await page.mouse.move(area.x + area.width * 0.3, area.y + area.height * 0.3);
  await page.mouse.down();
  await page.mouse.move(area.x + area.width * 0.6, area.y + area.height * 0.7, { steps: 6 });
  await page.mouse.up();
});
const zoomed = await ranges(pareto);
await relaidOut(
  pareto,
  () => page.mouse.dblclick(area.x + area.width * 0.5, area.y + area.height * 0.5),
);
const back = await ranges(pareto);

await lines.scrollIntoViewIfNeeded();
const visible = () => stateOf<unknown[]>(lines, "node._fullData.map(({ visible }) => visible)");
const legendBefore = await visible();
await lines.locator(".legend .legendtoggle").first().click();
await page.waitForFunction(
  "document.querySelectorAll('.js-plotly-plot')[1]._fullData.some(({ visible }) => visible === 'legendonly')",
);
const legendAfter = await visible();
await page.screenshot({ path: join(out, "legend.png") });

// The report: figures are drawn where they are seen; its table filters and sorts.
await open(reportPage);
await plots.first().waitFor();
const drawnAtFirst = await plots.count();
const table = page.locator("#results");
const shownRows = () =>
  table.locator("tbody tr:not([hidden])").evaluateAll((rows) =>
    rows.map((row) => row.textContent ?? "")
  );
const all = (await shownRows()).length;
const search = page.locator("input[data-search=results]");
await search.fill("nucleo-l4r5zi KWS01");
const filtered = await shownRows();
await page.screenshot({ path: join(out, "filtered.png") });
await search.fill("no such words");
const none = (await shownRows()).length;
await search.fill("");
const again = (await shownRows()).length;
const head = table.locator("thead th", { hasText: "Latency (ms)" });
const column = await head.evaluate((cell) => (cell as unknown as { cellIndex: number }).cellIndex);
const latencies = () =>
  table.locator(`tbody tr td:nth-child(${column + 1})`).evaluateAll((cells) =>
    cells.map((cell) => (cell as unknown as { dataset: Record<string, string> }).dataset.key ?? "")
  );
await head.locator("button").click();
const ascending = { keys: await latencies(), sort: await head.getAttribute("aria-sort") };
await head.locator("button").click();
const descending = { keys: await latencies(), sort: await head.getAttribute("aria-sort") };
await table.scrollIntoViewIfNeeded();
await page.screenshot({ path: join(out, "sorted.png") });
await page.locator(".figure").last().scrollIntoViewIfNeeded();
await page.locator(".figure").last().locator("svg.main-svg").first().waitFor();
const drawnAtLast = await plots.count();

await browser.close();
console.log(JSON.stringify({
  ...{ errors, requests, hover, before, zoomed, back, legendBefore, legendAfter },
  report: { drawnAtFirst, drawnAtLast, all, filtered, none, again, ascending, descending },
}));
