import assert from "node:assert/strict";
import { checkSubmission } from "../../lib/submission/check_submission.ts";
import { reportHtml } from "../../lib/submission/report_html.ts";
import { reportSarif } from "../../lib/submission/report_sarif.ts";
import { reportText } from "../../lib/submission/report_text.ts";
import { submissionRules } from "../../lib/submission/rules.ts";
import { description, energyRunnerTree, openTree, pythonTree, withTree } from "./example_tree.ts";

/** Two divisions; in one a description is broken and a result too low, in the other a name has a space. */
async function report() {
  const files = new Map([...pythonTree(), ...openTree()]);
  files.set("closed/acme/results/board-1/ad/accuracy/results.txt", "x AUC = 0.500\n");
  files.set("closed/acme/systems/board-1.json", description({ "Board Name": "" }));
  files.set("open/acme/code/<read> me.txt", "x");
  const report = await withTree(files, (folder) => checkSubmission(folder, { round: "v1.4" }));
  return { ...report, path: "a & b" };
}

Deno.test("reportText() shows results, findings by file, fixes and the official checker", async () => {
  assert.equal(
    reportText(await report()),
    `Submission 'a & b' by the rules of v1.4

  Result                           inf/s  Accuracy           µJ/inf  Verdict   Official checker
  closed/acme/results/board-1/ad     100  AUC 0.5              1005  3 errors  refused
  closed/acme/results/board-1/sww    125  50 TP, 0 FN, 0 FP   10000  1 error   taken
  open/acme/results/board-1/ad       100  AUC 1                1005  valid     taken
  open/acme/results/board-1/sww      125  50 TP, 0 FN, 0 FP   10000  valid     taken

closed/acme/results/board-1/ad/accuracy/results.txt
  error   quality-target
    line 1: The AUC is 0.5: 0.85 is asked for (the official checker refuses it too)
    Fix: Quantize the model with more care, or submit in the open division
  error   figures-agree
    line 1: The AUC is printed as 0.5: the log gives 1 (the official checker lets it pass)
    Fix: Hand in the results.txt that the runner wrote for this log

closed/acme/systems/board-1.json
  error   system-fields
    line 5: "Board Name" is empty (the official checker lets it pass)
    Fix: Fill the field in, as text

open/acme/code/<read> me.txt
  warning portable-name
    '<read> me.txt' cannot be a name on Windows (the official checker lets it pass)
    Fix: Rename it: without control characters and < > : " | ? * \\, without a dot or space at its end

2 of 4 results valid: 3 errors, 1 warning and 0 notes`,
  );
});

Deno.test("reportSarif() is SARIF 2.1.0 with every rule, and places that can be opened", async () => {
  const { version, runs: [run] } = JSON.parse(reportSarif(await report()));
  assert.equal(version, "2.1.0");
  const rules = run.tool.driver.rules as { id: string }[];
  assert.deepEqual(rules.map(({ id }) => id), submissionRules.map(({ id }) => id));
  type Result = { ruleId: string; ruleIndex: number; level: string; locations: [Location] };
  type Location = { physicalLocation: { artifactLocation: { uri: string }; region?: unknown } };
  const results = run.results as Result[];
  for (const { ruleId, ruleIndex } of results) assert.equal(rules[ruleIndex].id, ruleId);
  const places = results.map(({ locations: [{ physicalLocation }] }) => physicalLocation);
  assert.deepEqual(places.map(({ artifactLocation }) => artifactLocation.uri), [
    "closed/acme/systems/board-1.json",
    "closed/acme/results/board-1/ad/accuracy/results.txt",
    "closed/acme/results/board-1/ad/accuracy/results.txt",
    "open/acme/code/%3Cread%3E%20me.txt",
  ]);
  assert.deepEqual(places.map(({ region }) => region), [
    { startLine: 5 },
    { startLine: 1 },
    { startLine: 1 },
    undefined,
  ]);
});

Deno.test("reportHtml() is one page that loads nothing and escapes everything", async () => {
  const html = reportHtml(await report());
  assert.ok(html.startsWith("<!DOCTYPE html>"));
  assert.doesNotMatch(html, /(src|href)=|@import|url\(|https?:/);
  assert.match(html, /default-src 'none'|default-src &#39;none&#39;/);
  assert.ok(html.includes("<h1>a &amp; b</h1>"));
  assert.ok(html.includes("&lt;read&gt; me.txt") && !html.includes("<read>"));
  assert.equal(html.match(/<tr data-kind=/g)?.length, 4);
  assert.equal(html.match(/<script>/g)?.length, 1);
});

Deno.test("checkSubmission() sums up each result", async () => {
  const { results, isValid } = await report();
  assert.equal(isValid, false);
  const [{ findings: _, ...first }] = results.map((result) => ({ ...result, findings: undefined }));
  assert.deepEqual(first, {
    path: "closed/acme/results/board-1/ad",
    division: "closed",
    organisation: "acme",
    system: "board-1",
    benchmark: "ad01",
    variant: undefined,
    throughputInfS: 100,
    top1Percent: undefined,
    auc: 0.5,
    energyUjPerInf: 1005,
    detections: undefined,
    inputList: "the short list",
    isValid: false,
    errors: 3,
    warnings: 0,
    official: "refused",
  });
});

Deno.test("checkSubmission() takes figures from files of other names, or from the log", async () => {
  const result = "closed/acme/results/board-1/ad";
  const files = energyRunnerTree();
  const rename = (from: string, to: string) => {
    files.set(`${result}/${to}`, files.get(`${result}/${from}`)!);
    files.delete(`${result}/${from}`);
  };
  rename("performance/results.txt", "performance/performance_results.txt");
  files.set(`${result}/energy/postproc.txt`, "x ulp-ml: Median energy cost is 99.500 uJ/inf.\n");
  files.delete(`${result}/energy/results.txt`);
  files.delete(`${result}/accuracy/results.txt`);
  const { results, findings } = await withTree(
    files,
    (folder) => checkSubmission(folder, { round: "v1.1" }),
  );
  const [{ throughputInfS, auc, energyUjPerInf }] = results;
  assert.deepEqual({ throughputInfS, auc, energyUjPerInf }, {
    throughputInfS: 100,
    auc: 1,
    energyUjPerInf: 99.5,
  });
  // They are missing all the same.
  const missing = findings.filter(({ text }) => text.startsWith("'results.txt' is missing"));
  assert.equal(missing.length, 3);
});
