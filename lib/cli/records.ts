import { InputError } from "../errors.ts";
import { readLabels } from "../sessions/labels.ts";
import { readRounds } from "../sessions/rounds/read_rounds.ts";
import { formatRounds } from "../sessions/rounds/round_table.ts";
import { readArguments } from "./arguments.ts";
import { ExitCode } from "./exit_code.ts";

const usage = `Usage: thimble records DIR… [--out FILE.csv|FILE.json] [OPTIONS]

Reads checkouts of the public result repositories (mlcommons/tiny_results_v*) into one table: one row
a system and benchmark, with figures computed from logs and traces, and what is odd about them.

  DIR           holds 'closed' or 'open', or folders that do; links are not followed
  --out FILE    where the table goes: .csv or .json  [CSV on standard output]
  --round R     round of all, such as v1.2  [from folder names: tiny_results_v1.2, v1.2/closed]
  --labels DIR  lists of classes (y_labels.csv), for inputs whose class neither names nor sessions tell
  --quiet       no progress
  --help        print this`;

/** `thimble records`. */
export async function recordsCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    out: { type: "string" },
    round: { type: "string" },
    labels: { type: "string" },
    quiet: { type: "boolean" },
    help: { type: "boolean" },
  }, "records");
  if (values.help) {
    console.log(usage);
    return ExitCode.done;
  }
  if (positionals.length === 0) {
    throw new InputError("Cannot read records without a folder", {
      source: "DIR",
      hint: "Write: thimble records DIR --out table.csv",
    });
  }
  const { out } = values;
  if (out !== undefined && !/\.(csv|json)$/i.test(out)) {
    throw new InputError(`Cannot tell the form of '${out}'`, {
      source: "--out",
      hint: "End its name in .csv or .json",
    });
  }
  const labels = values.labels === undefined ? undefined : await readLabels(values.labels);
  const terminal = !values.quiet && Deno.stderr.isTerminal();
  const rows = await readRounds(positionals, {
    round: values.round,
    labels,
    onProgress: ({ done, total }) => {
      if (terminal) show(`\r${done} of ${total} sessions`);
    },
  });
  if (terminal) show("\n");
  const text = /\.json$/i.test(out ?? "")
    ? JSON.stringify(rows, null, 1) + "\n"
    : formatRounds(rows);
  if (out === undefined) {
    await write(text);
    return ExitCode.done;
  }
  try {
    await Deno.writeTextFile(out, text);
  } catch (cause) {
    throw new InputError(`Cannot write '${out}'`, { source: "--out", cause });
  }
  if (!values.quiet) console.error(`${rows.length} rows in '${out}'`);
  return ExitCode.done;
}

const show = (text: string) => Deno.stderr.writeSync(new TextEncoder().encode(text));

async function write(text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += await Deno.stdout.write(bytes.subarray(at));
}
