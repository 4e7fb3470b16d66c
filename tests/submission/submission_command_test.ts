/** `thimble submission` as a user meets it. */
import assert from "node:assert/strict";
import { systemFields } from "../../lib/submission/system_description.ts";
import { cli, thimble } from "../cli/thimble.ts";
import { description, type Files, pythonTree, withTree } from "./example_tree.ts";
import { writeMeasuredSession } from "./measured_session.ts";

Deno.test("thimble submission check ends with 0, 1 or 2", async () => {
  await withTree(pythonTree(), async (folder) => {
    const good = await thimble(["submission", "check", folder]);
    assert.equal(good.code, 0, good.err);
    assert.match(good.out, /2 of 2 results valid: 0 errors, 0 warnings and 0 notes/);
    await Deno.remove(`${folder}/closed/acme/systems`, { recursive: true });
    const bad = await thimble(["submission", "check", folder, "--round", "1.3"]);
    assert.equal(bad.code, 1, bad.err);
    assert.match(bad.out, /by the rules of v1\.3/);
    assert.match(bad.out, /error {3}system-file/);
    for (
      const args of [
        [`${folder}/nowhere`],
        [],
        [folder, folder],
        [folder, "--round", "v9"],
        [folder, "--format", "pdf"],
        [folder, "--official", `${folder}/nowhere`],
      ]
    ) {
      const { code, err } = await thimble(["submission", "check", ...args]);
      assert.equal(code, 2, args.join(" "));
      assert.match(err, /InputError: Cannot /);
    }
  });
});

Deno.test("thimble submission check writes JSON, SARIF and HTML", async () => {
  await withTree(pythonTree(), async (folder) => {
    const as = async (format: string) => {
      const out = `${folder}/report`;
      const { code, err } = await thimble(
        ["submission", "check", folder, "--format", format, "--out", out],
      );
      assert.equal(code, 0, err);
      return await Deno.readTextFile(out);
    };
    const json = JSON.parse(await as("json"));
    assert.deepEqual([json.isValid, json.results.length, json.round], [true, 2, "v1.4"]);
    assert.equal(JSON.parse(await as("sarif")).version, "2.1.0");
    assert.match(await as("html"), /^<!DOCTYPE html>/);
  });
});

Deno.test("thimble submission new makes a submission and checks it", async () => {
  await withTree(new Map() as Files, async (folder) => {
    await writeMeasuredSession(`${folder}/perf`, "performance");
    await writeMeasuredSession(`${folder}/acc`, "accuracy");
    await Deno.writeTextFile(`${folder}/system.json`, description());
    const { code, out, err } = await thimble([
      ...["submission", "new", "out", "--division", "closed", "--organisation", "acme"],
      ...["--system", "board-1", "--description", "system.json", "perf", "acc"],
    ], folder);
    assert.equal(code, 0, err);
    assert.match(out, /1 of 1 results valid/);
    const wrong = await thimble([
      ...["submission", "new", "out2", "--division", "closed", "--organisation", "a/b"],
      ...["--system", "board-1", "--description", "system.json", "perf"],
    ], folder);
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /Cannot call a folder 'a\/b'/);
  });
});

Deno.test("thimble submission new asks for the description, and for deviations in the open division", async () => {
  await withTree(new Map() as Files, async (folder) => {
    await writeMeasuredSession(`${folder}/perf`, "performance");
    await writeMeasuredSession(`${folder}/acc`, "accuracy");
    const command = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", "--no-prompt", "--allow-read", "--allow-write", "--allow-env", cli],
        ...["submission", "new", "out", "--division", "open", "--organisation", "acme"],
        ...["--system", "board-1", "perf", "acc"],
      ],
      cwd: folder,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      env: { NO_COLOR: "1" },
    });
    await using child = command.spawn();
    const writer = child.stdin.getWriter();
    const answers = systemFields
      .filter(({ name }) => name !== "Submitter" && name !== "Division")
      .map(({ name, need }) => name === "Status" ? "RDI" : need === "optional" ? "" : "as it is");
    const lines = [...answers, "Trained anew"].map((answer) => answer + "\n");
    await writer.write(new TextEncoder().encode(lines.join("")));
    await writer.close();
    const { code, stdout, stderr } = await child.output();
    const err = new TextDecoder().decode(stderr);
    assert.equal(code, 0, err);
    assert.match(err, /Status \(Available, Preview or RDI/);
    assert.match(err, /How ad01 deviates/);
    assert.match(new TextDecoder().decode(stdout), /1 of 1 results valid/);
    const told = await Deno.readTextFile(`${folder}/out/open/acme/DEVIATIONS.md`);
    assert.match(
      told,
      /Accuracy: AUC 1\.000; the closed division asks for AUC 0\.85\n\nTrained anew/,
    );
  });
});
