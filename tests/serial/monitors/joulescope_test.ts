import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { parseStreamBlock } from "../../../lib/serial/monitors/joulescope/jsdrv_values.ts";
import { SeededRandom } from "../../model/seeded_random.ts";
import { testWith } from "../../reference.ts";

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const hasCompiler = await new Deno.Command("cc", {
  args: ["--version"],
  stdout: "null",
  stderr: "null",
})
  .output().then(({ success }) => success, () => false);
const isHere = {
  present: hasCompiler && Deno.build.os === "linux",
  otherwise: "no C compiler 'cc'",
};

interface Printed {
  info: Record<string, string>;
  values: (number | null)[];
  edges: number[];
  lost: { firstIndex: number; count: number }[];
  clocks: { index: number; timeUs: number }[];
  error?: string;
  thrown?: { name: string; message: string; hint?: string };
}

/** Builds the stand-in, measures with it in a process of its own, and returns what was printed and what the library was told. */
async function measure(
  what: Record<string, unknown>,
  env: Record<string, string> = {},
  permission = "--allow-ffi",
): Promise<{ printed: Printed; log: string[] }> {
  const folder = await Deno.makeTempDir();
  try {
    const library = `${folder}/libjsdrv.so`;
    const built = await new Deno.Command("cc", {
      args: [
        "-shared",
        "-fPIC",
        "-O1",
        "-Wall",
        "-Werror",
        "-o",
        library,
        path("jsdrv_stand_in.c"),
        "-lpthread",
        "-lm",
      ],
    }).output();
    assert.ok(built.success, new TextDecoder().decode(built.stderr));
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-prompt",
        "--no-check",
        "--allow-read",
        "--allow-env",
        permission,
        path("joulescope_program.ts"),
        JSON.stringify({
          kind: "js220",
          quantity: "current",
          samples: 600,
          sampleRateHz: 1000,
          ...what,
        }),
      ],
      env: { THIMBLE_JSDRV: library, STAND_IN_LOG: `${folder}/log`, ...env },
    }).output();
    const text = new TextDecoder().decode(stdout);
    assert.ok(text.startsWith("{"), text + new TextDecoder().decode(stderr));
    const log = await Deno.readTextFile(`${folder}/log`).catch(() => "");
    return {
      printed: JSON.parse(text),
      log: log.split("\n").filter(Boolean).map((line) => line.trim()),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

testWith(isHere, "Joulescope says to the driver what it must, in order", async () => {
  const { printed, log } = await measure({ quantity: "voltage", sampleRateHz: 500_000 });
  assert.deepEqual(printed.info, {
    kind: "js220",
    name: "Joulescope JS220",
    serialNumber: "000001",
    firmwareVersion: "1.2.3",
    source: "measured",
  });
  const device = "u/js220/000001";
  assert.deepEqual(log, [
    "initialize",
    `${device}/@/!open = i32.0 0`,
    `${device}/s/i/range/mode = str1 'off' 4`,
    `${device}/s/i/range/mode = str1 'auto' 5`,
    `${device}/h/fs = u32.1 500000`,
    `${device}/s/v/ctrl = u32.1 1`,
    `${device}/s/gpi/0/ctrl = u32.1 1`,
    `${device}/s/v/ctrl = u32.1 0`,
    `${device}/s/gpi/0/ctrl = u32.1 0`,
    `unsubscribe ${device}/s/v/!data`,
    `unsubscribe ${device}/s/gpi/0/!data`,
    `${device}/s/i/range/mode = str1 'off' 4`,
    `${device}/@/!close = i32.0 0`,
    "unsubscribe @/!remove",
    "finalize",
  ]);
});

for (
  const [quantity, env] of [["current", {}], ["energy", {}], ["current", {
    STAND_IN_SHORT: "1",
  }]] as const
) {
  testWith(
    isHere,
    `Joulescope gives ${quantity}, edges, and gaps as NaN ${Object.keys(env)}`,
    async () => {
      const { printed } = await measure({ quantity }, env);
      const scale = quantity === "energy" ? 1 / 1000 : 1;
      // JSON has null for NaN.
      const expected = Array.from(
        { length: 600 },
        (_, k) => k >= 200 && k < 210 || k >= 384 && k < 448 ? null : k * scale,
      );
      assert.deepEqual(printed.values, expected);
      assert.deepEqual(printed.lost.map(({ firstIndex, count }) => [firstIndex, count]), [
        [200, 10],
        [384, 64],
      ]);
      assert.deepEqual(printed.edges, [100]);
      if ("STAND_IN_SHORT" in env) assert.deepEqual(printed.clocks, []);
      else {
        const [{ index, timeUs }] = printed.clocks;
        assert.equal(index, 64);
        assert.ok(Math.abs(timeUs - 64_000 / 1.0001) < 0.1, String(timeUs));
      }
    },
  );
}

testWith(isHere, "Joulescope ends with an error when it is removed, the data kept", async () => {
  const { printed, log } = await measure({ samples: 10_000 }, { STAND_IN_REMOVE_AFTER: "4" });
  assert.equal(printed.values.length, 256);
  assert.match(printed.error!, /^MonitorLostError: Cannot go on with js220 '000001' as it is gone/);
  assert.equal(log.at(-1), "finalize");
});

testWith(isHere, "Joulescope stops when a signal aborts, and switches the power off", async () => {
  const { printed, log } = await measure({ abort: true });
  assert.match(printed.error!, /enough/);
  assert.ok(log.includes("u/js220/000001/@/!close = i32.0 0"));
});

testWith(isHere, "Joulescope.connect() names what is attached", async () => {
  const cases: [Record<string, unknown>, string, RegExp][] = [
    [{}, "", /Cannot find js220: attached are none/],
    [{}, "u/js110/7", /Cannot find js220: attached are u\/js110\/7/],
    [{}, "u/js220/1,u/js220/2", /Cannot tell which js220 is meant/],
    [{ serialNumber: "3" }, "u/js220/1", /Cannot find js220 '3': attached are u\/js220\/1/],
  ];
  for (const [what, devices, message] of cases) {
    const { printed } = await measure(what, { STAND_IN_DEVICES: devices || "," });
    assert.equal(printed.thrown?.name, "MonitorNotFoundError");
    assert.match(printed.thrown.message, message);
  }
});

testWith(isHere, "Joulescope throws what the driver refuses, and ends the driver", async () => {
  const { printed, log } = await measure({}, { STAND_IN_FAIL: "h/fs" });
  assert.match(
    printed.thrown!.message,
    /Cannot set '.*h\/fs' to '1000' as the Joulescope driver returns error 11/,
  );
  assert.equal(log.at(-1), "finalize");
});

testWith(
  isHere,
  "Joulescope.connect() says how to install its library, and which permission it needs",
  async () => {
    const missing = await measure({}, { THIMBLE_JSDRV: "/nowhere/libjsdrv.so" }, "--allow-ffi");
    assert.match(
      missing.printed.thrown!.message,
      /its library is not at '\/nowhere\/libjsdrv\.so'/,
    );
    assert.match(missing.printed.thrown!.hint!, /BUILD_SHARED_LIBS=ON/);
    const forbidden = await measure(
      {},
      { THIMBLE_JSDRV: "/opt/libjsdrv.so" },
      "--allow-ffi=/opt/libjsdrv.so",
    );
    assert.match(forbidden.printed.thrown!.message, /Deno does not permit calls/);
    assert.match(forbidden.printed.thrown!.hint!, /^Run with '--allow-ffi', without a path/);
  },
);

Deno.test("parseStreamBlock() throws a RangeError on what is no block", () => {
  const random = new SeededRandom(1);
  let read = 0;
  for (let i = 0; i < 3000; i++) {
    const bytes = Uint8Array.from({ length: random.integer(0, 120) }, () => random.integer(0, 255));
    if (bytes.length >= 24 && i % 2) {
      const count = (bytes.length - random.pick([24, 48])) >> 2;
      bytes.set([4, 32, Math.max(0, count), 0, 0, 0], 10);
    }
    try {
      const { data } = parseStreamBlock(bytes);
      if (data.kind === "float") assert.ok(data.values.length * 4 <= bytes.length);
      read++;
    } catch (error) {
      assert.ok(error instanceof RangeError, String(error));
    }
  }
  assert.ok(read > 100);
});
