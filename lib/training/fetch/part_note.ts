/** What is known about a file that is fetched in parts; kept beside it. */
export interface PartNote {
  /** Where it comes from. */
  url: string;
  /** Its entity tag, or its date, as the server gave them. */
  validator?: string;
}

/** Undefined where there is none, or none that can be read: then the fetch starts anew. */
export async function readPartNote(part: string): Promise<PartNote | undefined> {
  let note: unknown;
  try {
    note = JSON.parse(await Deno.readTextFile(`${part}.json`));
  } catch {
    return undefined;
  }
  if (typeof note !== "object" || note === null || !("url" in note)) return undefined;
  if (typeof note.url !== "string") return undefined;
  const validator = "validator" in note ? note.validator : undefined;
  // It is sent as a header.
  const isHeader = typeof validator === "string" && /^[\x20-\x7e]{1,512}$/.test(validator);
  return { url: note.url, validator: isHeader ? validator : undefined };
}

/** Writes it. */
export async function writePartNote(part: string, note: PartNote): Promise<void> {
  await Deno.writeTextFile(`${part}.json`, JSON.stringify(note));
}
