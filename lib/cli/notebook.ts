import { existsSync, statSync } from "node:fs";
import { InputError } from "../errors.ts";
import { readArguments } from "./arguments.ts";
import { ExitCode } from "./exit_code.ts";
import { findOnPath, type KernelspecEnvironment, writeKernelspec } from "./kernelspec.ts";

const usage = `Usage: thimble notebook [--write-kernelspec-only] [DIR]

Makes Deno known to Jupyter and opens DIR (default: 'notebooks', or this folder) in it.

  --write-kernelspec-only  do not start Jupyter
  --help                   print this

Examples:
  thimble notebook
  thimble notebook --write-kernelspec-only

Visual Studio Code needs no Jupyter: install its extension 'Jupyter', run the second example once, open a
notebook, and choose 'Select Kernel', 'Jupyter Kernel…', 'Deno'.`;

const howToGetJupyter = `Jupyter is not installed. Any of these opens the notebooks:
  uv tool install jupyterlab    or: pipx install jupyterlab    then: thimble notebook
  apt-get install --no-install-recommends jupyter-notebook     then: thimble notebook
  Visual Studio Code with its extension 'Jupyter': open a notebook, choose 'Select Kernel',
  'Jupyter Kernel…', 'Deno'`;

/** What the command needs of the machine; tests give their own. */
export interface NotebookCommandOptions extends KernelspecEnvironment {
  /** Prints one line. */
  print: (line: string) => void;
}

/**
 * `thimble notebook`: writes a kernelspec for Deno, then starts Jupyter, or tells how to get it.
 *
 * @param args What follows the command's name.
 * @returns The exit code.
 * @throws {InputError} Where an argument is unknown or the folder is not there.
 * @throws {ThimbleError} Where neither Deno nor npx can be found.
 */
export async function runNotebookCommand(
  args: readonly string[],
  options: NotebookCommandOptions = {
    env: Deno.env.toObject(),
    os: Deno.build.os,
    execPath: Deno.execPath(),
    print: console.log,
  },
): Promise<number> {
  const { values, positionals } = readArguments(args, {
    "write-kernelspec-only": { type: "boolean" },
    help: { type: "boolean", short: "h" },
  }, "notebook");
  if (values.help) {
    options.print(usage);
    return ExitCode.done;
  }
  if (positionals.length > 1) {
    throw new InputError(`Cannot open ${positionals.length} folders: expected one`, {
      source: "arguments",
      hint: "'thimble notebook --help' tells more",
    });
  }
  const folder = positionals[0] ?? (existsSync("notebooks") ? "notebooks" : ".");
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new InputError(`Cannot open '${folder}' as it is not a folder`, { source: folder });
  }
  const { path, argv, isWritten } = await writeKernelspec(options);
  options.print(isWritten ? `Wrote '${path}'` : `Kept '${path}'`);
  options.print(`Jupyter starts Deno with: ${argv.join(" ")}`);
  if (values["write-kernelspec-only"]) return ExitCode.done;
  const jupyter = ["jupyter-lab", "jupyter-notebook"]
    .map((name) => findOnPath(name, options))
    .find((program) => program !== undefined);
  if (jupyter === undefined) {
    options.print(howToGetJupyter);
    return ExitCode.refused;
  }
  const { code } = await new Deno.Command(jupyter, { args: [folder] }).spawn().status;
  return code;
}
