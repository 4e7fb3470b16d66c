/** The firmware for STM32L4 boards, on QEMU's B-L475E-IOT01A: the image of that board, and that of the NUCLEO-L4R5ZI. */
import assert from "node:assert/strict";
import { Dut } from "../../lib/serial/dut.ts";
import { UnixSocketPort } from "../../lib/serial/unix_socket_port.ts";
import { answer } from "../serial/expected_protocol.ts";
import { testWith } from "../reference.ts";
import { holdConversation, Line, loadEcho, type Speaker, useDut } from "./ports_conversation.ts";
import { emulate, logIn, startQemu } from "./ports_emulated.ts";
import { l475, qemu, withFirmware } from "./ports_tools.ts";
import { QtestPins } from "./qtest_pins.ts";

// `line` is where QEMU has the UART: USART1 to USART3, UART4, UART5, LPUART1. The NUCLEO's image fits into what memory the
// other chip has, and QEMU's clocks go as high as they are told to.
const boards = [
  {
    board: "b-l475e",
    name: "B-L475E-IOT01A",
    clockMhz: 80,
    performance: { line: 0, scale: 1 },
    energy: { line: 0, scale: 1 },
    pin: { gpio: "gpioa", number: 4 },
  },
  {
    board: "nucleo-l4r5zi",
    name: "NUCLEO-L4R5ZI",
    clockMhz: 120,
    performance: { line: 5, scale: 256 },
    energy: { line: 2, scale: 1 },
    pin: { gpio: "gpiof", number: 13 },
  },
];

function speaker({ name, clockMhz }: typeof boards[number]): Speaker {
  return {
    name,
    profile: `Thimble firmware 0.1.0 for ${name} at ${clockMhz} MHz`,
    model: "echo",
    extensions: "load-binary,baud,stride,chunk,optime",
  };
}

/** The rates that the UART had, one after the other, as QEMU makes them of clock and divisor. */
async function rates(dir: string): Promise<number[]> {
  const log = await Deno.readTextFile(logIn(dir));
  const all = [...log.matchAll(/speed: (\d+), parity: N, data bits: 8, stop bits: 1/g)]
    .map((match) => Number(match[1]));
  return all.filter((rate, i) => rate !== all[i - 1]);
}

/** What QEMU makes of a rate: of LPUART1's divisor, in 256ths, it keeps 16 bits, as of any other. */
function emulatedRate(rate: number, clockMhz: number, scale: number): number {
  const divisor = Math.round(clockMhz * 1e6 * scale / rate);
  return Math.floor(clockMhz * 1e6 / (divisor & 0xffff));
}

for (const each of boards) {
  const { board, name, clockMhz, performance, energy, pin } = each;

  testWith(l475, `the firmware for ${name}, emulated, holds the conversation`, async () => {
    await withFirmware("stm32l4", { board }, async (file, dir) => {
      const options = ["-trace", "stm32l4x5_usart_update_params"];
      const emulation = { emulator: l475, file, dir, line: performance.line, options };
      await emulate(emulation, async (port, open) => {
        await open();
        await using line = new Line(port);
        await holdConversation(line, speaker(each));
        for (const rate of [2_000_000, 115_200]) {
          await line.send(`baud ${rate}%`);
          assert.equal(await line.receive(), answer(`m-baud-${rate}`));
          await line.send("name%");
          assert.equal(await line.receive(), answer(`m-name-dut-[${name}]`));
        }
        for (const rate of [0, 500, 2_000_001]) {
          await line.send(`baud ${rate}%`);
          assert.equal(await line.receive(), answer(`e-[Rate ${rate} is not supported]`));
        }
        await line.send("build%");
        const build = await line.receive();
        assert.ok(build.includes(`m-build-port-[stm32l4]\r\nm-build-board-[${board}]\r\n`), build);
        assert.match(build, /m-build-flags-\[-mcpu=cortex-m4 .*-O2 .*\]/);
      });
      const expected = [115_200, 2_000_000, 115_200]
        .map((rate) => emulatedRate(rate, clockMhz, performance.scale));
      assert.deepEqual(await rates(dir), expected);
    });
  });

  testWith(l475, `the firmware for ${name}, emulated, gives edges in energy mode`, async () => {
    await withFirmware("stm32l4", { board, energy: true }, async (file, dir) => {
      await using pins = new QtestPins(dir);
      const options = [...pins.options, "-trace", "stm32l4x5_usart_update_params"];
      const emulation = { emulator: l475, file, dir, line: energy.line, options };
      await emulate(emulation, async (port, open) => {
        await Promise.all([open(), pins.start(`/machine/soc/${pin.gpio}`)]);
        await using line = new Line(port);
        await holdConversation(line, { ...speaker(each), mode: "energy" });
      });
      await pins.end();
      // High at boot; then one `timestamp`, and four windows with two each
      const [low, high] = [`lower ${pin.number}`, `raise ${pin.number}`];
      const edges = Array.from({ length: 9 }, () => [low, high]).flat();
      assert.deepEqual(pins.changes, [high, ...edges]);
      assert.deepEqual(await rates(dir), [emulatedRate(9600, clockMhz, energy.scale)]);
    });
  });
}

testWith(l475, "Dut drives the firmware for B-L475E-IOT01A, emulated", async () => {
  await withFirmware("stm32l4", { board: "b-l475e" }, async (file, dir) => {
    const path = `${dir}/serial.sock`;
    const connecting = Dut.connect(new UnixSocketPort(path, { listen: true }));
    const emulator = startQemu({ emulator: l475, file, dir }, path);
    try {
      await using dut = await connecting;
      assert.equal(dut.mode, "performance");
      await useDut(dut);
      const { startUs, endUs } = await dut.infer({ iterations: 1000 });
      assert.ok(endUs! > startUs!);
    } finally {
      emulator.kill("SIGKILL");
      await emulator.status;
    }
  });
});

testWith(
  l475,
  "the firmware for B-L475E-IOT01A, emulated, ends an inference at CTRL-C",
  async () => {
    await withFirmware("stm32l4", { board: "b-l475e" }, async (file, dir) => {
      await emulate({ emulator: l475, file, dir }, async (port, open) => {
        await open();
        await using line = new Line(port);
        await line.receive();
        await loadEcho(line);
        await line.send("infer 10000000 10000000%");
        await line.send("\x03");
        assert.match(
          await line.receive(),
          /e-\[Interrupted after \d+ inferences\]\r\nm-ready\r\n$/,
        );
      });
    });
  },
);

// Bits of CFSR: a precise bus error with its address; no room to push, and then none for the exception's frame either.
const faults = [
  {
    what: "reads where nothing is",
    FAULT: 1,
    report: /^e-\[Fault 3 at 0[08]00[1-3]\w{3}, status 00008200\]/,
  },
  { what: "overflows its stack", FAULT: 2, report: /^e-\[Fault 3 at \w+, status 000000[19]\w\]/ },
];

for (const emulator of [qemu, l475]) {
  for (const { what, FAULT, report } of faults) {
    testWith(emulator, `firmware on ${emulator.machine} that ${what} says so`, async () => {
      const model = new URL("ports_fault/", import.meta.url).pathname;
      const options = { board: emulator.board, model, macros: { FAULT } };
      await withFirmware(emulator.port, options, async (file, dir) => {
        await emulate({ emulator, file, dir }, async (port, open) => {
          await open();
          await using line = new Line(port);
          await line.receive();
          await line.ask("db load 1%", "db 00%");
          await line.send("infer 1 0%");
          const said = await line.receive("]\r\n");
          assert.match(said.split("\r\n").at(-2)!, report);
        });
      });
    });
  }
}
