/** A server on this machine for tests of fetching. */

/** What it does with a request. */
export type Handler = (request: Request) => Response | Promise<Response>;

/** Its address, and what was asked of it. */
export class FileServer implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  /** `METHOD path range` of every request. */
  readonly requests: string[] = [];
  /** May be exchanged between requests. */
  handler: Handler;

  constructor(handler: Handler) {
    this.handler = handler;
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
      const range = request.headers.get("range");
      const path = new URL(request.url).pathname;
      this.requests.push(`${request.method} ${path}${range ? ` ${range}` : ""}`);
      return this.handler(request);
    });
  }

  get host(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  get url(): string {
    return `http://${this.host}`;
  }

  async [Symbol.asyncDispose]() {
    await this.#server.shutdown();
  }
}

/** Serves bytes as a file server does: ranges, and an entity tag. */
export function serveBytes(bytes: Uint8Array<ArrayBuffer>, etag = '"1"'): Handler {
  return (request) => {
    const from = /^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "")?.[1];
    const condition = request.headers.get("if-range");
    if (from === undefined || (condition !== null && condition !== etag)) {
      return new Response(bytes, { headers: { etag } });
    }
    const start = Number(from);
    if (start >= bytes.length) {
      return new Response(null, {
        status: 416,
        headers: { "content-range": `bytes */${bytes.length}`, etag },
      });
    }
    return new Response(bytes.subarray(start), {
      status: 206,
      headers: { "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}`, etag },
    });
  };
}

/** Promises all of the bytes, sends some, and ends the connection once `gate` is open. */
export function cutAfter(
  bytes: Uint8Array<ArrayBuffer>,
  count: number,
  { etag, gate }: { etag: string; gate: Promise<void> },
): Handler {
  return () => {
    let sent = false;
    const body = new ReadableStream({
      async pull(controller) {
        if (!sent) {
          sent = true;
          return controller.enqueue(bytes.subarray(0, count));
        }
        await gate;
        controller.close();
      },
    });
    return new Response(body, { headers: { "content-length": `${bytes.length}`, etag } });
  };
}
