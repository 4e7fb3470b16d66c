import { InputError } from "../errors.ts";
import { remainingMs } from "../runner/progress.ts";
import { type FetchedSet, fetchSet, type FetchSetProgress } from "../training/fetch/fetch_set.ts";
import { type FetchSet, fetchSets, findFetchSet } from "../training/fetch/fetch_sets.ts";
import { positionals, readArguments, required, wholeNumber } from "./arguments.ts";
import { ExitCode } from "./exit_code.ts";
import { ProgressLine } from "./progress_line.ts";
import { alignColumns } from "./text_table.ts";

function usage(): string {
  const rows = Object.values(fetchSets).map((set) => [set.id, sizeOf(set), set.title]);
  return `Usage: thimble data fetch ${Object.keys(fetchSets).join("|")} --out DIR [OPTIONS]

Fetches what is published, checks it, and unpacks it into a folder that appears when all is done, or
not at all. A fetch that was cut off goes on where it ended.

${alignColumns(["name", "size", "what"], rows)}

  --out DIR      folder to be made
  --from PATH    take a local file instead; for models the folder that holds them
  --mirror URL   take the files from below this https address instead
  --stall N      give up after so many seconds without a byte [60]
  --quiet        no progress; the licence is still shown
  --help         print this`;
}

/** `thimble data fetch`. */
export async function dataFetchCommand(args: string[]): Promise<number> {
  const parsed = readArguments(args, {
    out: { type: "string" },
    from: { type: "string" },
    mirror: { type: "string" },
    stall: { type: "string" },
    quiet: { type: "boolean" },
    help: { type: "boolean" },
  }, "data fetch");
  const { values } = parsed;
  if (values.help || args.length === 0) {
    console.log(usage());
    return values.help ? ExitCode.done : ExitCode.usage;
  }
  const [name] = positionals(parsed, [Object.keys(fetchSets).join("|")]);
  const set = findFetchSet(name);
  if (set === undefined) {
    throw new InputError(`Cannot fetch '${name}'`, {
      source: "arguments",
      hint: `Name one of ${Object.keys(fetchSets).join(", ")}`,
    });
  }
  if (values.from !== undefined && values.mirror !== undefined) {
    throw new InputError("Cannot take both --from and --mirror", {
      source: "arguments",
      hint: "Leave one of them out",
    });
  }
  const out = required(values.out, "--out");
  const stallS = wholeNumber(values.stall, "--stall") ?? 60;
  const { from, mirror, quiet = false } = values;
  const made = await withProgress(set, { out, from, mirror, stallMs: stallS * 1000 }, quiet);
  if (made === undefined) {
    console.error("Cancelled: run it again, and it goes on where it ended");
    return ExitCode.cancelled;
  }
  for (const { file, hex, published } of made.digests) {
    if (!published) {
      console.error(`'${file}' was not checked: no checksum is published; it has ${hex}`);
    }
  }
  console.log(`Wrote ${made.files} ${made.files === 1 ? "file" : "files"} to '${out}'`);
  return ExitCode.done;
}

function sizeOf(set: FetchSet): string {
  const known = set.files.filter(({ bytes }) => bytes !== undefined);
  if (known.length === 0) return "?";
  const bytes = known.reduce((sum, file) => sum + file.bytes!, 0);
  return `${known.length < set.files.length ? "> " : ""}${(bytes / 1e6).toFixed(0)} MB`;
}

/** Fetches it; undefined where Ctrl-C ended it. */
async function withProgress(
  set: FetchSet,
  options: Parameters<typeof fetchSet>[1],
  quiet: boolean,
): Promise<FetchedSet | undefined> {
  const controller = new AbortController();
  const cancel = () => controller.abort(new DOMException("Cancelled", "AbortError"));
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, cancel);
  using progress = new PhaseProgress(set);
  try {
    const steps = fetchSet(set, { ...options, signal: controller.signal });
    for (;;) {
      const step = await steps.next();
      if (step.done) return step.value;
      if (step.value.phase === "terms") {
        console.error(`${set.title}\nLicence: ${step.value.text}`);
      } else if (!quiet) progress.update(step.value);
    }
  } catch (error) {
    if (controller.signal.aborted && error === controller.signal.reason) return undefined;
    throw error;
  } finally {
    for (const signal of signals) Deno.removeSignalListener(signal, cancel);
  }
}

const phaseTitles = { terms: "", download: "fetch", check: "check", unpack: "unpack" } as const;

/** A progress line for each phase of each file. */
class PhaseProgress implements Disposable {
  readonly #set: FetchSet;
  #line?: ProgressLine;
  #key = "";
  #startMs = 0;
  #startBytes = 0;

  constructor(set: FetchSet) {
    this.#set = set;
  }

  update({ phase, done, total, text }: FetchSetProgress): void {
    const title = phaseTitles[phase];
    // While an archive is unpacked the text names its files.
    const key = phase === "unpack" ? phase : `${phase} ${text}`;
    if (key !== this.#key) {
      this.#line?.[Symbol.dispose]();
      this.#line = new ProgressLine(`${title} ${this.#set.id}`);
      this.#key = key;
      this.#startMs = performance.now();
      this.#startBytes = done;
    }
    const elapsedMs = performance.now() - this.#startMs;
    const came = done - this.#startBytes;
    const rate = elapsedMs > 0 ? `${(came / 1e3 / elapsedMs).toFixed(1)} MB/s` : "";
    const [scale, unit] = (total ?? done) < 1e7 ? [1e3, "kB"] : [1e6, "MB"];
    if (total === undefined) {
      const size = `${Math.floor(done / scale)} ${unit}`;
      this.#line!.update({
        type: "progress",
        done: 0,
        total: 1,
        unit: "files",
        text: `${size}  ${rate}  ${text}`,
      });
      return;
    }
    this.#line!.update({
      type: "progress",
      done: done / scale,
      total: Math.ceil(total / scale),
      unit,
      text: `${rate}  ${text}`,
      remainingMs: remainingMs(elapsedMs, came, total - done),
    });
  }

  [Symbol.dispose](): void {
    this.#line?.[Symbol.dispose]();
  }
}
