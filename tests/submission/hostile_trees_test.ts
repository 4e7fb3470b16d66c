/** Trees that mean harm, and trees that were damaged: the check ends, and says what it saw. */
import assert from "node:assert/strict";
import { checkSubmission } from "../../lib/submission/check_submission.ts";
import { reportHtml } from "../../lib/submission/report_html.ts";
import { reportSarif } from "../../lib/submission/report_sarif.ts";
import { reportText } from "../../lib/submission/report_text.ts";
import { rounds } from "../../lib/submission/rounds.ts";
import { SeededRandom } from "../model/seeded_random.ts";
import { mutate } from "../sessions/mutate.ts";
import {
  description,
  energyRunnerTree,
  type Files,
  openTree,
  pythonTree,
  withTree,
} from "./example_tree.ts";

const board = "closed/acme/results/board-1";

Deno.test("checkSubmission() follows no link, wherever it points", async () => {
  await withTree(new Map([["secret/log.txt", "do not read\n"]]), async (outside) => {
    await withTree(pythonTree(), async (folder) => {
      await Deno.symlink(`${outside}/secret`, `${folder}/${board}/kws`);
      await Deno.symlink("../../../../../../../../etc", `${folder}/closed/acme/code/etc`);
      await Deno.symlink(".", `${folder}/${board}/ad/here`);
      await Deno.symlink("there", `${folder}/${board}/ad/there`);
      await Deno.remove(`${folder}/${board}/ad/accuracy/results.json`);
      await Deno.symlink("/dev/zero", `${folder}/${board}/ad/accuracy/results.json`);
      const { findings, results } = await checkSubmission(folder, { round: "v1.4" });
      assert.deepEqual(findings.map(({ rule, path }) => [rule, path]), [
        ["symbolic-link", "closed/acme/code/etc"],
        ["symbolic-link", `${board}/ad/accuracy/results.json`],
        ["symbolic-link", `${board}/ad/here`],
        ["symbolic-link", `${board}/ad/there`],
        ["symbolic-link", `${board}/kws`],
      ]);
      assert.equal(
        findings.filter(({ text }) => text.includes("outside of the submission")).length,
        3,
      );
      assert.deepEqual(results.map(({ path }) => path), [`${board}/ad`, `${board}/sww`]);
      assert.ok(results.every(({ isValid }) => !isValid));
    });
  });
});

Deno.test("checkSubmission() does not read files that are too large", async () => {
  await withTree(pythonTree(), async (folder) => {
    const huge = 1e12; // a hole: it takes no room
    for (const path of [`${board}/ad/performance/log.txt`, "closed/acme/systems/board-1.json"]) {
      await Deno.truncate(`${folder}/${path}`, huge);
    }
    await Deno.truncate(`${folder}/${board}/ad/energy/results.txt`, 400e6);
    const { findings } = await checkSubmission(folder, { round: "v1.4" });
    assert.deepEqual(findings.map(({ rule }) => rule), [
      "file-size",
      "file-size",
      "system-json",
      "readable-session",
      "results-text",
      "readable-session",
    ]);
  });
});

Deno.test("checkSubmission() keeps fifty findings of a rule and counts the others", async () => {
  const files = pythonTree();
  for (let i = 0; i < 120; i++) files.set(`closed/acme/code/.hidden${i}`, "x");
  const { findings } = await withTree(files, (folder) => checkSubmission(folder));
  assert.equal(findings.length, 50);
  assert.match(findings[49].text, /; and 70 more such findings$/);
});

Deno.test("checkSubmission() does not quote without end", async () => {
  const files = pythonTree();
  const status = "x".repeat(900_000);
  files.set("closed/acme/systems/board-1.json", description({ Status: status }));
  const { findings } = await withTree(files, (folder) => checkSubmission(folder));
  assert.deepEqual(findings.map(({ rule, text }) => [rule, text.length]), [["system-status", 601]]);
});

Deno.test("checkSubmission() survives names that nobody would choose", async () => {
  const names = [
    "__proto__",
    "constructor",
    "<img src=x onerror=alert(1)>",
    "a\x1b[31mb",
    "\u202etxt.exe",
    "'\"&",
    "a\nb",
  ];
  const files = pythonTree();
  for (const name of names) {
    files.set(`closed/${name}/results/${name}/${name}/${name}/x`, "x");
    files.set(
      `closed/${name}/systems/${name}.json`,
      `{"__proto__": {"Status": "Available"}, "constructor": 1}`,
    );
  }
  const report = await withTree(files, (folder) => checkSubmission(folder, { round: "v1.4" }));
  assert.equal(report.results.length, 2 + names.length);
  const text = reportText(report);
  assert.ok(text.includes("a\\u{1b}[31mb") && text.includes("\\u{202e}txt.exe"));
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\u202e]/);
  const html = reportHtml(report);
  assert.ok(!html.includes("<img") && html.includes("&lt;img src=x"));
  const { runs: [{ results }] } = JSON.parse(reportSarif(report));
  assert.equal(results.length, report.findings.length);
});

Deno.test("checkSubmission() can be ended", async () => {
  await withTree(pythonTree(), async (folder) => {
    await assert.rejects(checkSubmission(folder, { signal: AbortSignal.abort() }), {
      name: "AbortError",
    });
  });
});

const encoder = new TextEncoder();

/** A tree with some of its files damaged. */
function damaged(files: Files, random: SeededRandom): Files {
  const paths = [...files.keys()];
  for (let i = random.integer(1, 4); i > 0; i--) {
    const path = random.pick(paths);
    const content = files.get(path)!;
    const bytes = typeof content === "string" ? encoder.encode(content) : content!;
    files.set(path, mutate(bytes, random.integer(0, 1e9)));
  }
  return files;
}

Deno.test("checkSubmission() survives damaged logs, traces and descriptions", async () => {
  const random = new SeededRandom(77);
  const rules = new Set<string>();
  for (let i = 0; i < 120; i++) {
    const tree = random.pick([pythonTree, energyRunnerTree, openTree]);
    const report = await withTree(
      damaged(tree(), random),
      (folder) => checkSubmission(folder, { round: random.pick(rounds) }),
    );
    for (const { rule, text } of report.findings) {
      rules.add(rule);
      assert.ok(!text.includes("was not foreseen"), text);
    }
    assert.ok(reportText(report).length > 0 && reportHtml(report).endsWith("</html>\n"));
    JSON.parse(reportSarif(report));
  }
  assert.ok(rules.size > 15, `rules that were broken: ${[...rules]}`);
});
