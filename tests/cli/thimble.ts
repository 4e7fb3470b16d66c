/** Running the command line as a user does: a process, its output, its exit code. */
import { fileURLToPath } from "node:url";

export { inFolder } from "../in_folder.ts";

/** Path of the program. */
export const cli = fileURLToPath(new URL("../../cli.ts", import.meta.url));

const permissions = [
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-ffi",
  "--allow-run",
];

/** What a command gave. */
export interface CommandResult {
  code: number;
  out: string;
  err: string;
}

/** Runs a command in `cwd`. */
export async function thimble(args: string[], cwd?: string): Promise<CommandResult> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...permissions, cli, ...args],
    cwd,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}
