import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { benchmarks } from "../../../lib/benchmarks.ts";
import {
  type FetchedSet,
  fetchSet,
  type FetchSetOptions,
  type FetchSetProgress,
} from "../../../lib/training/fetch/fetch_set.ts";
import { type FetchSet, fetchSets } from "../../../lib/training/fetch/fetch_sets.ts";
import { referenceTest, shared } from "../../reference.ts";
import { FileServer, serveBytes } from "./file_server.ts";
import { inFolder } from "../../in_folder.ts";
import { filesOf, packed, tarBytes, zipBytes } from "./make_archives.ts";

const limits = { entries: 10, bytes: 100_000 };
const sha256 = (bytes: Uint8Array) =>
  ({ algorithm: "sha256", hex: createHash("sha256").update(bytes).digest("hex") }) as const;

const archive = await packed(tarBytes([{ name: "words/a.txt", content: "A" }]), "gzip");

/** A set of one archive at an address. */
function archiveSet(url: string, bytes = archive): FetchSet {
  return {
    id: "test",
    title: "A test",
    licence: "public domain",
    files: [{
      file: "words.tar.gz",
      url,
      bytes: bytes.length,
      digest: sha256(bytes),
      archive: { format: "tar.gz", limits },
    }],
  };
}

async function all(set: FetchSet, options: FetchSetOptions) {
  const work = fetchSet(set, options);
  const steps: FetchSetProgress[] = [];
  for (;;) {
    const step = await work.next();
    if (step.done) return { made: step.value as FetchedSet, steps };
    steps.push(step.value);
  }
}

const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("fetchSet() shows the licence before it asks for a byte", async () => {
  await inFolder(async (folder) => {
    await using server = new FileServer(serveBytes(archive));
    const work = fetchSet(archiveSet(server.url), { out: `${folder}/out` });
    const first = await work.next();
    assert.deepEqual(first.value, { phase: "terms", done: 0, text: "public domain" });
    assert.deepEqual([server.requests, namesIn(folder)], [[], []]);
    for await (const { phase } of work) assert.notEqual(phase, "terms");
    assert.equal(server.requests.length, 1);
  });
});

Deno.test("fetchSet() fetches, checks and unpacks; the folder appears as a whole", async () => {
  await inFolder(async (folder) => {
    await using server = new FileServer(serveBytes(archive));
    const out = `${folder}/sets/out`;
    const set = archiveSet(`${server.url}/words.tar.gz`);
    const seen = new Set<boolean>();
    for await (const _ of fetchSet(set, { out })) {
      seen.add(await Deno.stat(out).then(() => true, () => false));
    }
    assert.deepEqual([...seen], [false], "not there before the end");
    assert.deepEqual(await filesOf(out), { "words/a.txt": "A" });
    assert.deepEqual(namesIn(`${folder}/sets`), ["out"]);
    await assert.rejects(all(set, { out }), { name: "InputError", message: /is not empty/ });

    await Deno.mkdir(`${folder}/empty`);
    const { made, steps } = await all(set, { out: `${folder}/empty` });
    const digests = [{ file: "words.tar.gz", hex: sha256(archive).hex, published: true }];
    assert.deepEqual(made, { files: 1, digests });
    const phases = [...new Set(steps.map(({ phase }) => phase))];
    assert.deepEqual(phases, ["terms", "download", "check", "unpack"]);
    assert.deepEqual(steps.at(-1)?.text, "words/a.txt");
  });
});

Deno.test("fetchSet() keeps what was fetched when it ends early, and nothing else", async () => {
  await inFolder(async (folder) => {
    const out = `${folder}/out`;
    // A right checksum, but an archive that leads out.
    const evil = await packed(tarBytes([{ name: "a" }, { name: "../../evil" }]), "gzip");
    await using server = new FileServer(serveBytes(evil));
    const set = archiveSet(server.url, evil);
    await assert.rejects(all(set, { out }), { name: "ArchiveError", message: /leads out/ });
    assert.deepEqual(namesIn(folder), ["out.part"]);
    assert.deepEqual(namesIn(`${folder}/out.part`), ["words.tar.gz"]);
    await assert.rejects(all(set, { out }), { name: "ArchiveError" });
    assert.equal(server.requests.length, 1, "it is not fetched again");
    // What lies there is checked: a damaged copy is fetched anew.
    await Deno.writeFile(`${folder}/out.part/words.tar.gz`, new Uint8Array(evil.length));
    await assert.rejects(all(set, { out }), { name: "ArchiveError" });
    assert.equal(server.requests.length, 2);

    server.handler = () => new Response(null, { status: 404 });
    const missing = archiveSet(server.url);
    await assert.rejects(all(missing, { out: `${folder}/no` }), {
      name: "FetchError",
      status: 404,
    });
    const controller = new AbortController();
    const steps = fetchSet(missing, { out: `${folder}/no`, signal: controller.signal });
    await steps.next();
    const reason = new Error("enough");
    controller.abort(reason);
    await assert.rejects(steps.next(), reason);
    await assert.rejects(all(set, { out: `${folder}/out.part/words.tar.gz` }), {
      name: "InputError",
    });
    const wrong = { ...archiveSet(server.url), files: [] as FetchSet["files"] };
    await all(wrong, { out: `${folder}/none` });
    assert.deepEqual(namesIn(folder), ["none", "out.part"]);
  });
});

Deno.test("fetchSet() takes a local file or a mirror, held to the same checksum", async () => {
  await inFolder(async (folder) => {
    const set = archiveSet("https://example.invalid/words.tar.gz");
    const file = `${folder}/copy`;
    await Deno.writeFile(file, archive);
    await all(set, { out: `${folder}/a`, from: file });
    await Deno.writeFile(`${folder}/words.tar.gz`, archive);
    await all(set, { out: `${folder}/b`, from: folder });
    for (const name of ["a", "b"]) {
      assert.deepEqual(await filesOf(`${folder}/${name}`), { "words/a.txt": "A" });
    }
    assert.deepEqual(await Deno.readFile(file), archive, "the local file stays");

    const damaged = archive.slice();
    damaged[20] ^= 1;
    await Deno.writeFile(file, damaged);
    await assert.rejects(all(set, { out: `${folder}/c`, from: file }), { failure: "checksum" });
    await Deno.writeFile(file, damaged.subarray(1));
    await assert.rejects(all(set, { out: `${folder}/c`, from: file }), { failure: "size" });
    await assert.rejects(all(set, { out: `${folder}/c`, from: `${folder}/no` }), {
      name: "InputError",
      message: /Cannot find 'words.tar.gz' at/,
    });

    await using server = new FileServer(serveBytes(archive));
    await all(set, { out: `${folder}/d`, mirror: `${server.url}/sub` });
    await all(set, { out: `${folder}/e`, mirror: `${server.url}/sub/words.tar.gz` });
    assert.deepEqual(server.requests, ["GET /sub/words.tar.gz", "GET /sub/words.tar.gz"]);
    server.handler = serveBytes(damaged);
    await assert.rejects(all(set, { out: `${folder}/f`, mirror: server.url }), {
      failure: "checksum",
    });
    await assert.rejects(all(set, { out: `${folder}/f`, mirror: "host/sub" }), {
      name: "InputError",
    });
    assert.deepEqual(namesIn(folder), ["a", "b", "copy", "d", "e", "words.tar.gz"]);
  });
});

Deno.test("fetchSet() takes several files, and says which had no checksum to compare with", async () => {
  await inFolder(async (folder) => {
    const bodies: Record<string, Uint8Array<ArrayBuffer>> = {
      "a.tflite": new Uint8Array([1, 2]),
      "b.zip": await zipBytes([{ name: "top/b.txt", content: "B" }]),
    };
    await using server = new FileServer((request) =>
      serveBytes(bodies[new URL(request.url).pathname.slice(1)])(request)
    );
    const set: FetchSet = {
      id: "test",
      title: "",
      licence: "",
      files: [
        { file: "a.tflite", url: `${server.url}/a.tflite` },
        { file: "b.zip", url: `${server.url}/b.zip`, archive: { format: "zip", limits, strip: 1 } },
      ],
    };
    const { made } = await all(set, { out: `${folder}/out` });
    assert.equal(made.files, 2);
    assert.deepEqual(made.digests.map(({ published }) => published), [false, false]);
    assert.equal(made.digests[0].hex, sha256(bodies["a.tflite"]).hex);
    assert.deepEqual(namesIn(`${folder}/out`), ["a.tflite", "b.txt"]);
  });
});

Deno.test("fetchSets names safe places, sizes and checksums", () => {
  const http: string[] = [];
  for (const [id, set] of Object.entries(fetchSets)) {
    assert.equal(set.id, id);
    assert(set.licence.length > 5 && set.files.length > 0);
    for (const { file, url, digest, bytes, archive } of set.files) {
      assert.match(file, /^[\w.-]+$/);
      if (new URL(url).protocol !== "https:") http.push(url);
      const length = { sha256: 64, md5: 32, none: 0 }[digest?.algorithm ?? "none"];
      assert.match(digest?.hex ?? "", new RegExp(`^[0-9a-f]{${length}}$`));
      // What is not known in size has to fit what is fetched without it.
      assert(bytes === undefined || bytes > 10_000);
      if (archive) assert(file.endsWith(`.${archive.format}`));
      if (bytes && archive) {
        assert(archive.limits.bytes > bytes && archive.limits.bytes < 100 * bytes);
      }
    }
  }
  assert.deepEqual(http, [benchmarks.kws01.dataset.url]);
});

referenceTest("fetchSets gives the size and checksum of the reference models", async () => {
  const known = fetchSets.models.files.filter(({ bytes }) => bytes !== undefined);
  assert.equal(known.length, 9);
  for (const { file, bytes, digest } of known) {
    const content = await Deno.readFile(shared(`reference/models/${file}`));
    assert.deepEqual([content.length, sha256(content)], [bytes, digest]);
  }
});
