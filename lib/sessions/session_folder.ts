/**
 * A session on disk: `events.jsonl`, appended to line by line, and the official files beside it.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import type { RunRecord } from "./events.ts";
import { officialFiles } from "./official_files.ts";
import {
  eventsFile,
  readRecordedSession,
  readRecords,
  type RecordsRead,
} from "./recorded_session.ts";
import { type RecordedSession, sessionOf } from "./session.ts";

/** Records of one run are appended to this; a run that died in the middle loses no more than its last line. */
export class SessionFolder implements Disposable {
  /** Path of the folder. */
  readonly path: string;
  /** What was there before; undefined for a new session. */
  readonly previous?: RecordedSession;
  #file: Deno.FsFile | undefined;
  readonly #records: RunRecord[];
  readonly #wholeBytes: number;

  private constructor(path: string, read: RecordsRead) {
    this.path = path;
    this.#records = read.records;
    this.#wholeBytes = read.wholeBytes;
    this.previous = sessionOf(read.records);
  }

  /**
   * Reads the session in `path`, if there is one. Nothing is written before the first
   * {@linkcode SessionFolder.append}.
   *
   * @throws {InputError} Where `path` is no folder, holds other things, or its records cannot be read.
   */
  static async open(path: string): Promise<SessionFolder> {
    const read = await readRecords(`${path}/${eventsFile}`, { mayBeMissing: true });
    if (read.records.length === 0) await refuseOtherFiles(path);
    return new SessionFolder(path, read);
  }

  /**
   * Adds a record; it is with the system when this returns.
   *
   * @throws {InputError} When it cannot be written, such as where the disk is full.
   */
  append(record: RunRecord): void {
    try {
      this.#file ??= this.#openFile();
      const line = new TextEncoder().encode(JSON.stringify(record) + "\n");
      for (let at = 0; at < line.length;) at += this.#file.writeSync(line.subarray(at));
    } catch (cause) {
      throw this.#unwritable(cause);
    }
    this.#records.push(record);
  }

  #unwritable(cause: unknown): InputError {
    return new InputError(`Cannot write the session in '${this.path}'`, {
      source: this.path,
      hint: "Make room or give the right to write there; the same command then goes on",
      cause,
    });
  }

  // A last line that was cut is removed.
  #openFile(): Deno.FsFile {
    Deno.mkdirSync(this.path, { recursive: true });
    const file = Deno.openSync(`${this.path}/${eventsFile}`, { create: true, write: true });
    file.truncateSync(this.#wholeBytes);
    file.seekSync(0, Deno.SeekMode.End);
    return file;
  }

  /** The session so far; undefined before its start. */
  get session(): RecordedSession | undefined {
    return sessionOf(this.#records);
  }

  /**
   * Writes `log.txt`, `results.txt` and `results.json` in the form of the official runner, each as a whole; after an
   * energy run EnergyRunner's `trace1-timestamps.json` too.
   *
   * @param options.missingOnly Leave those alone that are there.
   * @throws {InputError} When they cannot be written, such as where the disk is full.
   */
  async writeOfficialFiles(options: { missingOnly?: boolean } = {}): Promise<void> {
    let session = this.session;
    if (!session) return;
    try {
      await this.#file?.syncData();
      // With the samples.
      if (session.energyTraces.length > 0) session = await readRecordedSession(this.path);
      for (const [name, text] of Object.entries(officialFiles(session))) {
        const path = `${this.path}/${name}`;
        if (options.missingOnly && await exists(path)) continue;
        const temporary = `${this.path}/.${name}.part`;
        await Deno.writeTextFile(temporary, text);
        await Deno.rename(temporary, path);
      }
    } catch (cause) {
      throw this.#unwritable(cause);
    }
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file?.close();
  }
}

const exists = (path: string) => Deno.stat(path).then(() => true, () => false);

async function refuseOtherFiles(path: string): Promise<void> {
  try {
    for await (const entry of Deno.readDir(path)) {
      if (entry.name === eventsFile) continue;
      throw new InputError(`Cannot begin a session in '${path}' as it holds '${entry.name}'`, {
        source: path,
        hint: "Name a folder that does not exist yet, is empty, or holds a session",
      });
    }
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return;
    if (cause instanceof InputError) throw cause;
    throw new InputError(`Cannot use '${path}' for a session`, { source: path, cause });
  }
}
