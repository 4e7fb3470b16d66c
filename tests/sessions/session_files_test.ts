import assert from "node:assert/strict";
import { Findings } from "../../lib/sessions/findings.ts";
import { isSessionFile, modeOfName, sortSessionFiles } from "../../lib/sessions/session_files.ts";

Deno.test("sortSessionFiles() knows the names that were published", () => {
  const files = sortSessionFiles("f", [
    "performance_log.txt",
    "performance_results.txt",
    "performance_script.async",
    "._performance_log.txt",
    "readme.txt",
  ]);
  assert.deepEqual(files, {
    folder: "f",
    log: "f/performance_log.txt",
    results: "f/performance_results.txt",
    script: "f/performance_script.async",
  });
  assert.equal(sortSessionFiles("f", ["postproc.txt"]).results, "f/postproc.txt");
  const { trace, timestamps } = sortSessionFiles("f", [
    "trace1-energy.bin",
    "trace1-timestamps.json",
  ]);
  assert.deepEqual([trace, timestamps], ["f/trace1-energy.bin", "f/trace1-timestamps.json"]);
  assert.equal(sortSessionFiles("f", ["results.json"]).json, "f/results.json");
});

Deno.test("sortSessionFiles() takes one of several, and says so", () => {
  const findings = new Findings();
  const files = sortSessionFiles("f", ["old_log.txt", "log.txt"], { findings });
  assert.equal(files.log, "f/log.txt");
  assert.equal(findings.list().length, 1);
  const side = ["performance_log.txt", "accuracy_log.txt"];
  assert.equal(sortSessionFiles("f", side, { mode: "accuracy" }).log, "f/accuracy_log.txt");
  assert.equal(sortSessionFiles("f", side, { mode: "energy" }).log, undefined);
});

Deno.test("modeOfName() knows misspelt and other names", () => {
  const names = [
    "performance",
    "accuracy",
    "energy",
    "enegy",
    "power",
    "Energy_log.txt",
    "log.txt",
  ];
  assert.deepEqual(names.map(modeOfName), [
    "performance",
    "accuracy",
    "energy",
    "energy",
    "energy",
    "energy",
    undefined,
  ]);
  assert.ok(isSessionFile("accuracy_log.txt") && !isSessionFile("._log.txt"));
  assert.ok(!isSessionFile("catalog.txt") && !isSessionFile("CMakeLists.txt"));
});
