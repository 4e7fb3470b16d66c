import { checkAddress } from "./fetch_address.ts";
import { FetchError } from "./fetch_errors.ts";

const MOST_REDIRECTS = 5;
const redirectStatuses = [301, 302, 303, 307, 308];

/**
 * Asks for a URL and follows its redirects, each checked.
 *
 * @returns The first answer that is no redirect; its body is to be read or cancelled.
 * @throws {FetchError} Where no server answers, or it may not be asked.
 * @throws The signal's reason when it aborts.
 */
export async function openResponse(
  source: string,
  { headers, signal }: { headers: Record<string, string>; signal: AbortSignal },
): Promise<Response> {
  let url = checkAddress(source, source, true);
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const response = await ask(url, source, headers, signal);
    const location = response.headers.get("location");
    if (!redirectStatuses.includes(response.status) || location === null) return response;
    await response.body?.cancel();
    url = checkAddress(URL.parse(location, url)?.href ?? location, source, false);
  }
  throw new FetchError(
    `Cannot fetch '${source}' as it is redirected more than ${MOST_REDIRECTS} times`,
    { source, failure: "address", hint: "Name another place with --mirror, or a file with --from" },
  );
}

async function ask(
  url: URL,
  source: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Response> {
  try {
    return await fetch(url, { headers, signal, redirect: "manual" });
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    if (cause instanceof Deno.errors.NotCapable) {
      throw new FetchError(`Cannot fetch '${source}' without permission to reach '${url.host}'`, {
        source,
        failure: "permission",
        hint: `Run it again with --allow-net=${url.host}`,
      });
    }
    throw new FetchError(`Cannot fetch '${source}' as '${url.host}' cannot be reached`, {
      source,
      failure: "connection",
      cause,
      hint: "Check the network, or name another place with --mirror, or a file with --from",
    });
  }
}
