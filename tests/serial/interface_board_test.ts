import assert from "node:assert/strict";
import { VirtualClock } from "../../lib/clock.ts";
import { InterfaceBoard } from "../../lib/serial/interface_board.ts";
import { IoManager } from "../../lib/serial/io_manager.ts";
import { IoManagerError } from "../../lib/serial/io_manager_error.ts";
import { memoryPortPair } from "../../lib/serial/memory_port.ts";
import { SeededRandom } from "../model/seeded_random.ts";
import { answer, type Exchange, expectedProtocol } from "./expected_protocol.ts";

const named: Exchange = ["name%", answer("tinyML Enhanced Interface Board")];

async function connected(exchanges: Exchange[]) {
  const clock = new VirtualClock();
  const { port, verify } = await expectedProtocol([named, ...exchanges]);
  const ioManager = await IoManager.connect(port, { clock });
  assert.equal(ioManager.name, "tinyML Enhanced Interface Board");
  return { board: new InterfaceBoard(ioManager), ioManager, verify, clock };
}

Deno.test("InterfaceBoard says what the board's firmware expects, and reads what it answers", async () => {
  const { board, ioManager, verify } = await connected([
    ["ls%", answer("long.wav", "", "test.wav")],
    ["record_detections%", answer("Now recording detections")],
    ["play long.wav%", "Playing long.wav\nm-ready\r\n"],
    ["print_detections%", answer("Detection Timestamps (ms)", "12,", "1580,", "90210,")],
    [
      "print_dutycycle%",
      answer(
        "Duty cycle start times (s)",
        "0.00012, 0.03212, ",
        "0.06412,",
        "Duty cycle stop times (s)",
        "0.01012, 0.04212, 0.07412, ",
      ),
    ],
    ["print_dutycycle%", answer("Duty cycle start times (s)", "0.00012, ")],
    ["setbaud 921600%", "set baud to: 921600\nm-ready\r\n"],
  ]);
  assert.deepEqual(await board.files(), ["long.wav", "test.wav"]);
  await board.recordDetections();
  await board.play("long.wav", { durationMs: 1_200_000 });
  assert.deepEqual(await board.detectionsMs(), [12, 1580, 90_210]);
  assert.deepEqual(await board.processingTimes(), {
    startsS: [0.00012, 0.03212, 0.06412],
    stopsS: [0.01012, 0.04212, 0.07412],
  });
  assert.deepEqual(await board.processingTimes(), { startsS: [0.00012], stopsS: [] });
  await board.setBaud(921_600);
  await ioManager[Symbol.asyncDispose]();
  verify();
});

Deno.test("InterfaceBoard.processingTimes() reads a line of any length", async () => {
  const times = Array.from({ length: 37_500 }, (_, i) => (i * 0.032).toFixed(5));
  const { board, ioManager } = await connected([
    ["print_dutycycle%", answer("Duty cycle start times (s)", times.join(", ") + ", ")],
  ]);
  assert.deepEqual((await board.processingTimes()).startsS, times.map(Number));
  await ioManager[Symbol.asyncDispose]();
});

Deno.test("InterfaceBoard.play() waits as long as the recording lasts, and no longer", async () => {
  const clock = new VirtualClock();
  const [port, device] = memoryPortPair();
  await device.open({ baudRate: 115_200 });
  const writer = device.writable!.getWriter();
  const say = (text: string) => writer.write(new TextEncoder().encode(text)).catch(() => {});
  (async () => {
    for await (const chunk of device.readable!) {
      const command = new TextDecoder().decode(chunk);
      if (command === "name%") await say(named[1]);
      else if (command === "play a.wav%") {
        clock.schedule(600_000, () => void say("Playing a.wav\nm-ready\r\n"));
      }
    }
  })().catch(() => {});
  await using ioManager = await IoManager.connect(port, { clock });
  const board = new InterfaceBoard(ioManager);
  await board.play("a.wav", { durationMs: 600_000 });
  assert.equal(clock.now(), 600_000);
  await assert.rejects(board.play("b.wav", { durationMs: 1000 }), /does not answer within 6050 ms/);
});

Deno.test("InterfaceBoard refuses what the board cannot mean, before anything is sent", async () => {
  const { board, ioManager, verify } = await connected([]);
  for (const file of ["", "a b.wav", "a%", "a\n"]) {
    await assert.rejects(board.play(file, { durationMs: 1 }), IoManagerError);
  }
  for (const rate of [0, NaN, 1.5, 1e9]) await assert.rejects(board.setBaud(rate), IoManagerError);
  await ioManager[Symbol.asyncDispose]();
  verify();
});

Deno.test("InterfaceBoard throws an IoManagerError on answers that it cannot read", async () => {
  const random = new SeededRandom(1);
  const words = [
    "Detection Timestamps (ms)",
    "Duty cycle start times (s)",
    "12,",
    "x",
    "1e9",
    "-5",
    "0.5, 0.7",
    "e-[no]",
    "\x07",
  ];
  for (let i = 0; i < 60; i++) {
    const lines = () =>
      answer(...Array.from({ length: random.integer(0, 5) }, () => random.pick(words)));
    const { board, ioManager } = await connected([
      ["print_detections%", lines()],
      ["print_dutycycle%", lines()],
    ]);
    for (const asked of [board.detectionsMs(), board.processingTimes()]) {
      await asked.catch((error) => assert.ok(error instanceof IoManagerError, String(error)));
    }
    await ioManager[Symbol.asyncDispose]();
  }
});
