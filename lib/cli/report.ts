import { InputError } from "../errors.ts";
import { readLabels } from "../sessions/labels.ts";
import { readSession } from "../sessions/read_session.ts";
import { scoreSession } from "../sessions/score_session.ts";
import { benchmarkOf, readArguments } from "./arguments.ts";
import { ExitCode } from "./exit_code.ts";
import { writeWhole } from "./write_whole.ts";

const usage = `Usage: thimble report SESSION… [OPTIONS]
       thimble report --published [OPTIONS]

Writes one HTML page that needs nothing beside it: of sessions a summary, verdicts, figures and where they
ran; of the published rounds fronts, progress and one table of everything. Opens offline.

  --out FILE     the page  [report.html]
  --title TEXT   its heading
  --labels DIR   lists of classes (y_labels.csv), for inputs whose class neither session nor names tell
  --benchmark B  of --published: this benchmark alone; of sessions: what was run, where files do not say
  --published    the published rounds v0.5 to v1.3
  --help         print this

  thimble report sessions/kws01-performance sessions/kws01-accuracy --out kws01.html
  thimble report --published --benchmark vww01 --out vww01.html`;

/** `thimble report`. */
export async function reportCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    out: { type: "string" },
    title: { type: "string" },
    labels: { type: "string" },
    benchmark: { type: "string" },
    published: { type: "boolean" },
    help: { type: "boolean" },
  }, "report");
  if (values.help) {
    console.log(usage);
    return ExitCode.done;
  }
  if ((positionals.length > 0) === (values.published === true)) {
    throw new InputError("Cannot make a report without sessions or --published, one of the two", {
      source: "SESSION",
      hint: "Write: thimble report SESSION…, or thimble report --published",
    });
  }
  const out = values.out ?? "report.html";
  const benchmark = values.benchmark === undefined ? undefined : benchmarkOf(values.benchmark).id;
  const options = { title: values.title, made: new Date().toISOString().slice(0, 16) + " UTC" };
  const { publishedReport, sessionsReport } = await import("../analysis/report.ts");
  let html: string;
  if (values.published) {
    const { loadPublished } = await import("../sessions/rounds/load_published.ts");
    const { publishedResults } = await import("../analysis/result_row.ts");
    const rows = publishedResults(await loadPublished())
      .filter((row) => benchmark === undefined || row.benchmark === benchmark);
    html = await publishedReport(rows, options);
  } else {
    const labels = values.labels === undefined ? undefined : await readLabels(values.labels);
    const sessions = [];
    for (const path of positionals) {
      const session = await readSession(path, { labels, benchmark });
      sessions.push({ name: path, session, score: scoreSession(session) });
    }
    const shared = sharedFolder(positionals);
    for (const reported of sessions) reported.name = reported.name.slice(shared);
    html = await sessionsReport(sessions, options);
  }
  await writeWhole(out, html);
  console.log(`Wrote '${out}', ${(html.length / 1e6).toFixed(1)} MB: open it in a browser`);
  return ExitCode.done;
}

/** How many characters of folders all paths begin with: what need not be said of each. */
function sharedFolder(paths: readonly string[]): number {
  if (paths.length < 2) return 0;
  const folders = paths.map((path) => path.split("/").slice(0, -1));
  let count = 0;
  while (folders.every((parts) => count < parts.length && parts[count] === folders[0][count])) {
    count++;
  }
  return folders[0].slice(0, count).reduce((sum, part) => sum + part.length + 1, 0);
}
