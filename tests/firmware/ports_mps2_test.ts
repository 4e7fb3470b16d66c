/** The firmware on an emulated Cortex-M4F: stock QEMU, a unix socket as its serial line. */
import assert from "node:assert/strict";
import { Dut } from "../../lib/serial/dut.ts";
import { UnixSocketPort } from "../../lib/serial/unix_socket_port.ts";
import { answer } from "../serial/expected_protocol.ts";
import { testWith } from "../reference.ts";
import { echoInput, holdConversation, Line, type Speaker, useDut } from "./ports_conversation.ts";
import { qemu, withFirmware } from "./ports_tools.ts";

const speaker: Speaker = {
  name: "mps2-an386",
  profile: "Thimble firmware 0.1.0 for MPS2 AN386",
  model: "echo",
  extensions: "load-binary,baud,stride,chunk,optime",
};

/** QEMU on `file`, for as long as `use` takes. It connects when the port is opened. */
async function emulate(
  file: string,
  dir: string,
  use: (port: UnixSocketPort, open: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const path = `${dir}/serial.sock`;
  const port = new UnixSocketPort(path, { listen: true });
  let emulator: Deno.ChildProcess | undefined;
  const open = async () => {
    const opened = port.open({ baudRate: 115_200 });
    emulator = start(file, dir, path);
    await opened;
  };
  try {
    await use(port, open);
  } finally {
    emulator?.kill("SIGKILL");
    await emulator?.status;
  }
}

function start(file: string, dir: string, path: string): Deno.ChildProcess {
  return new Deno.Command("qemu-system-arm", {
    args: [
      ...["-M", "mps2-an386", "-kernel", file, "-nographic", "-monitor", "none"],
      ...["-serial", `unix:${path}`, "-d", "unimp,guest_errors", "-D", `${dir}/qemu.log`],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

/** The levels that were written to the timestamp pin, from QEMU's log of devices that it does not have. */
async function pinLevels(dir: string): Promise<number[]> {
  const log = await Deno.readTextFile(`${dir}/qemu.log`);
  return [
    ...log.matchAll(
      /unimplemented device write.*offset 0x0*4\b.*value 0x(\d+)|value 0x0*([01])\b.*offset 0x0*4\b/g,
    ),
  ]
    .map((match) => Number(match[1] ?? match[2]));
}

testWith(qemu, "the firmware on an emulated Cortex-M4F holds the conversation", async () => {
  await withFirmware("mps2-an386", {}, async (file, dir) => {
    await emulate(file, dir, async (port, open) => {
      await open();
      await using line = new Line(port);
      await holdConversation(line, speaker);
      // Another rate, which is confirmed by a command: QEMU does not care, the firmware does.
      await line.send("baud 921600%");
      assert.equal(await line.receive(), answer("m-baud-921600"));
      await line.send("name%");
      assert.equal(await line.receive(), answer("m-name-dut-[mps2-an386]"));
      await line.send("baud 7000000%");
      assert.equal(await line.receive(), answer("e-[Rate 7000000 is not supported]"));
    });
    const log = await Deno.readTextFile(`${dir}/qemu.log`);
    assert.deepEqual(await pinLevels(dir), [1], "one level at boot, no edge: " + log);
  });
});

testWith(qemu, "the firmware on an emulated Cortex-M4F gives edges in energy mode", async () => {
  await withFirmware("mps2-an386", { energy: true }, async (file, dir) => {
    await emulate(file, dir, async (port, open) => {
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
    const emulator = start(file, dir, path);
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
    await emulate(file, dir, async (port, open) => {
      await open();
      await using line = new Line(port);
      await line.receive();
      const hex = Array.from(echoInput(0), (b) => b.toString(16).padStart(2, "0")).join("");
      for (const command of ["chunk 490%", "db load 490%", `db ${hex}%`]) {
        await line.send(command);
        await line.receive();
      }
      await line.send("infer 10000000 10000000%");
      await line.send("\x03");
      assert.match(await line.receive(), /e-\[Interrupted after \d+ inferences\]\r\nm-ready\r\n$/);
      await line.send("name%");
      assert.equal(await line.receive(), answer("m-name-dut-[mps2-an386]"));
    });
  });
});

testWith(qemu, "the firmware on an emulated Cortex-M4F runs a model on the engine", async () => {
  const model = new URL("ports_model/", import.meta.url).pathname;
  await withFirmware("mps2-an386", { model }, async (file, dir) => {
    await emulate(file, dir, async (port, open) => {
      await open();
      await using line = new Line(port);
      await line.receive();
      for (const command of ["db load 4%", "db 0001ff80%"]) {
        await line.send(command);
        await line.receive();
      }
      await line.send("infer 1 0%");
      assert.match(
        await line.receive(),
        /m-results-\[-1\.000000,-2\.000000,0\.000000,127\.000000\]\r\nm-ready\r\n$/,
      );
    });
  });
});
