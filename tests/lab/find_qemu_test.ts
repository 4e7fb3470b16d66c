import assert from "node:assert/strict";
import { findQemu, QemuNotFoundError } from "../../lib/lab/find_qemu.ts";

/** Programs that list machines as QEMU does. */
async function withPrograms(
  machines: Record<string, string[]>,
  use: (path: (name: string) => string) => Promise<void>,
) {
  const dir = await Deno.makeTempDir();
  try {
    for (const [name, list] of Object.entries(machines)) {
      const lines = ["Supported machines are:", ...list.map((machine) => `${machine}   A board`)];
      const text = `#!/bin/sh\n[ "$*" = "-M help" ] && cat <<END\n${lines.join("\n")}\nEND\n`;
      await Deno.writeTextFile(`${dir}/${name}`, text, { mode: 0o755 });
    }
    await use((name) => `${dir}/${name}`);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

const old = ["mps2-an385", "mps2-an386"];

Deno.test("findQemu() gives the first program that has the machine", () =>
  withPrograms({ old, new: [...old, "b-l475e-iot01a"] }, async (path) => {
    const programs = [path("absent"), path("old"), path("new")];
    assert.equal(await findQemu("mps2-an386", { programs }), path("old"));
    assert.equal(await findQemu("b-l475e-iot01a", { programs }), path("new"));
  }));

Deno.test("findQemu() says what it asked, and what to install", () =>
  withPrograms({ old, like: ["b-l475e-iot01a-not"] }, async (path) => {
    const programs = [path("absent"), path("old"), path("like")];
    await assert.rejects(findQemu("b-l475e-iot01a", { programs }), (error: QemuNotFoundError) => {
      assert.ok(error instanceof QemuNotFoundError);
      assert.equal(
        error.message,
        `Cannot find a QEMU with the machine 'b-l475e-iot01a': '${path("absent")}' cannot be ` +
          `started, '${path("old")}' does not have it, '${path("like")}' does not have it`,
      );
      assert.equal(error.machine, "b-l475e-iot01a");
      assert.deepEqual(error.programs, programs);
      assert.match(error.hint!, /-t bookworm-backports qemu-system-arm/);
      return true;
    });
  }));

Deno.test("findQemu() asks THIMBLE_QEMU before PATH", () =>
  withPrograms({ mine: ["b-l475e-iot01a", "mps2-an386"] }, async (path) => {
    const before = Deno.env.get("THIMBLE_QEMU");
    Deno.env.set("THIMBLE_QEMU", path("mine"));
    try {
      assert.equal(await findQemu("mps2-an386"), path("mine"));
    } finally {
      if (before === undefined) Deno.env.delete("THIMBLE_QEMU");
      else Deno.env.set("THIMBLE_QEMU", before);
    }
  }));

Deno.test("findQemu() ends where it is told to", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  await assert.rejects(findQemu("mps2-an386", { signal }), /enough/);
});
