/** The energy viewer in a real browser. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { energyFigure } from "../../lib/analysis/energy_figure.ts";
import { BrowserError, figureImage, findBrowser } from "../../lib/analysis/figure_image.ts";
import { figureHtml } from "../../lib/analysis/figure_html.ts";
import type { EnergyWindow } from "../../lib/sessions/energy_trace.ts";
import { testWith } from "../reference.ts";

const browser = await findBrowser().catch(() => undefined);

const browserTest = (name: string, fn: () => Promise<void>) =>
  testWith({ present: browser !== undefined, otherwise: "no Chromium or Chrome" }, name, fn);

// A minute at 20,000 samples a second with two windows, and one sample that stands out within a load.
const sampleRateHz = 20_000;
const samplesUj = Float32Array.from({ length: 60 * sampleRateHz }, (_, i) => {
  const t = i / sampleRateHz;
  const isWindow = t >= 10 && t < 20 || t >= 40 && t < 50;
  return (isWindow ? 1.5 : 0.2) * (1 + 0.05 * Math.sin(i));
});
samplesUj[30 * sampleRateHz] = 4;

function figure() {
  const windows = [10, 40].map((startS, index): EnergyWindow => ({
    index,
    number: index,
    file: "yes.bin",
    iterations: 4000,
    trace: 0,
    startS,
    endS: startS + 10,
    startSample: startS * sampleRateHz,
    samples: 10 * sampleRateHz,
    missing: 0,
    energyUj: 300_000,
  }));
  const trace = { sampleRateHz, samplesUj, timestampsS: [10, 20, 40, 50] };
  return energyFigure(trace, { windows, source: "simulated", subject: "a test", detail: 200_000 });
}

browserTest("the energy viewer zooms, tells and saves in a real browser", async () => {
  const out = await Deno.makeTempDir();
  try {
    const html = await figureHtml([figure()], "Energy");
    const { plotlyScript } = await import("../../lib/analysis/plotly_script.ts");
    assert.ok(html.length - (await plotlyScript()).length < 2_000_000, `${html.length}`);
    await Deno.writeTextFile(`${out}/page.html`, html);
    const script = fileURLToPath(new URL("energy_page.ts", import.meta.url));
    const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-prompt",
        "--allow-all",
        script,
        browser!,
        `${out}/page.html`,
        out,
      ],
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    const seen = JSON.parse(new TextDecoder().decode(stdout));
    assert.deepEqual(seen.errors, []);
    assert.ok(seen.requests.every((url: string) => /^(file|data|blob):/.test(url)), seen.requests);
    // The spike of one sample among 1.2 million is in the overview: 4 µJ at 20 kHz.
    assert.equal(seen.overview.highest, 80);
    assert.match(seen.hover, /Window 1: 75\.00 µJ\/inference/);
    assert.match(seen.hover, /mean power 30\.00 mW/);
    assert.match(seen.hover, /4,000 inferences in 10\.000 s/);
    // Zooming in shows finer values, and the spike still.
    const [once, twice] = seen.zooms;
    assert.ok(once.range[1] - once.range[0] < 13 && twice.range[1] - twice.range[0] < 1.4);
    assert.ok(once.points > 2000, `${once.points}`);
    assert.ok(twice.finest < seen.overview.finest || twice.finest < 0.001, `${twice.finest}`);
    assert.equal(twice.highest, 80);
    assert.deepEqual(seen.back.range, [0, 60]);
    assert.equal(seen.back.points, seen.overview.points);
    const png = await Deno.readFile(seen.saved.png);
    assert.deepEqual([...png.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
    assert.match(
      await Deno.readTextFile(seen.saved.svg),
      /^<svg[^]*75\.00 µJ\/inference[^]*<\/svg>$/,
    );
  } finally {
    await Deno.remove(out, { recursive: true });
  }
});

browserTest("figureImage() draws PNG and SVG", async () => {
  const svg = new TextDecoder().decode(await figureImage(figure(), { width: 640, height: 300 }));
  assert.match(svg, /^<svg[^>]*width="640" height="300"/);
  assert.match(svg, /simulated: a cost model/);
  const png = await figureImage(figure(), { format: "png", width: 320, height: 200, scale: 2 });
  const header = new DataView(png.buffer, png.byteOffset);
  assert.deepEqual([header.getUint32(16), header.getUint32(20)], [640, 400]);
});

Deno.test("figureImage() says what is missing where there is no browser", async () => {
  await assert.rejects(
    figureImage(figure(), { browser: "/no/such/browser" }),
    (error) => error instanceof BrowserError && /\/no\/such\/browser/.test(error.message),
  );
  await assert.rejects(figureImage(figure(), { browser: "/bin/true" }), BrowserError);
});
