import { benchmarks } from "../../benchmarks.ts";
import { FetchError } from "./fetch_errors.ts";

/** Published under http:// only; its SHA-256 says whether it came through unchanged. */
const officialHttpUrl = benchmarks.kws01.dataset.url;

/**
 * Checks that a file may be fetched from an address: https, or one of two exceptions: Speech Commands, and this machine
 * itself where it was asked for, not merely redirected to.
 *
 * @param first Whether it is the address that was asked for, or where that was redirected to.
 * @throws {FetchError} Where it may not.
 */
export function checkAddress(address: string, from: string, first: boolean): URL {
  const refuse = (reason: string) =>
    new FetchError(`Cannot fetch '${from}' as ${reason}`, {
      source: from,
      failure: "address",
      hint: "Name another place with --mirror, or a file with --from",
    });
  const url = URL.parse(address, from);
  if (url === null) throw refuse(`'${address}' is no address`);
  if (url.username !== "" || url.password !== "") throw refuse("the address holds a password");
  if (url.protocol === "https:") return url;
  if (first && url.href === officialHttpUrl) return url;
  if (url.protocol === "http:" && isLoopback(url) && isLoopback(new URL(from))) return url;
  throw refuse(first ? "it is not https" : `it is redirected to '${url.href}', which is not https`);
}

function isLoopback(url: URL): boolean {
  return ["127.0.0.1", "[::1]", "localhost"].includes(url.hostname);
}
