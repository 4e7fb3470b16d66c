import assert from "node:assert/strict";
import { join } from "node:path";
import { kernelCommand, type KernelspecEnvironment } from "../../lib/cli/kernelspec.ts";
import { jupyterDataDir } from "../../lib/cli/kernelspec.ts";
import { runNotebookCommand } from "../../lib/cli/notebook.ts";
import { InputError, ThimbleError } from "../../lib/errors.ts";
import { runNotebook } from "../notebooks/notebook_runner.ts";

/** A machine with nothing on it but a folder for the test. */
class Machine implements AsyncDisposable, KernelspecEnvironment {
  readonly os = "linux";
  readonly lines: string[] = [];
  execPath = "";
  env: Record<string, string>;

  private constructor(readonly folder: string) {
    this.env = { HOME: folder, PATH: join(folder, "bin") };
  }

  static async create(): Promise<Machine> {
    const folder = await Deno.makeTempDir({ prefix: "thimble-" });
    const machine = new Machine(folder);
    // The Deno that runs this may itself lie in npx's cache.
    machine.execPath = await machine.addProgram("opt/deno", `exec '${Deno.execPath()}' "$@"`);
    return machine;
  }

  print = (line: string) => void this.lines.push(line);

  get kernelJson(): string {
    return join(this.folder, ".local/share/jupyter/kernels/deno/kernel.json");
  }

  async addProgram(name: string, script = "exit 0"): Promise<string> {
    const path = join(this.folder, name);
    await Deno.mkdir(join(path, ".."), { recursive: true });
    await Deno.writeTextFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return path;
  }

  async [Symbol.asyncDispose]() {
    await Deno.remove(this.folder, { recursive: true });
  }
}

Deno.test("thimble notebook writes a kernelspec that starts a kernel which finds the import map", async () => {
  await using machine = await Machine.create();
  assert.equal(await runNotebookCommand(["--write-kernelspec-only"], machine), 0);
  const spec = JSON.parse(await Deno.readTextFile(machine.kernelJson));
  assert.equal(spec.display_name, "Deno");
  assert.equal(spec.language, "typescript");
  const path = join(machine.folder, "test.ipynb");
  const source = `import { median } from "thimble"; median([1, 2, 9])`;
  const cell = { cell_type: "code", metadata: {}, source, execution_count: null, outputs: [] };
  const notebook = { cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 };
  await Deno.writeTextFile(path, JSON.stringify(notebook));
  const cwd = new URL("../../notebooks", import.meta.url).pathname;
  const { notebook: { cells: [ran] } } = await runNotebook(path, { argv: spec.argv, cwd });
  assert.deepEqual(ran.cell_type === "code" && ran.outputs, [{
    output_type: "execute_result",
    data: { "text/plain": "2" },
    metadata: {},
    execution_count: 1,
  }]);
});

Deno.test("thimble notebook leaves a kernelspec alone that still works, and replaces one that does not", async () => {
  await using machine = await Machine.create();
  const own = await machine.addProgram("opt/own");
  const write = (command: string) =>
    Deno.writeTextFile(machine.kernelJson, JSON.stringify({ argv: [command, "jupyter"] }));
  await runNotebookCommand(["--write-kernelspec-only"], machine);
  await write(own);
  await runNotebookCommand(["--write-kernelspec-only"], machine);
  assert.equal(JSON.parse(await Deno.readTextFile(machine.kernelJson)).argv[0], own);
  assert.ok(machine.lines.some((line) => line.startsWith("Kept")));
  const inCache = await machine.addProgram(".npm/_npx/1a2b/node_modules/.bin/deno");
  const linkToCache = join(machine.folder, "opt/link");
  await Deno.symlink(await machine.addProgram(".npm/_npx/1a2b/deno"), linkToCache);
  const gone = join(machine.folder, "gone/deno");
  for (const broken of [gone, inCache, linkToCache, "not-on-path"]) {
    await write(broken);
    await runNotebookCommand(["--write-kernelspec-only"], machine);
    const [command] = JSON.parse(await Deno.readTextFile(machine.kernelJson)).argv;
    assert.equal(command, machine.execPath);
  }
  for (const text of ["", "{", "[]", '{"argv":[]}', '{"argv":[1]}', "null"]) {
    await Deno.writeTextFile(machine.kernelJson, text);
    await runNotebookCommand(["--write-kernelspec-only"], machine);
    assert.equal(JSON.parse(await Deno.readTextFile(machine.kernelJson)).argv[0], machine.execPath);
  }
});

Deno.test("kernelCommand() never takes a Deno out of npx's cache", async () => {
  await using machine = await Machine.create();
  machine.execPath = await machine.addProgram(".npm/_npx/1a2b/node_modules/deno/deno");
  const cacheBin = join(machine.folder, ".npm/_npx/1a2b/node_modules/.bin");
  await machine.addProgram(".npm/_npx/1a2b/node_modules/.bin/deno");
  machine.env.PATH = `${cacheBin}:${join(machine.folder, "bin")}`;
  assert.throws(() => kernelCommand(machine), ThimbleError);
  const npx = await machine.addProgram("bin/npx");
  const [command, yes, version, ...rest] = kernelCommand(machine);
  assert.deepEqual([command, yes], [npx, "-y"]);
  assert.match(version, /^deno@\d+\.\d+\.\d+$/);
  assert.deepEqual(rest, ["jupyter", "--kernel", "--conn", "{connection_file}"]);
  const installed = await machine.addProgram("bin/deno");
  assert.equal(kernelCommand(machine)[0], installed);
});

Deno.test("jupyterDataDir() is where Jupyter looks, on each system", () => {
  const dir = (os: string, env: Record<string, string>) =>
    jupyterDataDir({ os, env, execPath: "" }).replaceAll("\\", "/");
  assert.equal(dir("linux", { HOME: "/h" }), "/h/.local/share/jupyter");
  assert.equal(dir("linux", { HOME: "/h", XDG_DATA_HOME: "/x" }), "/x/jupyter");
  assert.equal(dir("darwin", { HOME: "/h", XDG_DATA_HOME: "/x" }), "/h/Library/Jupyter");
  assert.equal(dir("windows", { APPDATA: "C:/a" }), "C:/a/jupyter");
  assert.equal(dir("windows", { USERPROFILE: "C:/u" }), "C:/u/AppData/Roaming/jupyter");
  assert.equal(dir("linux", { HOME: "/h", JUPYTER_DATA_DIR: "/j" }), "/j");
  assert.throws(() => dir("linux", {}), ThimbleError);
});

Deno.test("thimble notebook says how to get Jupyter where there is none", async () => {
  await using machine = await Machine.create();
  assert.equal(await runNotebookCommand([machine.folder], machine), 1);
  const text = machine.lines.join("\n");
  assert.match(text, /Jupyter is not installed/);
  assert.match(text, /uv tool install jupyterlab/);
  assert.match(text, /Visual Studio Code .*'Select Kernel',\s+'Jupyter Kernel…', 'Deno'/);
});

Deno.test("thimble notebook starts Jupyter in the folder and returns its exit code", async () => {
  await using machine = await Machine.create();
  const log = join(machine.folder, "log");
  await machine.addProgram("bin/jupyter-lab", `echo "$@" > '${log}'; exit 7`);
  assert.equal(await runNotebookCommand([machine.folder], machine), 7);
  assert.equal(await Deno.readTextFile(log), machine.folder + "\n");
});

Deno.test("thimble notebook refuses what it does not know", async () => {
  await using machine = await Machine.create();
  for (const args of [["--bad"], ["a", "b"], [join(machine.folder, "none")]]) {
    await assert.rejects(runNotebookCommand(args, machine), InputError);
  }
  assert.equal(await runNotebookCommand(["--help"], machine), 0);
  assert.match(machine.lines.join(), /^Usage: thimble notebook[^]*Examples:[^]*Visual Studio Code/);
});
