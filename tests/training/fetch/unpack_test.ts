import assert from "node:assert/strict";
import { ArchiveError } from "../../../lib/training/fetch/fetch_errors.ts";
import {
  unpack,
  type UnpackOptions,
  type UnpackProgress,
} from "../../../lib/training/fetch/unpack.ts";
import { inFolder } from "../../in_folder.ts";
import {
  filesOf,
  packed,
  tarBytes,
  type TarEntry,
  zipBytes,
  type ZipEntrySpec,
} from "./make_archives.ts";

const limits = { entries: 100, bytes: 1_000_000 };

/** Unpacks into `<folder>/out`, a step from a file that must not be touched. */
async function unpackBytes(
  folder: string,
  bytes: Uint8Array<ArrayBuffer>,
  options: Pick<UnpackOptions, "format"> & Partial<UnpackOptions>,
): Promise<{ files: number; steps: UnpackProgress[] }> {
  const archive = `${folder}/archive`;
  await Deno.writeFile(archive, bytes);
  await Deno.remove(`${folder}/out`, { recursive: true }).catch(() => {});
  await Deno.mkdir(`${folder}/out`);
  const work = unpack({ archive, out: `${folder}/out`, limits, ...options });
  const steps: UnpackProgress[] = [];
  for (;;) {
    const step = await work.next();
    if (step.done) return { files: step.value, steps };
    steps.push(step.value);
  }
}

const untar = async (folder: string, tar: Uint8Array<ArrayBuffer>, options = {}) =>
  await unpackBytes(folder, await packed(tar, "gzip"), { format: "tar.gz", ...options });
const unzip = async (folder: string, zip: Uint8Array<ArrayBuffer>, options = {}) =>
  await unpackBytes(folder, zip, { format: "zip", ...options });

async function refused(action: Promise<unknown>, pattern: RegExp, folder: string) {
  await assert.rejects(action, (error) => {
    assert(error instanceof ArchiveError, String(error));
    assert.match(error.message, pattern);
    return true;
  });
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  assert.deepEqual(names, ["archive", "out"], "nothing is written beside the folder");
}

Deno.test("unpack() makes the files and folders of a tar.gz", async () => {
  await inFolder(async (folder) => {
    const long = "long/" + "n".repeat(150) + ".txt";
    const pax = `path=pax/${"ü".repeat(60)}.txt\n`;
    const record = (text: string) => {
      const bytes = new TextEncoder().encode(text).length;
      const length = bytes + 4;
      assert(length >= 100 && length < 1000);
      return `${length} ${text}`;
    };
    const { files, steps } = await untar(
      folder,
      tarBytes([
        { name: "./", type: "5" },
        { name: "./a.txt", content: "A" },
        { name: "empty/", type: "5" },
        { name: "b.bin", prefix: "deep/er", content: "B".repeat(70_000) },
        { name: "././@LongLink", type: "L", content: long + "\0" },
        { name: long.slice(0, 100), content: "L" },
        { name: "PaxHeaders/x", type: "x", content: record(pax) },
        { name: "x", content: "P" },
        { name: "g", type: "g", content: record("comment=" + "c".repeat(100) + "\n") },
        { name: "zero", content: "" },
      ]),
    );
    assert.equal(files, 5);
    assert.deepEqual(await filesOf(`${folder}/out`), {
      "a.txt": "A",
      "deep/er/b.bin": "B".repeat(70_000),
      [long]: "L",
      [`pax/${"ü".repeat(60)}.txt`]: "P",
      "zero": "",
    });
    assert((await Deno.stat(`${folder}/out/empty`)).isDirectory);
    const size = (await Deno.stat(`${folder}/archive`)).size;
    assert.deepEqual(steps.at(-1), { done: size, total: size, file: "zero" });
  });
});

Deno.test("unpack() makes the files and folders of a zip file", async () => {
  await inFolder(async (folder) => {
    const zip = await zipBytes([
      { name: "dir/", mode: 0o040755, method: 0 },
      { name: "dir/a.txt", content: "A".repeat(100_000) },
      { name: "stored.txt", content: "S", method: 0 },
      { name: "ü.txt", content: "U" },
    ], { comment: "PK\x05\x06 is no end record here" });
    const { files, steps } = await unzip(folder, zip);
    assert.equal(files, 3);
    assert.deepEqual(await filesOf(`${folder}/out`), {
      "dir/a.txt": "A".repeat(100_000),
      "stored.txt": "S",
      "ü.txt": "U",
    });
    assert.equal(steps[0].file, "dir/a.txt");
    assert(steps.every((step, i) => i === 0 || step.done > steps[i - 1].done));
  });
});

Deno.test("unpack() takes steps off the front and leaves out what is not wanted", async () => {
  await inFolder(async (folder) => {
    const entries: TarEntry[] = [
      { name: "pax_global_header", type: "g" },
      { name: "repo-1/", type: "5" },
      { name: "repo-1/README", content: "no" },
      { name: "repo-1/link", type: "2", link: "/etc/passwd" },
      { name: "repo-1/data/a", content: "yes" },
      { name: "repo-1/database/b", content: "no" },
    ];
    const { files } = await untar(folder, tarBytes(entries), { strip: 1, only: "data" });
    assert.equal(files, 1);
    assert.deepEqual(await filesOf(`${folder}/out`), { "data/a": "yes" });
  });
});

const hostileNames: [string, RegExp][] = [
  ["../evil", /leads out/],
  ["a/../../evil", /leads out/],
  ["a/..", /leads out/],
  ["/evil", /absolute/],
  ["//evil", /absolute/],
  ["C:evil", /forbidden/],
  ["..\\evil", /forbidden/],
  ["a\nb", /forbidden/],
  ["a/".repeat(40) + "b", /too deep/],
];

Deno.test("unpack() refuses names that lead out of the folder", async () => {
  await inFolder(async (folder) => {
    for (const [name, pattern] of hostileNames) {
      await refused(untar(folder, tarBytes([{ name, content: "x" }])), pattern, folder);
      await refused(unzip(folder, await zipBytes([{ name, content: "x" }])), pattern, folder);
    }
    const long = tarBytes([{ name: "l", type: "L", content: "n".repeat(2000) }, { name: "n" }]);
    await refused(untar(folder, long), /too long/, folder);
  });
});

Deno.test("unpack() refuses links and devices", async () => {
  await inFolder(async (folder) => {
    for (const type of ["1", "2", "3", "4", "6", "S"]) {
      const tar = tarBytes([{ name: "a", type, link: "/etc/passwd" }, {
        name: "a/b",
        content: "x",
      }]);
      await refused(untar(folder, tar), /link or a device/, folder);
    }
    for (const mode of [0o120777, 0o020644, 0o010644]) {
      const zip = await zipBytes([{ name: "a", content: "/etc", mode }]);
      await refused(unzip(folder, zip), /link or a device/, folder);
    }
  });
});

Deno.test("unpack() refuses two entries of one name", async () => {
  await inFolder(async (folder) => {
    const pairs: TarEntry[][] = [
      [{ name: "a", content: "1" }, { name: "./a", content: "2" }],
      [{ name: "a", content: "1" }, { name: "a/b", content: "2" }],
      [{ name: "a/b", content: "1" }, { name: "a", content: "2" }],
    ];
    for (const pair of pairs) {
      await refused(untar(folder, tarBytes(pair)), /one name/, folder);
      const zip = await zipBytes(
        pair.map(({ name, content }) => ({ name, content: `${content}` })),
      );
      await refused(unzip(folder, zip), /one name/, folder);
    }
  });
});

Deno.test("unpack() ends at its limits, whatever an archive claims", async () => {
  await inFolder(async (folder) => {
    const bomb = tarBytes([{ name: "zeros", content: new Uint8Array(5_000_000) }]);
    await refused(untar(folder, bomb), /holds over 1000000 bytes/, folder);
    const written = Object.values(await filesOf(`${folder}/out`)).join("").length;
    assert(written <= 1_000_000, `${written} bytes`);
    const after = tarBytes([{ name: "a", content: "x" }], 5_000_000);
    await refused(untar(folder, after), /holds over 1000000 bytes/, folder);
    const many = Array.from({ length: 101 }, (_, i) => ({ name: `${i}` }));
    await refused(untar(folder, tarBytes(many)), /over 100 entries/, folder);
    await refused(unzip(folder, await zipBytes(many)), /over 100 entries/, folder);

    const zeros = "\0".repeat(5_000_000);
    const honest = await zipBytes([{ name: "zeros", content: zeros }]);
    await refused(unzip(folder, honest), /holds over 1000000 bytes/, folder);
    const liar = await zipBytes([{ name: "zeros", content: zeros, size: 1000 }]);
    await refused(unzip(folder, liar), /longer than its 1000 bytes/, folder);
    assert.equal((await Deno.stat(`${folder}/out/zeros`)).size, 0);
  });
});

Deno.test("unpack() refuses a tar that is cut off or damaged", async () => {
  await inFolder(async (folder) => {
    const tar = tarBytes([{ name: "a", content: "A".repeat(1000) }, { name: "b", content: "B" }]);
    for (const length of [0, 100, 512, 1000, 1536, 2048, tar.length - 1024, tar.length - 512]) {
      await refused(untar(folder, tar.slice(0, length)), /it ends there/, folder);
    }
    const one = tar.slice();
    one[tar.length - 1] = 1;
    await refused(untar(folder, one), /one empty block is no end/, folder);
    const wrong = tar.slice();
    wrong[0] ^= 1;
    await refused(untar(folder, wrong), /checksum is wrong/, folder);
    await refused(
      untar(folder, tarBytes([{ name: "a", size: 8 ** 11 - 1 }])),
      /it ends there/,
      folder,
    );
    await refused(
      untar(folder, tarBytes([{ name: "x", type: "x", content: "z".repeat(70_000) }])),
      /too long/,
      folder,
    );
    for (
      const content of ["99 path=a\n", "path=a\n", "0 a\n", "7 path=", "12 size=-1x\n"]
    ) {
      const pax = tarBytes([{ name: "x", type: "x", content }, { name: "a" }]);
      await refused(untar(folder, pax), /pax record|no number/, folder);
    }
    const gzip = await packed(tar, "gzip");
    for (const bytes of [gzip.slice(0, -1), gzip.slice(0, 30), new Uint8Array(40).fill(7)]) {
      await refused(
        unpackBytes(folder, bytes, { format: "tar.gz" }),
        /compressed data is damaged|it ends there/,
        folder,
      );
    }
  });
});

Deno.test("unpack() refuses a zip file that is cut off, damaged or not to be trusted", async () => {
  await inFolder(async (folder) => {
    const zip = await zipBytes([{ name: "a", content: "A".repeat(1000) }, {
      name: "b",
      content: "B",
    }]);
    for (let length = 0; length < zip.length; length += 7) {
      await refused(unzip(folder, zip.slice(0, length)), /no end record/, folder);
    }
    const cases: [ZipEntrySpec[], RegExp][] = [
      [[{ name: "a", content: "x", crc: 1 }], /wrong checksum/],
      [[{ name: "a", content: "x", size: 2 }], /ends after 1 of its 2 bytes/],
      [[{ name: "a", content: "x", method: 0, size: 2 }], /two sizes/],
      [[{ name: "a", content: "x", flags: 1 }], /encrypted/],
      [[{ name: "a", content: "x", method: 12 }], /method 12/],
      [[{ name: "a", content: "x", localName: "b" }], /another entry/],
      [[{ name: "a", content: "x" }, { name: "b", content: "y", headerAt: 0 }], /overlaps/],
      [[{ name: "a", content: "x" }, { name: "b", content: "y", headerAt: 5 }], /overlaps/],
      [[{ name: "a", content: "x", packedSize: 50 }], /overlaps the directory/],
      [[{ name: "a", content: "x", headerAt: 1 }], /not where the directory says/],
      [[{ name: "a", content: "x", headerAt: 4e9 }], /not where the directory says/],
    ];
    for (const [entries, pattern] of cases) {
      await refused(unzip(folder, await zipBytes(entries)), pattern, folder);
    }
    const extra = await zipBytes([{ name: "a" }], { count: 2 });
    await refused(unzip(folder, extra), /entry 1 of its directory is damaged/, folder);
    const fewer = await zipBytes([{ name: "a" }, { name: "b" }], { count: 1 });
    await refused(unzip(folder, fewer), /longer than its entries/, folder);
    const zip64 = await zipBytes([{ name: "a" }], { count: 0xffff });
    await refused(unzip(folder, zip64), /zip64/, folder);
  });
});

Deno.test("unpack() ends when its signal aborts", async () => {
  await inFolder(async (folder) => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const archive = `${folder}/a.tar.gz`;
    await Deno.mkdir(`${folder}/out`);
    await Deno.writeFile(
      archive,
      await packed(tarBytes([{ name: "a" }, { name: "b" }, { name: "c" }]), "gzip"),
    );
    const { signal } = controller;
    const steps = unpack({ archive, format: "tar.gz", out: `${folder}/out`, limits, signal });
    assert.equal((await steps.next()).done, false);
    controller.abort(reason);
    await assert.rejects(steps.next(), reason);
    assert.deepEqual(Object.keys(await filesOf(`${folder}/out`)), ["a"]);
  });
});

/** xorshift32: the same bytes on every machine. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

for (const format of ["tar.gz", "zip"] as const) {
  Deno.test(`unpack() survives damaged bytes anywhere in a ${format}`, async () => {
    await inFolder(async (folder) => {
      const tar = tarBytes([
        { name: "dir/", type: "5" },
        { name: "x", type: "x", content: "14 path=dir/c\n" },
        { name: "a", content: "A".repeat(700) },
        { name: "l", type: "L", content: "dir/longer" },
        { name: "b", content: "B" },
      ]);
      const zip = await zipBytes([
        { name: "dir/", method: 0 },
        { name: "dir/a", content: "A".repeat(700) },
        { name: "b", content: "B", method: 0 },
      ]);
      const next = random(format === "zip" ? 11 : 7);
      let ended = 0;
      for (let round = 0; round < 400; round++) {
        const bytes = (format === "zip" ? zip : tar).slice();
        for (let i = next(4); i >= 0; i--) bytes[next(bytes.length)] = next(256);
        // A right checksum lets the damage through to what lies behind it.
        if (format === "tar.gz" && round % 2 === 0) mendChecksums(bytes);
        const damaged = format === "zip" ? bytes : await packed(bytes, "gzip");
        if (format === "tar.gz" && round % 5 === 0) damaged[next(damaged.length)] = next(256);
        try {
          await unpackBytes(folder, damaged, { format });
        } catch (error) {
          assert(error instanceof ArchiveError, `round ${round}: ${error}`);
          ended++;
        }
        const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
        assert.deepEqual(names, ["archive", "out"]);
      }
      assert(ended > 50 && ended < 400, `${ended} of 400 ended in an error`);
    });
  });
}

function mendChecksums(tar: Uint8Array) {
  for (let at = 0; at + 512 <= tar.length; at += 512) {
    const header = tar.subarray(at, at + 512);
    if (String.fromCharCode(...header.subarray(257, 262)) !== "ustar") continue;
    header.fill(32, 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.set(new TextEncoder().encode(sum.toString(8).padStart(6, "0") + "\0 "), 148);
  }
}
