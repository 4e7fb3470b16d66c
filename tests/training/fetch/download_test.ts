import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Clock } from "../../../lib/clock.ts";
import { benchmarks } from "../../../lib/benchmarks.ts";
import {
  download,
  type DownloadOptions,
  type DownloadProgress,
} from "../../../lib/training/fetch/download.ts";
import { checkAddress } from "../../../lib/training/fetch/fetch_address.ts";
import { FetchError, type FetchFailure } from "../../../lib/training/fetch/fetch_errors.ts";
import { cutAfter, FileServer, serveBytes } from "./file_server.ts";
import { inFolder } from "../../in_folder.ts";

const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i * i % 251);
const sha256 = createHash("sha256").update(bytes).digest("hex");
const digest = { algorithm: "sha256", hex: sha256 } as const;

async function all(options: DownloadOptions): Promise<{ hex: string; steps: DownloadProgress[] }> {
  const work = download(options);
  const steps: DownloadProgress[] = [];
  for (;;) {
    const step = await work.next();
    if (step.done) return { hex: step.value, steps };
    steps.push(step.value);
  }
}

async function fails(
  action: Promise<unknown>,
  failure: FetchFailure,
  pattern: RegExp,
): Promise<FetchError> {
  let found: unknown;
  await action.catch((error) => found = error);
  assert(found instanceof FetchError, String(found));
  assert.equal(found.failure, failure);
  assert.match(found.message, pattern);
  return found;
}

/** Fetches from a server that ends the connection when the first bytes have come; returns what was kept. */
async function cutOff(
  server: FileServer,
  options: DownloadOptions,
  sent: { bytes: Uint8Array<ArrayBuffer>; etag: string },
): Promise<number> {
  const gate = Promise.withResolvers<void>();
  server.handler = cutAfter(sent.bytes, 60_000, { etag: sent.etag, gate: gate.promise });
  const run = async () => {
    for await (const { done } of download(options)) if (done > 0) gate.resolve();
  };
  const error = await fails(run(), "truncated", /connection broke|ended after/);
  assert.match(error.hint!, /goes on where it ended/);
  const { size } = await Deno.stat(`${options.path}.part`);
  assert(size > 0 && size <= 60_000, `${size} bytes`);
  return size;
}

const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("download() fetches a file, checks it, and leaves nothing else", async () => {
  await inFolder(async (folder) => {
    await using server = new FileServer(serveBytes(bytes));
    const path = `${folder}/file`;
    const { hex, steps } = await all({ url: server.url, path, bytes: bytes.length, digest });
    assert.equal(hex, sha256);
    assert.deepEqual(await Deno.readFile(path), bytes);
    assert.deepEqual(namesIn(folder), ["file"]);
    assert.deepEqual(steps[0], { phase: "download", done: 0, total: 100_000 });
    assert.deepEqual(steps.at(-1), { phase: "check", done: 100_000, total: 100_000 });
    assert.deepEqual(server.requests, ["GET /"]);
  });
});

Deno.test("download() goes on where it was cut off", async () => {
  await inFolder(async (folder) => {
    await using server = new FileServer(serveBytes(bytes));
    const options = { url: server.url, path: `${folder}/file` };
    const have = await cutOff(server, options, { bytes, etag: '"1"' });
    assert.deepEqual(namesIn(folder), ["file.part", "file.part.json"]);
    server.handler = serveBytes(bytes);
    const { steps } = await all(options);
    assert.deepEqual(steps[0], { phase: "download", done: have, total: 100_000 });
    assert.deepEqual(await Deno.readFile(options.path), bytes);
    assert.deepEqual(server.requests, ["GET /", `GET / bytes=${have}-`]);
  });
});

Deno.test("download() starts anew where the file changed, or nothing tells whether it did", async () => {
  await inFolder(async (folder) => {
    const old = new Uint8Array(100_000).fill(1);
    await using server = new FileServer(serveBytes(bytes));
    const options = { url: server.url, path: `${folder}/file` };
    const have = await cutOff(server, options, { bytes: old, etag: '"old"' });
    server.handler = serveBytes(bytes, '"new"');
    const { steps } = await all(options);
    assert.equal(server.requests.at(-1), `GET / bytes=${have}-`);
    assert.equal(steps[0].done, 0);
    assert.deepEqual(await Deno.readFile(options.path), bytes);

    const other = { url: server.url, path: `${folder}/other` };
    await cutOff(server, other, { bytes: old, etag: 'W/"weak"' });
    server.handler = serveBytes(bytes);
    await all(other);
    assert.equal(server.requests.at(-1), "GET /");
    assert.deepEqual(await Deno.readFile(other.path), bytes);

    // Another address is another file.
    const path = `${folder}/third`;
    await cutOff(server, { url: `${server.url}/a`, path }, { bytes: old, etag: '"1"' });
    server.handler = serveBytes(bytes);
    await all({ url: `${server.url}/b`, path });
    assert.equal(server.requests.at(-1), "GET /b");
    assert.deepEqual(await Deno.readFile(path), bytes);
  });
});

Deno.test("download() ends a fetch whose last byte had come", async () => {
  await inFolder(async (folder) => {
    await using server = new FileServer(serveBytes(bytes));
    const options = { url: server.url, path: `${folder}/file`, bytes: bytes.length, digest };
    await Deno.writeFile(`${folder}/file.part`, bytes);
    await Deno.writeTextFile(`${folder}/file.part.json`, JSON.stringify({ url: server.url }));
    const { steps } = await all(options);
    assert(steps.every(({ phase }) => phase === "check"));
    assert.deepEqual(server.requests, ["GET / bytes=100000-"]);
    assert.deepEqual(namesIn(folder), ["file"]);
  });
});

Deno.test("download() holds a file to its checksum and size, and forgets one that is wrong", async () => {
  await inFolder(async (folder) => {
    await using server = new FileServer(serveBytes(bytes));
    const url = server.url;
    const path = `${folder}/file`;
    const wrong = { algorithm: "md5", hex: "0".repeat(32) } as const;
    const error = await fails(all({ url, path, digest: wrong }), "checksum", /its md5 is '/);
    assert.match(error.message, new RegExp(createHash("md5").update(bytes).digest("hex")));
    assert.deepEqual(namesIn(folder), []);
    await fails(all({ url, path, bytes: 99_999 }), "size", /has 100000 bytes: 99999 expected/);
    await fails(all({ url, path, mostBytes: 99_999 }), "size", /99999 at most expected/);
    assert.deepEqual(namesIn(folder), []);

    const endless = () =>
      new Response(new ReadableStream({ pull: (controller) => controller.enqueue(bytes) }));
    server.handler = endless;
    await fails(all({ url, path, mostBytes: 1_000_000 }), "size", /longer than 1000000 bytes/);
    assert.deepEqual(namesIn(folder), []);
    server.handler = () => new Response(new Blob([bytes]).stream());
    await fails(all({ url, path, bytes: 100_001 }), "truncated", /after 100000 of 100001 bytes/);
  });
});

Deno.test("download() refuses answers that do not fit the question", async () => {
  await inFolder(async (folder) => {
    await using server = new FileServer(serveBytes(bytes));
    const url = server.url;
    const path = `${folder}/file`;
    const ranges = ["bytes 0-99999/100000", "bytes 10-98/100000", "bytes 10-99999/*", "x", ""];
    for (const range of ranges) {
      await Deno.writeFile(`${path}.part`, bytes.subarray(0, 10));
      await Deno.writeTextFile(`${path}.part.json`, JSON.stringify({ url, validator: '"1"' }));
      server.handler = () =>
        new Response(bytes.subarray(10), { status: 206, headers: { "content-range": range } });
      await fails(all({ url, path }), "size", /for byte 10$/);
      assert.deepEqual(namesIn(folder), []);
    }
    for (const status of [204, 403, 404, 416, 500, 503]) {
      server.handler = () => new Response(null, { status });
      const kind = status === 416 ? "size" : "status";
      const error = await fails(all({ url, path }), kind, status === 416 ? /changed/ : /answered/);
      if (status !== 416) assert.equal(error.status, status);
    }
    // A note that is damaged, or holds what may not be sent, is as none.
    server.handler = serveBytes(bytes);
    for (
      const note of ["{", "null", "[]", '{"url":7}', JSON.stringify({ url, validator: "a\nb" })]
    ) {
      await Deno.writeFile(`${path}.part`, new Uint8Array(10));
      await Deno.writeTextFile(`${path}.part.json`, note);
      await all({ url, path });
      assert.deepEqual(await Deno.readFile(path), bytes);
      assert.equal(server.requests.at(-1), "GET /");
    }
  });
});

Deno.test("download() follows redirects: some, and to safe places", async () => {
  await inFolder(async (folder) => {
    await using server = new FileServer((request) => {
      const { pathname } = new URL(request.url);
      const to = (location: string) => new Response(null, { status: 302, headers: { location } });
      if (pathname === "/file") return serveBytes(bytes)(request);
      if (pathname === "/loop") return to("/loop");
      if (pathname === "/http") return to("http://example.com/file");
      if (pathname === "/local") return to("file:///etc/passwd");
      if (pathname === "/login") return to("https://user:secret@example.com/");
      if (pathname === "/nowhere") return to("https://[");
      const left = Number(pathname.slice(1));
      return to(left > 1 ? `/${left - 1}` : "/file");
    });
    const path = `${folder}/file`;
    await all({ url: `${server.url}/5`, path, digest });
    assert.equal(server.requests.length, 6);
    const to = (name: string) => all({ url: `${server.url}/${name}`, path });
    await fails(to("6"), "address", /redirected more than 5 times/);
    await fails(to("loop"), "address", /redirected more than 5 times/);
    await fails(to("http"), "address", /'http:\/\/example.com\/file', which is not https/);
    await fails(to("local"), "address", /not https/);
    await fails(to("login"), "address", /holds a password/);
    await fails(to("nowhere"), "address", /is no address/);
  });
});

Deno.test("checkAddress() lets https pass, and plain http only where it is published so", () => {
  const speech = benchmarks.kws01.dataset.url;
  assert.match(speech, /^http:/);
  assert.equal(checkAddress(speech, speech, true).href, speech);
  assert.equal(checkAddress("https://a/b", speech, false).href, "https://a/b");
  const refused: [string, string, boolean][] = [
    [speech, "https://a/b", false],
    ["http://download.tensorflow.org/other", "http://download.tensorflow.org/other", true],
    ["http://127.0.0.1/x", "https://a/b", false],
    ["http://localhost/x", speech, false],
    ["ftp://a/b", "ftp://a/b", true],
    ["nothing", "nothing", true],
  ];
  for (const [address, from, first] of refused) {
    assert.throws(() => checkAddress(address, from, first), { name: "FetchError" }, address);
  }
});

/** Time stands still until the test moves it. */
class StillClock implements Clock {
  #waiting = new Set<() => void>();
  lastMs = 0;
  scheduled = 0;
  now = () => 0;
  schedule(ms: number, callback: () => void) {
    this.lastMs = ms;
    this.scheduled++;
    this.#waiting.add(callback);
    return () => void this.#waiting.delete(callback);
  }
  get count() {
    return this.#waiting.size;
  }
  fire() {
    for (const callback of this.#waiting) callback();
  }
}

Deno.test("download() gives up on a server that says nothing more", async () => {
  await inFolder(async (folder) => {
    const gate = Promise.withResolvers<void>();
    const sent = { etag: '"1"', gate: gate.promise };
    await using server = new FileServer(cutAfter(bytes, 1000, sent));
    const clock = new StillClock();
    const path = `${folder}/file`;
    const work = download({ url: server.url, path, clock, stallMs: 5000 });
    assert.equal((await work.next()).done, false);
    const step = await work.next();
    assert(!step.done && step.value.done === 1000);
    const before = clock.scheduled;
    const next = work.next();
    assert.equal(clock.scheduled, before + 1, "what came moves the deadline");
    assert.deepEqual([clock.count, clock.lastMs], [1, 5000]);
    clock.fire();
    const error = await fails(next, "stalled", /nothing came for 5 s/);
    assert.match(error.hint!, /goes on/);
    assert.equal(clock.count, 0, "no timer is left");
    gate.resolve();
    assert.deepEqual(namesIn(folder), ["file.part", "file.part.json"]);

    // No answer at all.
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<Response>();
    server.handler = () => {
      asked.resolve();
      return answer.promise;
    };
    const waiting = all({ url: server.url, path: `${folder}/b`, clock, stallMs: 5000 });
    waiting.catch(() => {});
    await asked.promise;
    clock.fire();
    await fails(waiting, "stalled", /nothing came for 5 s/);
    answer.resolve(new Response());
  });
});

Deno.test("download() ends when its signal aborts, and keeps what came", async () => {
  await inFolder(async (folder) => {
    const gate = Promise.withResolvers<void>();
    const sent = { etag: '"1"', gate: gate.promise };
    await using server = new FileServer(cutAfter(bytes, 1000, sent));
    const controller = new AbortController();
    const options = { url: server.url, path: `${folder}/file` };
    const work = download({ ...options, signal: controller.signal });
    await work.next();
    await work.next();
    const next = work.next();
    const reason = new Error("enough");
    controller.abort(reason);
    await assert.rejects(next, reason);
    gate.resolve();
    server.handler = serveBytes(bytes);
    const { steps } = await all(options);
    assert.equal(steps[0].done, 1000);
    await assert.rejects(all({ ...options, signal: AbortSignal.abort(reason) }), reason);
  });
});

Deno.test("download() leaves a file alone that another fetch writes", async () => {
  await inFolder(async (folder) => {
    await using server = new FileServer(serveBytes(bytes));
    const options = { url: server.url, path: `${folder}/file` };
    const first = download(options);
    await first.next();
    await fails(all(options), "busy", /another program/);
    for await (const _ of first);
    assert.deepEqual(await Deno.readFile(options.path), bytes);
    await assert.rejects(all({ url: server.url, path: `${folder}/no/such` }), {
      name: "InputError",
    });
  });
});

Deno.test("download() says which host it may not reach", {
  permissions: { net: ["127.0.0.1"], read: true, write: true },
}, async () => {
  await inFolder(async (folder) => {
    const error = await fails(
      all({ url: "https://example.com/file", path: `${folder}/file` }),
      "permission",
      /without permission to reach 'example.com'/,
    );
    assert.equal(error.hint, "Run it again with --allow-net=example.com");
  });
});

Deno.test("download() says when nobody answers", async () => {
  await inFolder(async (folder) => {
    let url = "";
    {
      await using server = new FileServer(serveBytes(bytes));
      url = server.url;
    }
    await fails(all({ url, path: `${folder}/file` }), "connection", /cannot be reached/);
  });
});
