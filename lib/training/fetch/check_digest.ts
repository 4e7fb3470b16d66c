import { createHash } from "node:crypto";
import { FetchError } from "./fetch_errors.ts";
import type { PublishedDigest } from "./fetch_sets.ts";

const CHUNK_BYTES = 2 ** 20;

/**
 * Computes the digest of a file, and compares it with the published one.
 *
 * @param digest Undefined: SHA-256, compared with nothing.
 * @returns The digest, hex, after the bytes that were read so far.
 * @throws {FetchError} Where it is another one.
 */
export async function* checkDigest(
  path: string,
  { digest, source, signal }: { digest?: PublishedDigest; source: string; signal?: AbortSignal },
): AsyncGenerator<number, string> {
  const { algorithm = "sha256", hex } = digest ?? {};
  const hash = createHash(algorithm);
  using file = await Deno.open(path);
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (let done = 0;;) {
    signal?.throwIfAborted();
    const read = await file.read(buffer);
    if (read === null) break;
    hash.update(buffer.subarray(0, read));
    yield done += read;
  }
  const found = hash.digest("hex");
  if (hex === undefined || found === hex) return found;
  throw new FetchError(
    `Cannot use '${source}' as its ${algorithm} is '${found}': '${hex}' expected`,
    {
      source,
      failure: "checksum",
      hint: "It is damaged, or not what was published: fetch it anew, or from elsewhere",
    },
  );
}
