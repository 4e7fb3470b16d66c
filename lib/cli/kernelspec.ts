/**
 * Tells Jupyter how to start Deno as a kernel. `deno jupyter --install` does so too, but needs Jupyter to be there
 * already, and writes down the path of the running Deno, which under npx is a cache that is cleared some day.
 *
 * @module
 */
import { existsSync, realpathSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { ThimbleError } from "../errors.ts";

/** The version that npx fetches where no Deno is installed. */
const npxDeno = "deno@2.9.6";

/** What finding Jupyter's and Deno's places depends on. */
export interface KernelspecEnvironment {
  /** Environment variables. */
  env: Readonly<Record<string, string | undefined>>;
  /** As `Deno.build.os`. */
  os: string;
  /** Path of the running Deno. */
  execPath: string;
}

/** A kernelspec on disk. */
export interface Kernelspec {
  /** The `kernel.json`. */
  path: string;
  /** The command that starts the kernel. */
  argv: readonly string[];
  /** False where one that works was there and was left alone. */
  isWritten: boolean;
}

/**
 * Writes the kernelspec `deno` for the current user. One of the user's own that can still be started is left alone.
 *
 * @throws {ThimbleError} Where there is no home folder, or neither Deno nor npx.
 */
export async function writeKernelspec(environment: KernelspecEnvironment): Promise<Kernelspec> {
  const folder = join(jupyterDataDir(environment), "kernels", "deno");
  const path = join(folder, "kernel.json");
  const present = await readArgv(path);
  if (present !== undefined && isLasting(present[0], environment)) {
    return { path, argv: present, isWritten: false };
  }
  const argv = kernelCommand(environment);
  // No `interrupt_mode`: a message leaves a cell that awaits hanging, a signal ends the kernel, and Jupyter restarts it.
  const spec = { argv, display_name: "Deno", language: "typescript" };
  await mkdir(folder, { recursive: true });
  await writeFile(path, JSON.stringify(spec, null, 2) + "\n");
  return { path, argv, isWritten: true };
}

/**
 * The folder where Jupyter looks for what a user installed, as `jupyter --data-dir` prints it.
 * https://docs.jupyter.org/en/latest/use/jupyter-directories.html
 *
 * @throws {ThimbleError} Where no variable tells the home folder.
 */
export function jupyterDataDir({ env, os }: KernelspecEnvironment): string {
  if (env.JUPYTER_DATA_DIR) return env.JUPYTER_DATA_DIR;
  if (os === "windows" && env.APPDATA) return join(env.APPDATA, "jupyter");
  if (os !== "windows" && os !== "darwin" && env.XDG_DATA_HOME) {
    return join(env.XDG_DATA_HOME, "jupyter");
  }
  const home = env.HOME ?? env.USERPROFILE;
  if (!home) {
    throw new ThimbleError("Cannot find the folder where Jupyter looks for kernels", {
      hint: "Set 'JUPYTER_DATA_DIR' to what 'jupyter --data-dir' prints",
    });
  }
  if (os === "darwin") return join(home, "Library", "Jupyter");
  if (os === "windows") return join(home, "AppData", "Roaming", "jupyter");
  return join(home, ".local", "share", "jupyter");
}

/** The command of the kernel: an installed Deno by its absolute path, or else Deno through npx. */
export function kernelCommand(environment: KernelspecEnvironment): string[] {
  const kernel = ["jupyter", "--kernel", "--conn", "{connection_file}"];
  const deno = isLasting(environment.execPath, environment)
    ? environment.execPath
    : findOnPath("deno", environment);
  if (deno !== undefined) return [deno, ...kernel];
  const npx = findOnPath("npx", environment);
  if (npx !== undefined) return [npx, "-y", npxDeno, ...kernel];
  throw new ThimbleError("Cannot find 'deno' or 'npx' to start the kernel with", {
    hint: "Install Deno: https://docs.deno.com/runtime/getting_started/installation/",
  });
}

/** Absolute path of a program on `PATH`, without those that npm put there for the time of one command. */
export function findOnPath(name: string, environment: KernelspecEnvironment): string | undefined {
  const { env, os } = environment;
  const endings = os === "windows" ? [".exe", ".cmd"] : [""];
  return (env.PATH ?? env.Path ?? "").split(delimiter)
    .filter((folder) => folder !== "")
    .flatMap((folder) => endings.map((ending) => join(folder, name + ending)))
    .find((path) => isLasting(path, environment));
}

/** Whether a command can be started, and not only as long as npm's cache lives. */
function isLasting(command: string, environment: KernelspecEnvironment): boolean {
  const folders = (path: string) => path.split(/[\\/]/);
  if (folders(command).length === 1) return findOnPath(command, environment) !== undefined;
  if (folders(command).includes("node_modules") || !existsSync(command)) return false;
  return !folders(realpathSync(command)).includes("_npx");
}

async function readArgv(path: string): Promise<[string, ...string[]] | undefined> {
  try {
    const { argv } = JSON.parse(await readFile(path, "utf8"));
    const isCommand = Array.isArray(argv) && argv.length > 0 &&
      argv.every((argument) => typeof argument === "string");
    return isCommand ? argv as [string, ...string[]] : undefined;
  } catch {
    return undefined; // Not there, or not a kernelspec: to be written.
  }
}
