/** The code of the notebooks has no error of types: an editor that checks them shows none. */
import assert from "node:assert/strict";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { joinLines, readNotebook } from "./notebook.ts";
import { notebookFiles } from "./notebook_files.ts";

const config = fileURLToPath(new URL("../../deno.json", import.meta.url));

Deno.test("the code of every notebook passes the type checker", async () => {
  const folder = await Deno.makeTempDir({ prefix: "thimble-" });
  try {
    const files: string[] = [];
    for (const path of notebookFiles) {
      const { cells } = await readNotebook(path);
      const code = cells.filter(({ cell_type }) => cell_type === "code");
      const file = `${folder}/${basename(path, ".ipynb")}.ts`;
      await Deno.writeTextFile(file, code.map(({ source }) => joinLines(source)).join("\n;\n"));
      files.push(file);
    }
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", "--config", config, ...files],
      env: { NO_COLOR: "1" },
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
