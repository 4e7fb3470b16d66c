import { ArchiveError } from "./fetch_errors.ts";

/** One entry of an archive, as the archive tells it: nothing in it is to be trusted. */
export interface ArchiveEntry {
  /** Its name, not yet checked. */
  name: string;
  /** `other`: links, devices and the like. */
  kind: "file" | "folder" | "other";
  /** Its content; to be read before the next entry is asked for. */
  content: AsyncIterable<Uint8Array>;
}

/** How much an archive may hold. */
export interface ArchiveLimits {
  /** Entries of any kind. */
  entries: number;
  /** Bytes when unpacked. */
  bytes: number;
}

/** No real archive of ours has longer names. */
const MOST_NAME_CHARACTERS = 1024;

/**
 * The name of an entry as the steps of a path below the folder that is unpacked into. Empty for the folder itself.
 *
 * @throws {ArchiveError} For a name that leads out of the folder, or that some system reads otherwise than others.
 */
export function entrySteps(name: string, source: string): string[] {
  const refuse = (reason: string) =>
    new ArchiveError(`Cannot unpack '${shown(name)}' from '${source}' as ${reason}`, {
      source,
      hint: "Fetch the archive anew from where it is published; this one may be meant to do harm",
    });
  if (name.length > MOST_NAME_CHARACTERS) throw refuse("its name is too long");
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x1f\x7f\\:\ufffd]/.test(name)) throw refuse("its name holds forbidden characters");
  if (name.startsWith("/")) throw refuse("its path is absolute");
  const steps = name.split("/").filter((step) => step !== "" && step !== ".");
  if (steps.includes("..")) throw refuse("its path leads out of the folder");
  if (steps.some((step) => new TextEncoder().encode(step).length > 255)) {
    throw refuse("its name is too long");
  }
  if (steps.length > 32) throw refuse("its path is too deep");
  return steps;
}

/** A name from an archive, fit to be printed. */
export function shown(name: string): string {
  // deno-lint-ignore no-control-regex
  const printable = name.replace(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, "?");
  return printable.length > 120 ? printable.slice(0, 119) + "…" : printable;
}
