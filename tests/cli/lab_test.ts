/** Emulated boards on the command line. */
import assert from "node:assert/strict";
import { gcc, l475, needs, qemu } from "../firmware/ports_tools.ts";
import { programsWith } from "../lab/programs_with.ts";
import { testWith } from "../reference.ts";
import { cli, inFolder, thimble } from "./thimble.ts";

const run = ["run", "--benchmark", "kws01", "--mode", "accuracy", "--limit", "4", "--json"];

for (
  const [port, source, need] of [
    ["lab:wasm", "simulated", { present: true, otherwise: "" }],
    ["lab:native", "simulated", gcc],
    ["lab:qemu:mps2-an386", "emulated", qemu],
    ["lab:qemu:b-l475e", "emulated", l475],
  ] as const
) {
  testWith(
    need,
    `thimble run has its board emulated by --port ${port}`,
    () =>
      inFolder(async (folder) => {
        const args = [...run, "--port", port, "--session", `${folder}/session`];
        const { code, out, err } = await thimble(
          port === "lab:wasm" ? args : [...args, "--binary-load", "--stride", "--chunk", "256"],
        );
        assert.equal(code, 0, err);
        const score = JSON.parse(out);
        assert.equal(score.source, source);
        assert.equal(score.inputs, 4);
      }),
  );
}

Deno.test("thimble run says which labs there are", async () => {
  const { code, err } = await thimble([...run, "--port", "lab:toaster", "--session", "/no/such"]);
  assert.equal(code, 2);
  assert.match(err, /lab:wasm, lab:native, lab:qemu:mps2-an386, lab:qemu:b-l475e/);
});

testWith(gcc, "thimble operators times the operators of a model", async () => {
  const { code, out, err } = await thimble(["operators", "--port", "lab:native", "--json"]);
  assert.equal(code, 0, err);
  const { model, iterations, operators } = JSON.parse(out);
  assert.deepEqual([model, iterations], ["kws01", 10]);
  assert.deepEqual(operators.map(({ name }: { name: string }) => name), [
    "CONV_2D",
    "AVERAGE_POOL_2D",
    "FULLY_CONNECTED",
    "SOFTMAX",
  ]);
  const table = await thimble(["operators", "--port", "lab:native"]);
  assert.match(table.out, /^ +# +operator +µs an inference +share$/m);
  assert.match(table.out, /all .*100\.0 %$/m);
  const absent = await thimble(["operators", "--port", "lab:wasm"]);
  assert.equal(absent.code, 3);
  assert.match(absent.err, /does not announce it/);
});

/** A long run on QEMU, ended by a signal in the middle. */
async function interrupted(
  signal: Deno.Signal,
  folder: string,
): Promise<Deno.CommandOutput> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-prompt", "--allow-read", "--allow-write", "--allow-env"],
      ...["--allow-run", cli, "run", "--benchmark", "kws01", "--mode", "performance"],
      ...["--port", "lab:qemu:mps2-an386", "--session", `${folder}/session`, "--quiet"],
    ],
    // What the lab makes is in here, and so is what it starts.
    env: { TMPDIR: folder, NO_COLOR: "1" },
    ...{ stdin: "null", stdout: "null", stderr: "piped" },
  }).spawn();
  let ended = false;
  try {
    child.status.then(() => ended = true);
    const isRunning = async () => {
      const text = await Deno.readTextFile(`${folder}/session/events.jsonl`).catch(() => "");
      return text.includes('"start"');
    };
    while (!ended && !await isRunning()) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.ok((await programsWith(folder)).some((line) => line.includes("qemu-system-arm")));
  } catch (error) {
    if (!ended) child.kill("SIGTERM");
    await child.output();
    throw error;
  }
  child.kill(signal);
  return await child.output();
}

testWith(
  qemu,
  "Ctrl-C ends a run on an emulated board, and the emulator",
  () =>
    inFolder(async (folder) => {
      const { code, stderr } = await interrupted("SIGINT", folder);
      assert.equal(code, 130, new TextDecoder().decode(stderr));
      assert.deepEqual(await programsWith(folder), []);
      const left = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
      assert.deepEqual(left, ["session"], "its files are gone too");
    }),
);

const setpriv = await needs(["setpriv"], "util-linux");

testWith(
  { ...qemu, present: qemu.present && setpriv.present },
  "an emulator ends with a run that is killed",
  () =>
    inFolder(async (folder) => {
      await interrupted("SIGKILL", folder);
      // The system ends it, at once but not before the run has ended.
      while ((await programsWith(folder)).length > 0);
    }),
);
