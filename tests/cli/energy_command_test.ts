/** Energy on the command line: a whole run without hardware, its table, its pictures. */
import assert from "node:assert/strict";
import { findBrowser } from "../../lib/analysis/figure_image.ts";
import { readSession } from "../../lib/sessions/read_session.ts";
import { referenceTest, shared } from "../reference.ts";
import { cli, inFolder, thimble } from "./thimble.ts";

const run = (session: string, ...more: string[]) => [
  ...["run", "--benchmark", "kws01", "--mode", "energy", "--session", session],
  ...more,
];

Deno.test("thimble run --mode energy and thimble trace work without hardware", () =>
  inFolder(async (folder) => {
    const session = `${folder}/kws`;
    const ran = await thimble(
      run(session, "--monitor", "virtual", "--port", "virtual", "--limit", "2", "--quiet"),
    );
    assert.equal(ran.code, 0, ran.err);
    assert.match(ran.out, /energy, simulated\n {2}cost model .*; power by a model, not measured/);
    assert.match(ran.out, /Energy +78\.\d\d µJ\/inf/);
    // Every run of it is the same, to the last bit of the last sample.
    const again = await thimble(
      run(`${folder}/again`, "--port", "virtual", "--limit", "2", "--quiet", "--json"),
    );
    assert.equal(again.code, 0, again.err);
    const trace = "trace1-energy.bin";
    assert.deepEqual(
      await Deno.readFile(`${folder}/again/${trace}`),
      await Deno.readFile(`${session}/${trace}`),
    );
    const names = [...Deno.readDirSync(session)].map(({ name }) => name).sort();
    assert.deepEqual(names, [
      "events.jsonl",
      "log.txt",
      "results.json",
      "results.txt",
      trace,
      "trace1-timestamps.json",
    ]);
    const shown = await thimble(["trace", session, "--out", "power.html"], folder);
    assert.equal(shown.code, 0, shown.err);
    assert.equal(shown.err, "");
    assert.match(shown.out, /^kws01 on thimble-virtual, energy, simulated\n/);
    assert.match(shown.out, /PowerShield \(lpm01a\), 3 V, 1000 samples\/s/);
    assert.match(shown.out, /window +t0 s +t1 s +s +energy µJ +mW +inferences +µJ\/inf +lost\n/);
    assert.equal(shown.out.match(/^ +[1-5] +\d+\.\d{3} .* 3900 +78\.\d{3} +0$/gm)?.length, 5);
    assert.match(shown.out, /Mean +78\.\d+ ± 0\.\d+ µJ\/inf \(± 0\.0\d %, 95 %\)/);
    assert.doesNotMatch(shown.out, /Doubts/);
    const html = await Deno.readTextFile(`${folder}/power.html`);
    assert.match(html, /simulated: a cost model/);
    const json = await thimble(["trace", session, "--json"]);
    assert.equal(JSON.parse(json.out).windows.length, 5);
    // Of a run that was cut off there is what it has.
    const events = (await Deno.readTextFile(`${session}/events.jsonl`)).split("\n");
    const second = events.findIndex((line) =>
      line.includes('"type":"energy"') && / *"index":1,/.test(line)
    );
    await Deno.writeTextFile(`${session}/events.jsonl`, events.slice(0, second).join("\n") + "\n");
    const cut = await thimble(["trace", session]);
    assert.match(cut.out, /Median +78\.\d+ µJ\/inf, of 1 windows: 5 make a score/);
    assert.doesNotMatch(cut.out, /NaN/);
  }));

Deno.test("thimble run --mode energy says what its arguments lack", () =>
  inFolder(async (folder) => {
    const cases: [string[], RegExp][] = [
      [[], /without --monitor\n/],
      [["--monitor", "lpm01a", "--data", "."], /without --io-port\n/],
      [["--monitor", "scope", "--io-port", "x"], /which monitor 'scope' is/],
      [["--monitor", "lpm01a", "--io-port", "virtual"], /'lpm01a' on a virtual bench/],
      [["--monitor", "virtual", "--supply", "x"], /Cannot read 'x' for --supply/],
      [["--monitor", "virtual", "--rate", "-5"], /Cannot read '-5' for --rate|ambiguous/],
      [["--monitor", "virtual", "--port", "a", "--io-port", "b"], /--io-port and --port together/],
      [["--monitor", "virtual", "--monitor-port", "x"], /--monitor-port with a virtual bench/],
      [["--monitor", "virtual", "--acquisition", "stat"], /--acquisition with a virtual bench/],
      [["--monitor", "lpm01a", "--io-port", "x", "--acquisition", "x"], /dyn or stat/],
      // Before anything is opened: none of these ports is there.
      [["--monitor", "virtual", "--supply", "99"], /'99' V with lpm01a: it gives 1\.8 to 3\.3 V/],
      [["--monitor", "n6705", "--io-port", "x", "--supply", "21"], /'21' V with n6705/],
      [["--monitor", "ppk2", "--io-port", "x", "--rate", "1000"], /Choose one of 100000/],
      [["--monitor", "virtual", "--rate", "1234"], /'1234' Hz with lpm01a as it has no such rate/],
    ];
    for (const [more, pattern] of cases) {
      const { code, err } = await thimble(run(`${folder}/s`, ...more, "--data", folder));
      assert.equal(code, 2, `${more}: ${err}`);
      assert.match(err, pattern, `${more}`);
    }
    const coarse = await thimble(run(`${folder}/s`, "--port", "virtual", "--rate", "50"));
    assert.deepEqual([coarse.code, /at 50 samples a second/.test(coarse.err)], [2, true]);
    // What is wrong with the monitor is said before what is missing besides.
    const unknown = await thimble(run(`${folder}/s`, "--monitor", "scope", "--io-port", "x"));
    assert.deepEqual([unknown.code, /which monitor 'scope' is/.test(unknown.err)], [2, true]);
    const other = await thimble([
      ...["run", "--benchmark", "kws01", "--mode", "accuracy", "--port", "virtual"],
      ...["--monitor", "lpm01a", "--session", `${folder}/s`],
    ]);
    assert.deepEqual([other.code, /--monitor in mode 'accuracy'/.test(other.err)], [2, true]);
    // A monitor that is not there is a device that failed.
    const none = await thimble(
      run(
        `${folder}/s`,
        "--monitor",
        "lpm01a",
        "--monitor-port",
        `${folder}/none`,
        "--io-port",
        `${folder}/io`,
      )
        .concat("--data", new URL("../../data/demo/kws01", import.meta.url).pathname),
    );
    assert.equal(none.code, 3, none.err);
    assert.match((await thimble(["run", "--help"])).out, /--mode energy --monitor virtual/);
  }));

Deno.test("above the rate at which an LPM01A gives energy its current is measured", () =>
  inFolder(async (folder) => {
    const ran = await thimble(
      run(
        folder + "/s",
        "--port",
        "virtual",
        "--rate",
        "20000",
        "--limit",
        "1",
        "--quiet",
        "--json",
      ),
    );
    assert.equal(ran.code, 0, ran.err);
    const { valid, energyUjPerInf } = JSON.parse(ran.out);
    assert.ok(valid);
    assert.ok(Math.abs(energyUjPerInf / 78.88 - 1) < 1e-3, `${energyUjPerInf}`);
  }));

Deno.test("thimble trace says what it cannot draw", () =>
  inFolder(async (folder) => {
    const none = await thimble(["trace", folder]);
    assert.deepEqual([none.code, /Cannot open the session/.test(none.err)], [2, true]);
    const out = await thimble(["trace", folder, "--out", "x.gif"]);
    assert.deepEqual([out.code, /ends with \.html, \.png or \.svg/.test(out.err)], [2, true]);
    assert.equal((await thimble(["trace"])).code, 2);
    assert.match((await thimble(["trace", "--help"])).out, /thimble trace SESSION/);
  }));

referenceTest(
  "thimble trace prints published windows to the digit, and draws them",
  () =>
    inFolder(async (folder) => {
      const session = shared("reference/sessions/energyrunner/v0.5-nucleo-l4r5zi/kws/energy");
      const hasBrowser = await findBrowser().then(() => true, () => false);
      const out = `${folder}/power.svg`;
      const more = hasBrowser ? ["--out", out, "--from", "20", "--to", "23"] : [];
      const shown = await thimble(["trace", session, ...more]);
      assert.equal(shown.code, 0, shown.err);
      assert.match(
        shown.out,
        / 2\.875 +20\.930 +18\.055 +737242\.570 +40\.8354 +100 +7372\.426 +0\n/,
      );
      if (hasBrowser) assert.match(await Deno.readTextFile(out), /measured on a device/);
      const wrong = await thimble(["trace", session, "--from", "5", "--to", "4", "--out", out]);
      assert.deepEqual([wrong.code, /from 5 s to 4 s/.test(wrong.err)], [2, true]);
      // Without a browser it says so, and has printed its table.
      const environment = { NO_COLOR: "1", CHROME: "/no/such/browser" };
      const command = new Deno.Command(Deno.execPath(), {
        args: ["run", "-q", "-RWE", "--allow-run", cli, "trace", session, "--out", out],
        env: environment,
      });
      const { code, stderr } = await command.output();
      assert.equal(code, 1);
      assert.match(
        new TextDecoder().decode(stderr),
        /BrowserError: Cannot start the browser '\/no/,
      );
    }),
);

Deno.test({
  name: "thimble run --mode energy ends in order at SIGINT, SIGTERM and SIGHUP",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
      await Promise.all(signals.map((signal) => endsInOrder(`${folder}/${signal}`, signal)));
    }),
});

async function endsInOrder(session: string, signal: Deno.Signal): Promise<void> {
  await Deno.mkdir(session);
  using changes = Deno.watchFs(session);
  // With the emulated IO manager it takes a while.
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-RWE", "--allow-run", cli, ...run(session, "--monitor", "virtual")],
    env: { NO_COLOR: "1" },
    stdout: "null",
    stderr: "piped",
  }).spawn();
  // As soon as there are samples: in the middle of a window.
  const trace = `${session}/trace1-energy.bin`;
  for await (const _ of changes) {
    const { size } = await Deno.stat(trace).catch(() => ({ size: 0 }));
    if (size > 8000) break;
  }
  child.kill(signal);
  const { code, stderr } = await child.output();
  const text = new TextDecoder().decode(stderr);
  assert.equal(code, 130, `${signal}: ${text}`);
  assert.match(text, /Cancelled: the same command goes on where it ended/);
  const { stop, energyTraces, energyWindows } = await readSession(session);
  assert.equal(stop?.reason, "cancelled");
  assert.ok(energyTraces[0].samplesUj.length > 100);
  assert.ok(energyWindows.length < 5);
}
