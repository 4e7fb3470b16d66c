/** Every lab: the same conversations, with the wiring of each mode. */
import assert from "node:assert/strict";
import { benchmarks } from "../../lib/benchmarks.ts";
import { InputError } from "../../lib/errors.ts";
import type { Lab, LabActivity, LabDut, LabEdge } from "../../lib/lab/lab.ts";
import { openLab, type OpenLabOptions } from "../../lib/lab/open_lab.ts";
import { buildModelFirmware } from "../../lib/lab/build_firmware.ts";
import { firmwarePort } from "../../lib/lab/dut_calls.ts";
import { Int8Engine } from "../../lib/model/engine/int8_engine.ts";
import { loadModel } from "../../lib/model/load_model.ts";
import { demoData, demoModel } from "../../lib/runner/demo_data.ts";
import { Dut, type DutMode } from "../../lib/serial/dut.ts";
import {
  DutError,
  DutLostError,
  DutRebootedError,
  DutRefusedError,
} from "../../lib/serial/dut_errors.ts";
import { IoManager } from "../../lib/serial/io_manager.ts";
import { PortLostError } from "../../lib/serial/port_errors.ts";
import { boardModel } from "../../lib/serial/virtual/board_model.ts";
import { gcc, l475, qemu } from "../firmware/ports_tools.ts";
import { testWith } from "../reference.ts";
import { programsWith } from "./programs_with.ts";

const benchmark = benchmarks.kws01;
const model = demoModel();
const here = { present: true, otherwise: "" };

/** What each DUT needs, and whether its windows last as long each time. */
const duts: [LabDut, typeof here, repeats: boolean][] = [
  ["wasm", here, true],
  ["native", gcc, false],
  ["qemu:mps2-an386", {
    present: qemu.present && gcc.present,
    otherwise: `${qemu.otherwise}; ${gcc.otherwise}`,
  }, true],
  ["qemu:b-l475e", {
    present: l475.present && gcc.present,
    otherwise: `${l475.otherwise}; ${gcc.otherwise}`,
  }, true],
];

const input = await Deno.readFile(`${demoData()}/demo_001_stop.bin`);
const expected = boardModel(benchmark, await Int8Engine.load(await loadModel(model)), 1)
  .results(input).map(Number);

/** Folders of firmware, each built once. */
const built = new Map<string, Promise<string>>();

async function firmwareFolder(dut: LabDut, mode: DutMode): Promise<string> {
  const folder = await Deno.makeTempDir();
  await buildModelFirmware({ ...firmwarePort(dut), ...{ benchmark, model, mode, folder } });
  return folder;
}

Deno.test.afterAll(async () => {
  for (const folder of built.values()) await Deno.remove(await folder, { recursive: true });
});

/** Options of a lab, with firmware; whatever is started has to have ended afterwards. */
async function withFirmware(
  dut: LabDut,
  mode: DutMode,
  use: (options: OpenLabOptions) => Promise<void>,
): Promise<void> {
  if (dut === "wasm") return await use({ dut, benchmark, model, mode });
  const key = `${dut} ${mode}`;
  if (!built.has(key)) built.set(key, firmwareFolder(dut, mode));
  const folder = await built.get(key)!;
  await use({ dut, benchmark, firmware: `${folder}/firmware`, mode });
  assert.deepEqual(await programsWith(folder), [], "no program is left");
}

const connect = ({ dutPort, dutBaudRate, clock }: Lab) =>
  Dut.connect(dutPort!, { baudRate: dutBaudRate, clock });

/** Its banner may come in front of the answer to the first command, or before it is asked. */
async function awake(dut: Dut): Promise<void> {
  await dut.name().catch((error) => assert.ok(error instanceof DutRebootedError));
  await dut.name();
}

function spread(durationsUs: number[]): number {
  return Math.max(...durationsUs) - Math.min(...durationsUs);
}

for (const [name, need, repeats] of duts) {
  testWith(
    need,
    `openLab() of '${name}' holds the conversation of performance mode`,
    () =>
      withFirmware(name, "performance", async (options) => {
        await using lab = await openLab(options);
        assert.equal(lab.source, name.startsWith("qemu") ? "emulated" : "simulated");
        assert.equal(lab.state, "off");
        await using dut = await connect(lab);
        assert.equal(lab.state, "idle");
        assert.equal(dut.mode, "performance");
        await dut.load(input);
        const durationsUs: number[] = [];
        for (let i = 0; i < 5; i++) {
          const { results, startUs, endUs } = await dut.infer({ iterations: 20, warmups: 1 });
          assert.deepEqual(results, expected);
          durationsUs.push(endUs! - startUs!);
        }
        // In whole µs at both ends.
        if (repeats) assert.ok(spread(durationsUs) <= 2, `${durationsUs} µs`);
        // Without power it says nothing; with it, it has forgotten its input.
        await lab.power(false);
        assert.equal(lab.state, "off");
        await lab.power(true);
        await awake(dut);
        await assert.rejects(dut.infer({ iterations: 1 }), DutRefusedError);
        await dut.load(input);
        await lab.reset();
        await awake(dut);
        await assert.rejects(dut.infer({ iterations: 1 }), DutRefusedError);
      }),
  );

  testWith(
    need,
    `openLab() of '${name}' wires the DUT to the IO manager in energy mode`,
    () =>
      withFirmware(name, "energy", async (options) => {
        await using lab = await openLab({ ...options, io: "avr8js" });
        assert.equal(lab.dutPort, undefined);
        const edges: LabEdge[] = [];
        const activities: LabActivity[] = [];
        const lapsUs: number[] = [];
        lab.onEdge((edge) => edges.push(edge));
        lab.onActivity((activity) => activities.push(activity));
        const { clock } = lab;
        await using ioManager = await IoManager.connect(lab.ioPort!, {
          clock,
          onEdge: (timeUs) => lapsUs.push(timeUs),
        });
        await ioManager.enableTimestamps();
        await using dut = await Dut.connect(ioManager.dutPort, {
          ...{ clock, baudRate: lab.dutBaudRate, chunkBytes: 26 },
        });
        assert.equal(await dut.timestamp(), undefined);
        await dut.load(input);
        for (let i = 0; i < 3; i++) {
          const { results } = await dut.infer({ iterations: 20, warmups: 1 });
          assert.deepEqual(results, expected);
        }
        const fallingUs = edges.filter(({ falling }) => falling).map(({ timeUs }) => timeUs);
        // One for `timestamp`, two for each window; each as low as long as it has to be.
        assert.equal(fallingUs.length, 7);
        assert.deepEqual(edges.map(({ falling }) => falling), edges.map((_, i) => i % 2 === 0));
        assert.equal(lapsUs.length, 7, "the UNO has seen them all");
        const windowsUs = [1, 3, 5].map((i) => fallingUs[i + 1] - fallingUs[i]);
        const measuredUs = [1, 3, 5].map((i) => lapsUs[i + 1] - lapsUs[i]);
        windowsUs.forEach((windowUs, i) =>
          assert.ok(Math.abs(windowUs - measuredUs[i]) < 8, `${measuredUs[i]} for ${windowUs} µs`)
        );
        if (repeats) assert.ok(spread(windowsUs) <= 2, `${windowsUs} µs`);
        // The states of the DUT are on the same axis.
        assert.deepEqual(activities, activities.toSorted((a, b) => a.timeUs - b.timeUs));
        assert.ok(activities.at(-1)!.timeUs <= lab.timeUs);
        for (const [i, windowUs] of windowsUs.entries()) {
          const [from, to] = [fallingUs[1 + 2 * i], fallingUs[2 + 2 * i]];
          const computing = activities.flatMap(({ timeUs, state }, k) =>
            state === "inference"
              ? [Math.min(to, activities[k + 1].timeUs) - Math.max(from, timeUs)]
              : []
          ).filter((overlapUs) => overlapUs > 0);
          const sumUs = computing.reduce((a, b) => a + b, 0);
          // Two bytes may still be on the line when it begins.
          assert.ok(
            sumUs > Math.min(0.5 * windowUs, windowUs - 2200),
            `${sumUs} of ${windowUs} µs`,
          );
        }
      }),
  );

  testWith(
    need,
    `openLab() of '${name}' boots the DUT when power comes, in energy mode`,
    () =>
      withFirmware(name, "energy", async (options) => {
        await using lab = await openLab({ ...options, powered: false });
        const states: string[] = [];
        lab.onActivity(({ state }) => states.push(state));
        const lines: string[] = [];
        const { dutPort, dutBaudRate: baudRate, clock } = lab;
        await dutPort!.open({ baudRate });
        const reader = dutPort!.readable!.getReader();
        const untilReady = async () => {
          let text = "";
          while (!text.endsWith("m-ready\r\n")) {
            const { value, done } = await reader.read();
            assert.ok(!done);
            text += new TextDecoder().decode(value);
          }
          lines.push(...text.split("\r\n"));
        };
        assert.deepEqual(states, []);
        for (let i = 0; i < 2; i++) {
          await lab.power(true);
          await untilReady();
          // The last byte is there when it has ended, and then the DUT waits.
          while (lab.state !== "idle") await new Promise<void>((r) => void clock.schedule(1, r));
          await lab.power(false);
        }
        await lab.power(true);
        await untilReady();
        await lab.reset();
        await untilReady();
        assert.equal(lines.filter((line) => line === "m-timestamp-mode-energy").length, 4);
        assert.deepEqual(
          states.filter((state) => state === "off" || state === "idle").slice(0, 4),
          ["idle", "off", "idle", "off"],
        );
      }),
  );

  testWith(
    need,
    `openLab() of '${name}' ends when it is aborted`,
    () =>
      withFirmware(name, "performance", async (options) => {
        const controller = new AbortController();
        const lab = await openLab({ ...options, signal: controller.signal });
        const dut = await connect(lab);
        await dut.load(input);
        const inference = dut.infer({ iterations: name === "wasm" ? 1 : 10_000_000 });
        if (name === "wasm") await inference;
        else queueMicrotask(() => controller.abort());
        if (name !== "wasm") await assert.rejects(inference, DutLostError);
        controller.abort();
        await lab[Symbol.asyncDispose]();
        await assert.rejects(dut.name(), DutLostError);
        assert.equal(lab.state, "off");
      }),
  );
}

for (const [name, need] of duts.filter(([name]) => name !== "wasm")) {
  testWith(
    need,
    `openLab() of '${name}' ends when it is aborted while time stands still`,
    () =>
      withFirmware(name, "energy", async (options) => {
        const controller = new AbortController();
        await using lab = await openLab({ ...options, signal: controller.signal });
        await using dut = await connect(lab);
        await dut.load(input);
        const inference = dut.infer({ iterations: 10_000_000, deadlineMs: 1e9 });
        // Once the DUT computes, nothing else happens.
        while (lab.state === "idle") await new Promise((resolve) => setTimeout(resolve, 10));
        controller.abort();
        await assert.rejects(inference, DutLostError);
        assert.equal(lab.state, "off");
      }),
  );

  for (const mode of ["performance", "energy"] as const) {
    testWith(
      need,
      `a lab of '${name}' says why its DUT dies at start, in ${mode} mode`,
      async () => {
        const firmware = await Deno.makeTempFile();
        try {
          // Neither a program nor an image.
          await Deno.writeTextFile(firmware, "#!/bin/sh\necho no such board >&2\nexit 7\n");
          await Deno.chmod(firmware, 0o755);
          await using lab = await openLab({ dut: name, benchmark, firmware, mode });
          if (name.startsWith("qemu")) await Deno.remove(firmware);
          const said = (error: unknown) =>
            error instanceof PortLostError &&
            /has ended with exit code '[17]'/.test(error.message) &&
            /last words/.test(error.hint!);
          await assert.rejects(connect(lab), (error: DutError | PortLostError) => {
            assert.ok(said(error) || said(error.cause), Deno.inspect(error));
            return true;
          });
          assert.deepEqual(await programsWith(firmware), []);
        } finally {
          await Deno.remove(firmware).catch(() => {});
        }
      },
    );
  }
}

Deno.test("openLab() refuses what does not fit together", async () => {
  const lab = (options: Partial<OpenLabOptions>) => openLab({ dut: "wasm", benchmark, ...options });
  await assert.rejects(lab({ model, io: "avr8js", mode: "performance" }), InputError);
  await assert.rejects(lab({}), InputError);
  await assert.rejects(lab({ model, dut: "qemu:toaster" as LabDut }), InputError);
  await assert.rejects(lab({ firmware: "firmware.elf" }), InputError);
  await assert.rejects(lab({ model: "/no/such/model.tflite" }), /Cannot/);
  await assert.rejects(lab({ model, signal: AbortSignal.abort() }), { name: "AbortError" });
});

Deno.test("openLab() gives the same times at each run", async () => {
  const run = async () => {
    const seen: string[] = [];
    await using lab = await openLab({ dut: "wasm", benchmark, model, mode: "energy" });
    lab.onEdge((edge) => seen.push(JSON.stringify(edge)));
    lab.onActivity((activity) => seen.push(JSON.stringify(activity)));
    await using dut = await connect(lab);
    await dut.timestamp();
    await dut.load(input);
    await dut.infer({ iterations: 10 });
    return seen;
  };
  const first = await run();
  assert.ok(first.length > 20);
  assert.deepEqual(await run(), first);
});
