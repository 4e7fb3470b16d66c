import assert from "node:assert/strict";
import { VirtualClock } from "../../../lib/clock.ts";
import {
  MonitorLostError,
  MonitorTimeoutError,
} from "../../../lib/serial/monitors/monitor_errors.ts";
import { Ppk2 } from "../../../lib/serial/monitors/ppk2/ppk2.ts";
import { Ppk2Decoder } from "../../../lib/serial/monitors/ppk2/ppk2_decoder.ts";
import {
  defaultModifiers,
  parsePpk2Metadata,
} from "../../../lib/serial/monitors/ppk2/ppk2_modifiers.ts";
import { DevicePort } from "../../../lib/serial/virtual/monitors/device_wire.ts";
import { SeededRandom } from "../../model/seeded_random.ts";
import { takeEvents } from "./take_events.ts";

const metadata =
  "Calibrated: 0\nR0: 1003.3506\nR1: 101.5865\nR2: 10.3027\nR3: 0.9636\nR4: 0.0564\n" +
  "GS0: 0.0000\nGS1: 112.7890\nGS2: 18.0115\nGS3: 2.4217\nGS4: 0.0729\n" +
  "GI0: 1.0000\nGI1: 0.9695\nGI2: 0.9609\nGI3: 0.9519\nGI4: 0.9582\n" +
  "O0: 112.9420\nO1: 75.4627\nO2: 64.6020\nO3: 50.4983\nO4: 84.4239\nVDD: 3000\nHW: 9173\nmode: 2\n" +
  "S0: 0.000000048\nI0: -0.000000104\nUG0: 1.00\nUG1: 1.00\nIA: 56\nEND";

const word = (adc: number, range: number, counter: number, logic = 1) =>
  (adc | range << 14 | (counter & 63) << 18 | logic << 24) >>> 0;

const bytesOf = (words: number[]) => new Uint8Array(Uint32Array.from(words).buffer);

function decode(pieces: Uint8Array[], text = "") {
  const said: (number | string)[] = [];
  const decoder = new Ppk2Decoder({
    samples: (values) => said.push(...values),
    lost: (count) => said.push(`lost ${count}`),
    edge: (ahead, falling) => said.push(`${falling ? "fall" : "rise"} ${ahead}`),
  }, { modifiers: parsePpk2Metadata(text).modifiers, supplyVolts: 3 });
  for (const piece of pieces) decoder.push(piece);
  return said;
}

Deno.test("parsePpk2Metadata() reads a calibration", () => {
  const { modifiers, hardware } = parsePpk2Metadata(metadata);
  assert.deepEqual(modifiers.r, [1003.3506, 101.5865, 10.3027, 0.9636, 0.0564]);
  assert.deepEqual(modifiers.gs, [0, 112.789, 18.0115, 2.4217, 0.0729]);
  assert.deepEqual(modifiers.s, [4.8e-8, 0, 0, 0, 0]);
  assert.deepEqual(modifiers.i, [-1.04e-7, 0, 0, 0, 0]);
  assert.equal(hardware, "9173");
});

Deno.test("parsePpk2Metadata() keeps what it knows where a line is wrong", () => {
  const wrong =
    "R0: 0\nR1: NaN\nR2: x\nO9: 1\n__proto__0: 1\nconstructor1: 2\nGS0\n: 1\nGI0: 1e999";
  assert.deepEqual(parsePpk2Metadata(wrong).modifiers, defaultModifiers());
});

Deno.test("Ppk2Decoder reckons a current as the maker's formula does", () => {
  // (1000·4 − 75.4627) · 1.8/163840 / 101.5865, then · (112.789 · that + 0.9695); in double precision.
  const raw = (4000 - 75.4627) * (1.8 / 163840 / 101.5865);
  assert.deepEqual(decode([bytesOf([word(1000, 1, 0)])], metadata), [
    raw * (112.789 * raw + 0.9695),
  ]);
  const raw0 = (400 - 112.942) * (1.8 / 163840 / 1003.3506);
  const [value] = decode([bytesOf([word(100, 0, 5)])], metadata) as number[];
  assert.ok(Math.abs(value - (raw0 + 4.8e-8 * 3 - 1.04e-7)) < 1e-18);
});

Deno.test("Ppk2Decoder smooths after a change of range, and tells edges of D0", () => {
  const words = [word(100, 2, 0), word(100, 2, 1, 0), word(5000, 3, 2, 1), word(100, 3, 3, 0xff)];
  const said = decode([bytesOf(words)]);
  assert.deepEqual(said.slice(0, 2), ["fall 1", "rise 2"]);
  const [a, b, c] = said.slice(2) as number[];
  assert.equal(a, b);
  const raw = 20_000 * (1.8 / 163840 / 0.94);
  const full = raw * (raw + 1);
  assert.ok(Math.abs(c - (0.18 * full + 0.82 * a)) < 1e-15);
});

Deno.test("Ppk2Decoder tells gaps of the counter", () => {
  const words = [0, 1, 2, 10, 11, 12, 13, 14, 15].map((n) => word(100, 2, n + 60));
  const said = decode([bytesOf(words)]);
  assert.deepEqual(
    said.map((item) => typeof item === "string" ? item : "v").join(" "),
    "v v v lost 7 v v v v v v",
  );
});

Deno.test("Ppk2Decoder finds the words again where bytes were lost", () => {
  const words = Array.from({ length: 200 }, (_, n) => word(100 + n, 2, n));
  const clean = bytesOf(words);
  for (const gone of [1, 2, 3, 5]) {
    const said = decode([clean.filter((_, i) => i < 401 || i >= 401 + gone)]);
    const lost = said.filter((item) => typeof item === "string");
    const count = said.filter((item) => typeof item === "number").length;
    assert.equal(lost.length, 1, lost.join());
    assert.equal(count + Number(String(lost[0]).slice(5)), 200, `${gone} bytes`);
  }
});

Deno.test("Ppk2Decoder says the same however the bytes are cut, and takes any bytes", () => {
  const random = new SeededRandom(1);
  for (let round = 0; round < 200; round++) {
    const hostile = round % 2 === 1;
    const whole = hostile
      ? Uint8Array.from({ length: 500 }, () => random.integer(0, 255))
      : bytesOf(Array.from({ length: 100 }, (_, n) =>
        word(random.integer(0, 16383), random.integer(0, 7), n)));
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < whole.length;) {
      const size = random.integer(1, 17);
      pieces.push(whole.subarray(at, at + size));
      at += size;
    }
    const said = decode(pieces).filter((item) => typeof item === "number");
    if (!hostile) {
      assert.deepEqual(
        said,
        decode([whole]).filter((item) => typeof item === "number"),
      );
    }
    assert.ok(said.every((value) => Number.isFinite(value)));
  }
});

/** A PPK2 that sends a steady current, and skips what it is told. */
function device(options: { skip?: number[]; isSilent?: boolean; vanishAfter?: number } = {}) {
  const clock = new VirtualClock();
  const received: number[] = [];
  const port = new DevicePort("ppk2", (line) => {
    let cancel = () => {};
    let n = 0;
    const step = () => {
      const words: number[] = [];
      for (let i = 0; i < 1000; i++, n++) {
        if (!options.skip?.includes(n)) words.push(word(1000, 2, n, n === 1234 ? 0 : 1));
      }
      line.send(bytesOf(words));
      if (n >= (options.vanishAfter ?? Infinity)) return line.vanish();
      cancel = clock.schedule(10, step);
    };
    return {
      receive(bytes) {
        received.push(...bytes);
        if (bytes[0] === 0x19 && !options.isSilent) line.send(new TextEncoder().encode(metadata));
        if (bytes[0] === 6) cancel = clock.schedule(10, step);
        if (bytes[0] === 7) cancel();
      },
      close: () => cancel(),
    };
  });
  return { clock, port, received };
}

Deno.test("Ppk2 feeds, samples, tells lost samples and edges, and switches off", async () => {
  const { clock, port, received } = device({ skip: [5000, 5001] });
  const monitor = await Ppk2.connect(port, { clock });
  assert.equal(monitor.info.name, "PPK2 9173");
  assert.equal(monitor.capabilities.acceptedInSubmissions, false);
  await monitor.setSupply(1.8);
  await monitor.powerOn();
  const acquisition = await monitor.start({ quantity: "energy" });
  clock.schedule(105, () => void monitor.stop());
  const { values, edges, lost } = await takeEvents(acquisition, "energy");
  assert.equal(values.length, 10_000);
  assert.deepEqual(edges, [1234]);
  assert.deepEqual(lost.map(({ firstIndex, count }) => [firstIndex, count]), [[5000, 2]]);
  const raw = (4000 - 64.602) * (1.8 / 163840 / 10.3027);
  const energyJ = raw * (18.0115 * raw + 0.9609) * 1.8 / 100_000;
  assert.ok(Math.abs(values[9000] / energyJ - 1) < 1e-12);
  await monitor.close();
  assert.deepEqual(received, [
    ...[7, 0x0c, 0, 0x19, 0x11, 2, 0x0d, 3 + 8, 2232 & 0xff],
    ...[0x0d, 3 + 4, 1032 & 0xff, 0x0c, 1, 6, 7, 0x0c, 0],
  ]);
});

Deno.test("Ppk2 throws where no calibration comes, and where the port vanishes", async () => {
  const silent = device({ isSilent: true });
  await assert.rejects(Ppk2.connect(silent.port, { clock: silent.clock }), MonitorTimeoutError);
  assert.equal(silent.port.readable, null);
  const { clock, port } = device({ vanishAfter: 3000 });
  const monitor = await Ppk2.connect(port, { clock });
  await monitor.powerOn();
  const { values, error } = await takeEvents(
    await monitor.start({ quantity: "current" }),
    "current",
  );
  assert.equal(values.length, 3000);
  assert.ok(error instanceof MonitorLostError);
  await monitor.close();
});
