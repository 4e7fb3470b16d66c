/** The verdict that findings add up to is the official checker's, on broken trees and on thousands of random ones. */
import assert from "node:assert/strict";
import { checkSubmission } from "../../lib/submission/check_submission.ts";
import type { SubmissionReport } from "../../lib/submission/report.ts";
import { brokenTrees } from "./broken_trees.ts";
import { type Files, openTree, pythonTree, withTree } from "./example_tree.ts";
import { officialVerdicts } from "./official_verdicts.ts";
import { SeededRandom } from "../model/seeded_random.ts";

type ParityRound = "v1.3" | "v1.4";

/** Compares verdicts, and what each finding says with what follows from it; returns how many were compared. */
function compare(root: string, report: SubmissionReport, round: ParityRound, what: string): number {
  const official = officialVerdicts(root, round);
  let compared = 0;
  for (const result of report.results) {
    const folder = result.path.split("/").slice(0, 5).join("/");
    if (result.benchmark === "sww01") continue;
    compared++;
    const expected = official === "stops" ? "stops" : official.get(folder);
    assert.equal(
      result.official,
      expected,
      `${what}: ${result.path}\n${JSON.stringify(report.findings)}`,
    );
    if (result.official !== "taken") assert.equal(result.isValid, false, `${what}: ${result.path}`);
  }
  return compared;
}

for (const { name, round = "v1.4", files, onDisk, reference } of brokenTrees) {
  if (round !== "v1.3" && round !== "v1.4") continue;
  Deno.test(`checkSubmission() tells the official checker's verdict on ${name}`, async () => {
    await withTree(files(), async (folder) => {
      await onDisk?.(folder);
      compare(folder, await checkSubmission(folder, { round, reference }), round, name);
    });
  });
}

/** Two organisations; traces and outputs are left out, as the official checker does not look at them. */
function smallTree(): Files {
  const files: Files = new Map([...pythonTree(), ...openTree()]);
  for (const path of files.keys()) {
    if (path.endsWith("results.json")) files.set(path, "[]");
    if (path.includes("/sww/")) files.delete(path);
  }
  return files;
}

const contents = [
  "",
  "none\n",
  "x AUC = 0.91\n",
  "x AUC: 0.84\n",
  "AUC = 0.9\n",
  "x AUC = 0.1.2\n",
  "x Top-1: 91.0%\n",
  "x Top 1% = 12\n",
  "x Median throughput is    34.489 inf./sec.\n",
  "Median throughput is 34.489 inf./sec.\n",
  "x Median throughput is . inf./sec.\n",
  "Median energy cost is 12.5 uJ/inf.\r\nMedian energy cost is 13 uJ/inf.\n",
  "Median energy cost is about 12 uJ/inf.\n",
  '{"Status": "RDI", "Board Name": "b", "Submitter": "s", "Division": "Closed"}',
  '{"Status": "soon"}',
  '{"Status": 4}',
  '{"Status": "preview", "system_type": "edge"}',
  '{"Status": "preview", "system_type": null}',
  '{"Status": "preview",}',
  "[]",
  new Uint8Array([0x78, 0x20, 0xff, 0x0a]),
];
const names = [
  "ad",
  "ic",
  "ic2",
  "kws",
  "keyword_spotting",
  "AD08",
  "performance",
  "accuracy",
  "energy",
  "power",
];
const extras = ["__pycache__/a", ".DS_Store", "read me", "code/x", "EEMBC_RUNNER", "results.txt"];

function randomEdit(files: Files, random: SeededRandom): Files {
  const paths = [...files.keys()];
  const path = random.pick(paths);
  const parts = path.split("/");
  const level = random.integer(0, parts.length - 1);
  const prefix = parts.slice(0, level + 1).join("/");
  const within = (other: string) => other === prefix || other.startsWith(prefix + "/");
  switch (random.integer(0, 5)) {
    case 0:
      return files.set(path, random.pick(contents));
    case 1:
      return new Map([...files].filter(([other]) => !within(other)));
    case 2: {
      const renamed = [...parts.slice(0, level), random.pick(names)].join("/");
      return new Map(
        [...files].map(([other, content]) => [
          within(other) ? renamed + other.slice(prefix.length) : other,
          content,
        ]),
      );
    }
    case 3:
      return files.set(`${parts.slice(0, level).join("/") || "."}/${random.pick(extras)}`, "x");
    case 4:
      return files.set(`${parts.slice(0, Math.max(level, 1)).join("/")}/empty`, null);
    default: {
      const [content] = [files.get(path)];
      if (typeof content !== "string" || content === "") return files;
      const at = random.integer(0, content.length - 1);
      return files.set(path, content.slice(0, at) + content.slice(at + random.integer(1, 9)));
    }
  }
}

/** Trees in which a file is a folder too cannot be written. */
function isWritable(files: Files): boolean {
  const names = new Set(files.keys());
  return files.size > 0 && [...names].every((path) => {
    const parts = path.split("/");
    return parts.every((_, i) => i === 0 || !names.has(parts.slice(0, i).join("/")));
  });
}

Deno.test("checkSubmission() tells the official checker's verdict on random trees", async () => {
  const random = new SeededRandom(20_251);
  let compared = 0;
  const seen = new Set<string>();
  for (let i = 0; i < 150; i++) {
    let files = smallTree();
    for (let edits = random.integer(1, 4); edits > 0 && files.size > 0; edits--) {
      files = randomEdit(files, random);
    }
    if (!isWritable(files)) continue;
    const round = random.pick(["v1.3", "v1.4"] as const);
    await withTree(files, async (folder) => {
      const report = await checkSubmission(folder, { round });
      compared += compare(folder, report, round, `tree ${i}`);
      for (const { official } of report.results) seen.add(official!);
    });
  }
  assert.ok(compared > 120, `${compared} results were compared`);
  assert.deepEqual([...seen].sort(), ["omitted", "refused", "stops", "taken"]);
});
