/** The firmware on an emulated Cortex-M4F: stock QEMU, a unix socket as its serial line. */
import assert from "node:assert/strict";
import { Dut } from "../../lib/serial/dut.ts";
import { UnixSocketPort } from "../../lib/serial/unix_socket_port.ts";
import { answer } from "../serial/expected_protocol.ts";
import { testWith } from "../reference.ts";
import { holdConversation, Line, loadEcho, type Speaker, useDut } from "./ports_conversation.ts";
import { emulate, logIn, startQemu } from "./ports_emulated.ts";
import { qemu, withFirmware } from "./ports_tools.ts";

const speaker: Speaker = {
  name: "mps2-an386",
  profile: "Thimble firmware 0.1.0 for MPS2 AN386",
  model: "echo",
  extensions: "load-binary,baud,stride,chunk,optime",
};

/** The levels that were written to the timestamp pin, from QEMU's log of devices that it does not have. */
async function pinLevels(dir: string): Promise<number[]> {
  const log = await Deno.readTextFile(logIn(dir));
  return [
    ...log.matchAll(
      /unimplemented device write.*offset 0x0*4\b.*value 0x(\d+)|value 0x0*([01])\b.*offset 0x0*4\b/g,
    ),
  ]
    .map((match) => Number(match[1] ?? match[2]));
}

testWith(qemu, "the firmware on an emulated Cortex-M4F holds the conversation", async () => {
  await withFirmware("mps2-an386", {}, async (file, dir) => {
    await emulate({ emulator: qemu, file, dir }, async (port, open) => {
      await open();
      await using line = new Line(port);
      await holdConversation(line, speaker);
      await line.send("build%");
      assert.match(
        await line.receive(),
        /^m-build-version-\[0\.1\.0\]\r\nm-build-port-\[mps2-an386\]\r\nm-build-board-\[mps2-an386\]\r\nm-build-compiler-\[gcc 1\d\.\d.*\]\r\nm-build-flags-\[-mcpu=cortex-m4 .*-O2 .*\]\r\nm-build-model-\[none\]\r\nm-ready\r\n$/,
      );
      await line.send("stack%");
      const [, used, reserved] = /^m-stack-\[(\d+),(\d+)\]/.exec(await line.receive())!;
      assert.ok(Number(used) > 50 && Number(used) < Number(reserved));
      // Another rate, which is confirmed by a command: QEMU does not care, the firmware does.
      await line.send("baud 921600%");
      assert.equal(await line.receive(), answer("m-baud-921600"));
      await line.send("name%");
      assert.equal(await line.receive(), answer("m-name-dut-[mps2-an386]"));
      await line.send("baud 7000000%");
      assert.equal(await line.receive(), answer("e-[Rate 7000000 is not supported]"));
    });
    const log = await Deno.readTextFile(logIn(dir));
    assert.deepEqual(await pinLevels(dir), [1], "one level at boot, no edge: " + log);
  });
});

testWith(qemu, "the firmware on an emulated Cortex-M4F gives edges in energy mode", async () => {
  await withFirmware("mps2-an386", { energy: true }, async (file, dir) => {
    await emulate({ emulator: qemu, file, dir }, async (port, open) => {
      await open();
      await using line = new Line(port);
      await holdConversation(line, { ...speaker, mode: "energy" });
    });
    // one `timestamp`, and four windows with two each
    const edges = Array.from({ length: 9 }, () => [0, 1]).flat();
    assert.deepEqual(await pinLevels(dir), [1, ...edges]);
  });
});

testWith(qemu, "Dut drives the firmware on an emulated Cortex-M4F", async () => {
  await withFirmware("mps2-an386", {}, async (file, dir) => {
    const path = `${dir}/serial.sock`;
    const port = new UnixSocketPort(path, { listen: true });
    const connecting = Dut.connect(port);
    const emulator = startQemu({ emulator: qemu, file, dir }, path);
    try {
      await using dut = await connecting;
      assert.equal(dut.mode, "performance");
      assert.equal(await dut.name(), "mps2-an386");
      await useDut(dut);
      const { startUs, endUs } = await dut.infer({ iterations: 1000 });
      assert.ok(endUs! > startUs!);
    } finally {
      emulator.kill("SIGKILL");
      await emulator.status;
    }
  });
});

testWith(qemu, "the firmware on an emulated Cortex-M4F ends an inference at CTRL-C", async () => {
  await withFirmware("mps2-an386", {}, async (file, dir) => {
    await emulate({ emulator: qemu, file, dir }, async (port, open) => {
      await open();
      await using line = new Line(port);
      await line.receive();
      await loadEcho(line);
      await line.send("infer 10000000 10000000%");
      await line.send("\x03");
      assert.match(await line.receive(), /e-\[Interrupted after \d+ inferences\]\r\nm-ready\r\n$/);
      await line.send("name%");
      assert.equal(await line.receive(), answer("m-name-dut-[mps2-an386]"));
    });
  });
});

testWith(
  qemu,
  "the firmware on an emulated Cortex-M4F loses nothing while it computes",
  async () => {
    await withFirmware("mps2-an386", {}, async (file, dir) => {
      await emulate({ emulator: qemu, file, dir }, async (port, open) => {
        await open();
        await using line = new Line(port);
        await line.receive();
        await loadEcho(line);
        // As many bytes as a piece of a binary load: they come much faster than on a line with a rate.
        await line.send("infer 5000 0%");
        await line.receive("m-infer-start-5000\r\n");
        await line.send("%".repeat(4096));
        const late = setTimeout(() => void port.close(), 60_000); // where answers are missing
        await line.receive();
        for (let i = 0; i < 4096; i++) {
          assert.equal(await line.receive(), answer("e-[Unknown command: ]"), `command ${i}`);
        }
        clearTimeout(late);
      });
    });
  },
);

testWith(qemu, "the firmware on an emulated Cortex-M4F runs a model on the engine", async () => {
  const model = new URL("ports_model/", import.meta.url).pathname;
  await withFirmware("mps2-an386", { model }, async (file, dir) => {
    await emulate({ emulator: qemu, file, dir }, async (port, open) => {
      await open();
      await using line = new Line(port);
      await line.receive();
      await line.ask("db load 4%", "db 0001ff80%");
      await line.send("infer 1 0%");
      assert.match(
        await line.receive(),
        /m-results-\[-1\.000000,-2\.000000,0\.000000,127\.000000\]\r\nm-ready\r\n$/,
      );
    });
  });
});
