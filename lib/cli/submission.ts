import { InputError } from "../errors.ts";
import { rounds } from "../submission/rounds.ts";
import { ExitCode } from "./exit_code.ts";

const usage = `Usage: thimble submission check DIR [OPTIONS]
       thimble submission new DIR --division closed|open --organisation NAME --system NAME [OPTIONS] SESSION...

check looks at the folder that holds 'closed' or 'open', and says which rules are not kept, where, and what to
do. Exit codes: 0 every result is valid, 1 a rule is broken, 2 DIR cannot be read.

  --round ROUND       ${rounds[0]} to ${
  rounds.at(-1)
}; by default as DIR is called (tiny_results_v1.1), or the newest
  --official DIR      official models and lists: a checkout of mlcommons/tiny, or a folder with its files
  --format FORMAT     text (default), json, sarif or html
  --out FILE          write the report to FILE, not to the terminal

new makes such a folder from sessions of any runner, or adds a system to one, and checks it.

  --description FILE  the system's description as JSON; without it, field by field is asked for
  --code NAME=PATH    a file or folder that goes to 'code' as NAME; may be given more than once
  --deviations FILE   Markdown: how the submission deviates from the closed division; without it, it is asked for
  --round, --official as above
  --help              print this`;

/** `thimble submission`. */
export async function submissionCommand(args: string[]): Promise<number> {
  const [name, ...options] = args;
  if (name === "--help" || name === "-h" || options.includes("--help")) {
    console.log(usage);
    return ExitCode.done;
  }
  if (name === "check") return await (await import("./submission_check.ts")).checkCommand(options);
  if (name === "new") return await (await import("./submission_new.ts")).newCommand(options);
  throw new InputError(`Cannot find a command '${name ?? ""}' of 'thimble submission'`, {
    source: "arguments",
    hint: "Write: thimble submission check DIR, or: thimble submission new DIR …",
  });
}
