import assert from "node:assert/strict";
import { publishedReport, sessionsReport } from "../../lib/analysis/report.ts";
import { publishedResults } from "../../lib/analysis/result_row.ts";
import { loadPublished } from "../../lib/sessions/rounds/load_published.ts";
import { scoreSession } from "../../lib/sessions/score_session.ts";
import { readSession } from "../../lib/sessions/read_session.ts";
import { inFolder, thimble } from "../cli/thimble.ts";

const evil = `"><script>alert(1)</script><img src=x onerror=alert(2)>`;

/** What the page says, without Plotly and the specifications. */
function bodyOf(html: string): string {
  return html.slice(html.indexOf("<body>"), html.indexOf("<script>", html.indexOf("<body>")));
}

const log = `00272.954 session: m-session-start-id[20210603010201]
00273.100 dut: m-name-dut-[${evil}]
00273.468 dut: m-model-[kws01]
00273.608 dut: m-infer-start-100
00273.794 dut: m-lap-us-1000000
00291.984 dut: m-lap-us-21000000
00291.993 dut: m-results-[0,0,0,0,0,0,0,1,0,0,0,0]
00291.994 sequencer: m-sequencer-stop
`;

Deno.test("sessionsReport() is one page that loads nothing and escapes what devices say", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/log.txt`, log);
    const session = await readSession(folder);
    session.start.dut.name = evil;
    const html = await sessionsReport([{ name: evil, session, score: scoreSession(session) }]);
    const body = bodyOf(html);
    assert(!body.includes("<script>alert") && !body.includes("<img"));
    assert(body.includes("&lt;script&gt;alert(1)"));
    assert(html.includes("default-src &#39;none&#39;") || html.includes("default-src 'none'"));
    assert(!/<(script|link|img)[^>]*(src|href)="https?:/i.test(html));
    assert.match(body, /data-figure="0"/);
    assert.match(body, /window/i);
  });
});

Deno.test("sessionsReport() lists every session, with its verdict", async () => {
  await inFolder(async (folder) => {
    const reported = [];
    for (const name of ["first", "second"]) {
      await Deno.mkdir(`${folder}/${name}`);
      await Deno.writeTextFile(`${folder}/${name}/log.txt`, log);
      const session = await readSession(`${folder}/${name}`);
      reported.push({ name, session, score: scoreSession(session) });
    }
    const body = bodyOf(await sessionsReport(reported, { title: "Two", made: "today" }));
    assert.match(body, /<h1>Two<\/h1>/);
    assert.match(body, /href="#session-0">first/);
    assert.match(body, /id="session-1"/);
    assert.match(body, /0 of 2 keep the rules/);
  });
  await assert.rejects(sessionsReport([]), /no sessions/);
});

Deno.test("publishedReport() has every row in a table, and figures where there is something to draw", async () => {
  const rows = publishedResults(await loadPublished());
  const html = await publishedReport(rows);
  const body = bodyOf(html);
  assert.equal(body.match(/<tr><td>v/g)!.length, rows.length);
  assert(body.match(/class="figure"/g)!.length >= 16);
  assert(html.length < 6_000_000);
});

Deno.test("thimble report and thimble figure write what they say", async () => {
  await inFolder(async (folder) => {
    const published = await thimble(
      ["report", "--published", "--benchmark", "ad01", "--out", "ad.html"],
      folder,
    );
    assert.equal(published.code, 0, published.err);
    assert.match(await Deno.readTextFile(`${folder}/ad.html`), /Anomaly detection/);
    const figure = await thimble(
      ["figure", "generations", "--published", "--metric", "energyUjPerInf", "--out", "g.json"],
      folder,
    );
    assert.equal(figure.code, 0, figure.err);
    assert(JSON.parse(await Deno.readTextFile(`${folder}/g.json`)).data.length > 2);
    await Deno.mkdir(`${folder}/run`);
    await Deno.writeTextFile(`${folder}/run/log.txt`, log);
    const session = await thimble(["figure", "throughput", "run", "--out", "t.html"], folder);
    assert.equal(session.code, 0, session.err);
    assert.match(session.out, /5\.000 inferences\/s/);
    for (
      const args of [
        ["report"],
        ["report", "run", "--published"],
        ["report", "nowhere"],
        ["figure", "throughput", "--published", "--out", "x.html"],
        ["figure", "throughput", "run", "--out", "x.pdf"],
        ["figure", "confusion", "run", "--out", "x.html"],
        ["figure", "generations", "--published", "--by", "colour", "--out", "x.html"],
      ]
    ) {
      const { code, err } = await thimble(args, folder);
      assert(code > 0, args.join(" "));
      assert.match(err, /Cannot/);
    }
    assert(![...Deno.readDirSync(folder)].some(({ name }) => name.startsWith("x.")));
  });
});
