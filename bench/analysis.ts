/**
 * What answers cost: importing the library, from the published table over a data frame to a figure, a report of 100
 * sessions.
 *
 *     deno task bench analysis
 *
 * Prints the machine it ran on. Compiled modules are in Deno's cache, as from the second start on.
 */
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { sessionsReport } from "../lib/analysis/report.ts";
import { benchmarks } from "../lib/benchmarks.ts";
import { demoData } from "../lib/runner/demo_data.ts";
import { openVirtualBoard } from "../lib/runner/open_virtual_board.ts";
import { runSession } from "../lib/runner/run_session.ts";
import { median } from "../lib/scoring/median.ts";
import { readSession } from "../lib/sessions/read_session.ts";
import { scoreSession } from "../lib/sessions/score_session.ts";

console.log(
  `${cpus().length} × ${cpus()[0]?.model}, ${Deno.build.target}, Deno ${Deno.version.deno}`,
);
const processes = 9;
const sessionCount = 100;

/** Middle and least of times in ms. */
function told(times: readonly number[]): string {
  return `median ${median(times).toFixed(0)} ms, least ${Math.min(...times).toFixed(0)} ms`;
}

type Times = Record<"importMs" | "importCpuMs" | "danfoMs" | "frameMs" | "figureMs", number>;

async function freshProcess(): Promise<Times> {
  const script = fileURLToPath(new URL("analysis.import.ts", import.meta.url));
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "--no-prompt", "--allow-read", "--allow-env", script],
    stderr: "inherit",
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

async function starts(): Promise<void> {
  await freshProcess();
  const times: Times[] = [];
  for (let i = 0; i < processes; i++) times.push(await freshProcess());
  const answers = times.map(({ frameMs, figureMs }) => frameMs + figureMs);
  console.log(`${processes} fresh processes:`);
  console.log(
    `  import of mod.ts: ${told(times.map(({ importMs }) => importMs))}; of the processors' time ${
      told(times.map(({ importCpuMs }) => importCpuMs))
    }`,
  );
  console.log(`  published table to data frame to Pareto figure: ${told(answers)}`);
  console.log(
    `  before that, danfojs, where a data frame is asked for: ${
      told(times.map(({ danfoMs }) => danfoMs))
    }`,
  );
}

/** Sessions on a simulated board: performance and accuracy in turns. */
async function makeSessions(folder: string): Promise<string[]> {
  const benchmark = benchmarks.kws01;
  const paths: string[] = [];
  for (let i = 0; i < sessionCount; i++) {
    const connection = await openVirtualBoard({ benchmark });
    const mode = i % 2 === 0 ? "performance" : "accuracy";
    const session = `${folder}/${mode}-${i}`;
    const run = runSession({
      ...{ connection, clock: connection.clock, benchmark, mode, session },
      data: demoData(benchmark),
    });
    while (!(await run.next()).done);
    paths.push(session);
  }
  return paths;
}

async function report(): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "thimble-" });
  try {
    const paths = await makeSessions(folder);
    const start = performance.now();
    const sessions = [];
    for (const path of paths) {
      const session = await readSession(path);
      sessions.push({ name: path, session, score: scoreSession(session) });
    }
    const read = performance.now();
    const html = await sessionsReport(sessions);
    const made = performance.now();
    console.log(
      `report of ${sessionCount} sessions: ${(made - start).toFixed(0)} ms, ${
        (read - start).toFixed(0)
      } ms of it to read and score them; ${(html.length / 1e6).toFixed(1)} MB`,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

await starts();
await report();
