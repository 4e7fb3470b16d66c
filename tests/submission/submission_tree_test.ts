import assert from "node:assert/strict";
import { InputError } from "../../lib/errors.ts";
import { SubmissionTree } from "../../lib/submission/submission_tree.ts";
import { type Files, withTree } from "./example_tree.ts";

const files: Files = new Map([
  ["b/two.txt", "22"],
  ["b/one.txt", "1"],
  ["a/deep/er/file", "x"],
  [".git/objects/x", "x"],
  ["empty", null],
]);

Deno.test("SubmissionTree.read() lists everything by name, and does not open .git", async () => {
  await withTree(files, async (folder) => {
    const tree = await SubmissionTree.read(folder);
    assert.deepEqual(tree.children("").map(({ name }) => name), [".git", "a", "b", "empty"]);
    assert.deepEqual(tree.files("b").map(({ name, bytes }) => [name, bytes]), [["one.txt", 1], [
      "two.txt",
      2,
    ]]);
    assert.deepEqual([...tree.filesBelow("a")].map(({ path }) => path), ["a/deep/er/file"]);
    assert.deepEqual(tree.children(".git"), []);
    assert.deepEqual(tree.cut, []);
    assert.equal(tree.entry("constructor"), undefined);
  });
});

Deno.test("SubmissionTree.read() stops at its limits and says where", async () => {
  await withTree(files, async (folder) => {
    assert.deepEqual((await SubmissionTree.read(folder, { depth: 1 })).cut, ["a/deep"]);
    const few = await SubmissionTree.read(folder, { entries: 5 });
    assert.equal([...few.entries()].length, 5);
    assert.ok(few.cut.length > 0);
  });
});

Deno.test("SubmissionTree.read() tells links by what they point to, and pipes from files", async () => {
  await withTree(files, async (folder) => {
    await Deno.symlink("b", `${folder}/to-folder`);
    await Deno.symlink("b/one.txt", `${folder}/to-file`);
    await Deno.symlink("to-nothing", `${folder}/to-nothing`);
    await new Deno.Command("mkfifo", { args: [`${folder}/pipe`] }).output();
    const tree = await SubmissionTree.read(folder);
    const link = (path: string) => tree.entry(path)?.link;
    assert.deepEqual(link("to-folder"), { target: "b", isFolder: true });
    assert.deepEqual(link("to-file"), { target: "b/one.txt", isFolder: false });
    assert.deepEqual(link("to-nothing"), { target: "to-nothing", isFolder: false });
    assert.equal(tree.entry("pipe")?.kind, "other");
    assert.equal(await tree.bytes("to-file", 100), undefined);
    assert.equal(await tree.bytes("pipe", 100), undefined);
    assert.equal(await tree.bytes("b/two.txt", 1), undefined);
    assert.deepEqual(await tree.bytes("b/two.txt", 2), new Uint8Array([50, 50]));
  });
});

Deno.test("SubmissionTree.read() throws on what is no folder", async () => {
  await withTree(files, async (folder) => {
    for (const path of [`${folder}/b/one.txt`, `${folder}/nowhere`]) {
      await assert.rejects(SubmissionTree.read(path), InputError);
    }
  });
});
