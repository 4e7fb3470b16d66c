/**
 * Uses the page of an energy figure as a reader does, in a Chromium without a window; prints what happens as JSON. Its own
 * program, as Playwright needs more of the system than the tests may.
 *
 *     deno run --allow-all tests/analysis/energy_page.ts CHROMIUM PAGE.html OUT
 */
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Page } from "playwright-core";

const [executablePath, html, out] = Deno.args;
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport: { width: 1000, height: 600 } });
const errors: string[] = [];
const requests: string[] = [];
page.on("pageerror", (error) => errors.push(String(error)));
page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
page.on("request", (request) => requests.push(request.url()));
await page.goto(pathToFileURL(resolve(html)).href);
await page.waitForSelector("[data-thimble-save]");

interface Line {
  points: number;
  range: [number, number];
  finest: number;
  highest: number;
}

/** What the line holds within the axis: how many points, how close, how high. */
function line(page: Page): Promise<Line> {
  return page.evaluate(`(() => {
    const node = document.querySelector(".js-plotly-plot");
    const { x, y } = node.data.find(({ name }) => name === "Power");
    const range = node._fullLayout.xaxis.range;
    const inside = x.map((at, i) => [at, y[i]]).filter(([at]) => at >= range[0] && at <= range[1]);
    const steps = inside.slice(1).map(([at], i) => at - inside[i][0]).filter((step) => step > 0);
    return {
      points: inside.length,
      range,
      finest: Math.min(...steps),
      highest: Math.max(...inside.map(([, value]) => value ?? 0)),
    };
  })()`);
}

/** Does something after which the line is drawn anew, and waits until it is. */
async function redrawn(act: () => Promise<void>): Promise<void> {
  await page.evaluate(`(() => {
    window.redrawn = false;
    document.querySelector(".js-plotly-plot").once("plotly_restyle", () => window.redrawn = true);
  })()`);
  await act();
  await page.waitForFunction("window.redrawn");
}

const overview = await line(page);
const plot = (await page.locator(".nsewdrag").first().boundingBox())!;
const at = (x: number, y: number): [number, number] => [
  plot.x + x * plot.width,
  plot.y + y * plot.height,
];

// Over a window, far below the line.
await page.mouse.move(...at(0.24, 0.8));
await page.mouse.move(...at(0.25, 0.8), { steps: 3 });
await page.waitForSelector(".hoverlayer .hovertext", { timeout: 5000 });
const hover = await page.locator(".hoverlayer .hovertext").first().textContent();
await page.screenshot({ path: join(out, "hover.png") });

// Zoom by dragging, twice.
const zooms: Line[] = [];
for (const [from, to] of [[0.4, 0.6], [0.45, 0.55]]) {
  await page.mouse.move(...at(from, 0.5));
  await page.mouse.down();
  await page.mouse.move(...at(to, 0.5), { steps: 5 });
  await redrawn(() => page.mouse.up());
  zooms.push(await line(page));
}
await page.screenshot({ path: join(out, "zoom.png") });

// Back by a double click.
await redrawn(() => page.mouse.dblclick(...at(0.5, 0.5)));
const back = await line(page);

const saved: Record<string, string> = {};
for (const format of ["png", "svg"]) {
  const download = page.waitForEvent("download");
  await page.click(`[data-thimble-save=${format}]`);
  const file = await download;
  saved[format] = join(out, file.suggestedFilename());
  await file.saveAs(saved[format]);
}
await browser.close();
console.log(JSON.stringify({ overview, hover, zooms, back, saved, errors, requests }));
