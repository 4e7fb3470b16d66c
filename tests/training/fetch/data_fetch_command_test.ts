/** `thimble data fetch` as a user meets it. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { benchmarks } from "../../../lib/benchmarks.ts";
import { fetchSets } from "../../../lib/training/fetch/fetch_sets.ts";
import { referenceTest, shared } from "../../reference.ts";
import { FileServer } from "./file_server.ts";
import { inFolder } from "../../in_folder.ts";

const cli = fileURLToPath(new URL("../../../cli.ts", import.meta.url));

function dataFetchProcess(folder: string, permissions: string[], ...args: string[]) {
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--allow-read",
      "--allow-write",
      "--allow-env",
      ...permissions,
      cli,
      "data",
      "fetch",
      ...args,
    ],
    cwd: folder,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function dataFetch(folder: string, permissions: string[], ...args: string[]) {
  const { code, stdout, stderr } = await dataFetchProcess(folder, permissions, ...args).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

Deno.test("thimble data fetch says what is wrong, and which permission is missing", async () => {
  await inFolder(async (folder) => {
    const denied = await dataFetch(folder, [], "ic", "--out", "cifar");
    assert.equal(denied.code, 2);
    assert.match(denied.err, /^CIFAR-10.*\nLicence: none named.*\nFetchError: Cannot fetch 'https/);
    assert.match(denied.err, /\n {2}Run it again with --allow-net=www\.cs\.toronto\.edu\n/);
    for (
      const [args, message] of [
        [["x", "--out", "o"], "Cannot fetch 'x'"],
        [["constructor", "--out", "o"], "Cannot fetch 'constructor'"],
        [["ic"], "Cannot go on without --out"],
        [["--out", "o"], "Cannot go on with 0 arguments"],
        [["ic", "--out", "o", "--stall", "0"], "Cannot read '0' for --stall"],
        [["ic", "--out", "o", "--from", "a", "--mirror", "b"], "Cannot take both"],
      ] as const
    ) {
      const { code, err } = await dataFetch(folder, [], ...args);
      assert.equal(code, 2, args.join(" "));
      assert(err.startsWith(`InputError: ${message}`), err);
    }
    assert.deepEqual([...Deno.readDirSync(folder)], []);
    const help = await dataFetch(folder, [], "--help");
    assert.equal(help.code, 0);
    for (const id of Object.keys(fetchSets)) assert.match(help.out, new RegExp(`\n  ${id} `));
  });
});

referenceTest("thimble data fetch makes the folder of models from a mirror", async () => {
  await inFolder(async (folder) => {
    const large = benchmarks.ic02.model.file;
    await using server = new FileServer(async (request) => {
      const name = new URL(request.url).pathname.slice("/tiny/".length);
      if (name === large) return new Response("not published with a checksum");
      return new Response(await Deno.readFile(shared(`reference/models/${name}`)));
    });
    const net = [`--allow-net=${server.host}`];
    const mirror = `${server.url}/tiny`;
    const { code, out, err } = await dataFetch(
      folder,
      net,
      "models",
      "--out",
      "models",
      "--mirror",
      mirror,
    );
    assert.equal(code, 0, err);
    assert.equal(out, "Wrote 10 files to 'models'\n");
    assert.match(err, /^The reference models.*\nLicence: Apache-2.0.*\nfetch models: /);
    assert.match(err, new RegExp(`'${large}' was not checked: .* it has [0-9a-f]{64}\n$`));
    const names = [...Deno.readDirSync(`${folder}/models`)].map(({ name }) => name).sort();
    assert.deepEqual(names, fetchSets.models.files.map(({ file }) => file).sort());

    const quiet = await dataFetch(
      folder,
      [],
      "models",
      "--from",
      "models",
      "--out",
      "m",
      "--quiet",
    );
    assert.deepEqual([quiet.code, quiet.err.split("\n").length], [0, 4]);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["m", "models"]);
  });
});

Deno.test("thimble data fetch ends at Ctrl-C, and goes on when it is run again", async () => {
  await inFolder(async (folder) => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<Response>();
    await using server = new FileServer(() => {
      asked.resolve();
      return answer.promise;
    });
    const net = [`--allow-net=${server.host}`];
    const process = dataFetchProcess(folder, net, "ic", "--out", "o", "--mirror", server.url);
    await asked.promise;
    process.kill("SIGINT");
    const { code, stderr } = await process.output();
    answer.resolve(new Response());
    assert.equal(code, 130);
    assert.match(new TextDecoder().decode(stderr), /\nCancelled: run it again.*\n$/);
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  });
});
