/**
 * Runs that outlive whoever started them: a notebook's kernel that is stopped, a terminal that is closed.
 *
 * @module
 */
import process from "node:process";
import { fileURLToPath } from "node:url";
import { delay, systemClock } from "../clock.ts";
import { InputError, ThimbleError } from "../errors.ts";
import { parseRecord, type RunMode, type RunRecord } from "../sessions/events.ts";
import { LineTail } from "../sessions/line_tail.ts";
import { eventsFile, readRecordedSession } from "../sessions/recorded_session.ts";
import { type Score, scoreSession } from "../sessions/score_session.ts";
import { type Progress, remainingMs } from "./progress.ts";

/** What {@linkcode startRun} starts: the options of `thimble run`. */
export interface BackgroundRunOptions {
  /** Id of the benchmark. */
  benchmark: string;
  /** Kind of run. */
  mode: RunMode;
  /** As `--port`: a serial port, `virtual`, `lab:…`. */
  port?: string;
  /** Folder of the session. */
  session: string;
  /** Folder of the inputs. [demo data, on a simulated board] */
  data?: string;
  /** Further options of `thimble run`, such as `["--monitor", "virtual"]`. */
  more?: readonly string[];
}

/** How {@linkcode BackgroundRun.events} follows a run. */
export interface FollowOptions {
  /** Ends following. The run goes on. */
  signal?: AbortSignal;
  /** How often the session is looked at, in ms. [200] */
  pollMs?: number;
}

const endedWithin = 10_000;

/**
 * Starts `thimble run` as a process of its own, which goes on when this one is stopped. What it prints is kept beside the
 * session, in `SESSION.run.log`; the number of its process in `SESSION.run.json`.
 *
 * @throws {InputError} A run is going on in the folder, or the files beside it cannot be written.
 *
 * @example
 * ```ts
 * import { showProgress, startRun } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * const run = await startRun({
 *   benchmark: "kws01",
 *   mode: "accuracy",
 *   port: "virtual",
 *   session: `${folder}/session`,
 *   more: ["--limit", "3"],
 * });
 * const score = await showProgress(run.events());
 * assert.equal(score.inputs, 3);
 * ```
 */
export async function startRun(options: BackgroundRunOptions): Promise<BackgroundRun> {
  const { benchmark, mode, port, session, data, more = [] } = options;
  const running = await readPid(session);
  if (running !== undefined && isAlive(running)) throw goingOn(session);
  const args = ["--benchmark", benchmark, "--mode", mode, "--session", session, "--quiet"];
  if (port !== undefined) args.push("--port", port);
  if (data !== undefined) args.push("--data", data);
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  const log = `${session}.run.log`;
  // A shell puts the output into the file: a pipe would end with this process.
  const command = new Deno.Command("/bin/sh", {
    args: [
      "-c",
      'log=$1; shift; exec "$@" >"$log" 2>&1',
      "sh",
      log,
      Deno.execPath(),
      "task",
      "--quiet",
      "--config",
      config,
      "thimble",
      "run",
      ...args,
      ...more,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
    // A group of its own: Ctrl-C in this terminal, or the kernel's Stop, does not reach it.
    detached: true,
  });
  try {
    await Deno.writeTextFile(log, "");
  } catch (cause) {
    throw new InputError(`Cannot write '${log}'`, { source: session, cause });
  }
  claim(session);
  const child = command.spawn();
  child.unref();
  ownEnded.delete(child.pid);
  child.status.then(() => ownEnded.add(child.pid));
  await Deno.writeTextFile(pidFile(session), JSON.stringify({ pid: child.pid }));
  return new BackgroundRun(session, child.pid);
}

/**
 * Attaches to a run by its session's folder, whoever started it: a run of {@linkcode startRun} that a stopped kernel left
 * behind, or one in a terminal.
 *
 * @throws {InputError} There is no session, and no run that is about to begin one.
 */
export async function attachRun(session: string): Promise<BackgroundRun> {
  const pid = await ownPid(session);
  const begun = await Deno.stat(`${session}/${eventsFile}`).then(() => true, () => false);
  if (!begun && (pid === undefined || !isAlive(pid))) {
    throw new InputError(`Cannot attach to '${session}' as no run is or was there`, {
      source: session,
      hint: "Start one: 'await startRun({ …, session })'",
    });
  }
  return new BackgroundRun(session, pid);
}

/** A run in another process. See {@linkcode startRun}. */
export class BackgroundRun {
  /** Folder of the session. */
  readonly session: string;
  /** Its process; undefined where nobody wrote it down. */
  readonly pid?: number;

  /** Knows a run by its session. */
  constructor(session: string, pid?: number) {
    this.session = session;
    this.pid = pid;
  }

  /** Whether its process runs; where that is not known, whether the session has no end yet. */
  async isRunning(): Promise<boolean> {
    if (this.pid !== undefined) return isAlive(this.pid);
    return (await readRecordedSession(this.session)).stop === undefined;
  }

  /**
   * Follows the run from its beginning: every record, and progress. Breaking off does not touch the run.
   *
   * @returns The score.
   * @throws {ThimbleError} The run ended without a score; names what it printed last.
   */
  async *events(options: FollowOptions = {}): AsyncGenerator<RunRecord | Progress, Score> {
    const { signal, pollMs = 200 } = options;
    const tail = new LineTail(`${this.session}/${eventsFile}`);
    const began = systemClock.now();
    let planned = 0;
    let unit = "windows";
    let first = -1;
    let done = 0;
    let ended = false;
    for (let running = true; running;) {
      // Looked at before the file: what was written before the end is then read.
      running = this.pid === undefined ? !ended : isAlive(this.pid);
      for (const record of await recordsOf(tail)) {
        yield record;
        ended = record.type === "stop";
        if (record.type === "start") {
          planned = record.planned;
          unit = record.mode === "accuracy" ? "inferences" : "windows";
        }
        const isStep = record.type === "window" || record.type === "inference" ||
          record.type === "energy";
        if (!isStep) continue;
        done = Math.max(done, record.index + 1);
        if (first < 0) first = done;
        yield {
          type: "progress",
          done,
          total: planned,
          unit,
          text: record.file,
          remainingMs: remainingMs(systemClock.now() - began, done - first, planned - done),
        };
      }
      if (running && !ended) await delay(systemClock, pollMs, signal);
      signal?.throwIfAborted();
      if (ended && this.pid === undefined) break;
    }
    const session = await readRecordedSession(this.session).catch((cause) => {
      throw this.#failed(cause);
    });
    if (session.stop?.reason !== "done") throw this.#failed(session.stop?.error?.message);
    return scoreSession(session);
  }

  /**
   * Ends the run in order, as Ctrl-C does: the board's power goes off, the session says that it was cancelled. It goes on
   * when it is started again.
   *
   * @throws {ThimbleError} Its process is not known, or does not end within ten seconds.
   */
  async stop(): Promise<void> {
    if (this.pid === undefined) {
      throw new ThimbleError(
        `Cannot stop the run in '${this.session}' as its process is not known`,
        {
          hint: "Press Ctrl-C where it was started",
        },
      );
    }
    if (!isAlive(this.pid)) return;
    killGroup(this.pid, "SIGTERM");
    const until = systemClock.now() + endedWithin;
    while (isAlive(this.pid)) {
      if (systemClock.now() > until) {
        throw new ThimbleError(`Cannot stop the run in '${this.session}' within 10 s`, {
          hint: `End its process ${this.pid} by hand`,
        });
      }
      await delay(systemClock, 50);
    }
  }

  #failed(why: unknown): ThimbleError {
    const last = lastLines(`${this.session}.run.log`);
    const reason = typeof why === "string" ? `: ${why}` : "";
    return new ThimbleError(`The run in '${this.session}' ended without a score${reason}`, {
      cause: why instanceof Error ? why : undefined,
      hint: last === "" ? "Start it again: it goes on where it ended" : last,
    });
  }
}

/** Records that have come; none where the run has not begun its file yet. */
async function recordsOf(tail: LineTail): Promise<RunRecord[]> {
  try {
    return (await tail.read()).map(parseRecord);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function pidFile(session: string): string {
  return `${session}.run.json`;
}

function goingOn(session: string): InputError {
  return new InputError(`Cannot start a run in '${session}' as one is going on there`, {
    source: session,
    hint: "Attach to it: 'attachRun(session)', or stop it first: 'await run.stop()'",
  });
}

/** Of several who start a run at once, one gets through: until the run's process is known, this one stands for it. */
function claim(session: string): void {
  const path = pidFile(session);
  let [isLeft, pid]: [boolean, unknown] = [false, undefined];
  try {
    const text = Deno.readTextFileSync(path);
    isLeft = true;
    pid = JSON.parse(text).pid;
  } catch {
    // Not there, or nothing in it.
  }
  if (typeof pid === "number" && pid > 1 && isAlive(pid)) throw goingOn(session);
  try {
    if (isLeft) Deno.removeSync(path);
    Deno.writeTextFileSync(path, JSON.stringify({ pid: Deno.pid }), { createNew: true });
  } catch (cause) {
    if (cause instanceof Deno.errors.AlreadyExists) throw goingOn(session);
    throw new InputError(`Cannot write '${path}'`, { source: session, cause });
  }
}

/** The process of the run; undefined where its number was taken by another program since, which must not be stopped. */
async function ownPid(session: string): Promise<number | undefined> {
  const pid = await readPid(session);
  if (pid === undefined || !isAlive(pid)) return pid;
  try {
    const { success, stdout } = await new Deno.Command("ps", {
      args: ["-ww", "-o", "args=", "-p", String(pid)],
      stderr: "null",
    }).output();
    const isOther = success && !new TextDecoder().decode(stdout).includes("--session");
    return isOther ? undefined : pid;
  } catch {
    return pid; // No 'ps' here: the number is all there is to go by.
  }
}

async function readPid(session: string): Promise<number | undefined> {
  try {
    const { pid } = JSON.parse(await Deno.readTextFile(pidFile(session)));
    return Number.isInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  if (ownEnded.has(pid)) return false;
  try {
    // Signal 0 does nothing, but for saying whether somebody is there.
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Processes that this one started and that have ended: their numbers may be taken again. */
const ownEnded = new Set<number>();

/** The program, and the task runner above it. */
function killGroup(pid: number, signal: Deno.Signal): void {
  try {
    process.kill(-pid, signal);
  } catch {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended meanwhile.
    }
  }
}

function lastLines(path: string): string {
  try {
    return Deno.readTextFileSync(path).trim().split("\n").slice(-3).join("\n").slice(-500);
  } catch {
    return "";
  }
}
