/** What the port for STM32L4 boards writes into registers that QEMU does not have, on the host, with sanitizers. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { testWith } from "../reference.ts";
import { gcc } from "./ports_tools.ts";

const run = promisify(execFile);
const path = (name: string) => new URL(name, import.meta.url).pathname;
const port = path("../../firmware/ports/stm32l4/");

interface Started {
  clock: number;
  interrupt: number;
  /** Divisors by rate, of those that the UART can have. */
  rates: Record<string, number>;
  /** The value of a register. */
  at(address: number): number;
}

/** Builds the start of a board, and runs it with each of the things that do not start. */
async function start(flags: string[], broken: string[]): Promise<Started[]> {
  const dir = await Deno.makeTempDir();
  try {
    await run("gcc", [
      ...["-std=c11", "-O1", "-Wall", "-Wextra", "-Wconversion", "-Werror"],
      ...["-fsanitize=address,undefined", "-fno-sanitize-recover=all", ...flags],
      ...["-include", path("ports_registers.h"), "-o", `${dir}/start`],
      ...[path("ports_registers.c"), `${port}clock_tree.c`, `${port}uart.c`],
    ]);
    return await Promise.all(broken.map(async (what) => {
      const { stdout } = await run(`${dir}/start`, [what], { timeout: 60_000 })
        .catch((error) => assert.fail(`${what}: ${error.stdout}${error.stderr}`));
      const registers = new Map(
        [...stdout.matchAll(/^([0-9a-f]{8}) ([0-9a-f]{8})$/gm)]
          .map((match) => [parseInt(match[1], 16), parseInt(match[2], 16)]),
      );
      return {
        clock: Number(/clock (\d+)/.exec(stdout)![1]),
        interrupt: Number(/interrupt (\d+)/.exec(stdout)![1]),
        rates: Object.fromEntries(
          [...stdout.matchAll(/^rate (\d+): (\d+)$/gm)].map((m) => [m[1], Number(m[2])]),
        ),
        at: (address) => registers.get(address) ?? 0,
      };
    }));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

const pwr = { cr2: 0x4000_7004, cr5: 0x4000_7080 };
const gpio = (letter: string, offset: number) =>
  0x4800_0000 + 0x400 * (letter.charCodeAt(0) - 65) + offset;

const lines = [
  {
    what: "NUCLEO-L4R5ZI",
    flags: ["-DTH_BOARD_NUCLEO_L4R5ZI"],
    clock: 120_000_000,
    uart: { base: 0x4000_8000, interrupt: 70, letter: "G", transmit: 7, receive: 8, function: 8 },
    rates: { 115200: 266_667, 2000000: 15_360 },
    vddio2: true,
    boost: true,
  },
  {
    what: "NUCLEO-L4R5ZI, energy mode",
    flags: ["-DTH_BOARD_NUCLEO_L4R5ZI", "-DTH_ENERGY_MODE"],
    clock: 120_000_000,
    uart: { base: 0x4000_4800, interrupt: 39, letter: "D", transmit: 8, receive: 9, function: 7 },
    rates: { 9600: 12_500, 115200: 1042, 2000000: 60 },
    vddio2: false,
    boost: true,
  },
  {
    what: "B-L475E-IOT01A",
    flags: ["-DTH_BOARD_B_L475E"],
    clock: 80_000_000,
    uart: { base: 0x4001_3800, interrupt: 37, letter: "B", transmit: 6, receive: 7, function: 7 },
    rates: { 9600: 8333, 115200: 694, 2000000: 40 },
    vddio2: false,
    boost: false,
  },
];

for (const { what, flags, clock, uart, rates, vddio2, boost } of lines) {
  testWith(gcc, `${what}: clocks, supply and pins are set as the manuals want them`, async () => {
    const broken = ["nothing", "hsi", "pll", "switch"];
    const [whole, ...others] = await start(flags, broken);
    assert.equal(whole.clock, clock);
    assert.deepEqual(others.map((each) => each.clock), [4_000_000, 16_000_000, 4_000_000]);
    assert.equal(whole.interrupt, uart.interrupt);
    assert.deepEqual(whole.rates, rates);
    assert.equal(Boolean(whole.at(pwr.cr2) & 1 << 9), vddio2);
    assert.equal(whole.at(pwr.cr5), boost ? 0 : 1 << 8, "R1MODE");
    assert.equal(whole.at(0x4002_2000) & 15, boost ? 5 : 4);
    for (const pin of [uart.transmit, uart.receive]) {
      assert.equal(whole.at(gpio(uart.letter, 0x00)) >>> 2 * pin & 3, 2, "alternate function");
      const register = gpio(uart.letter, pin < 8 ? 0x20 : 0x24);
      assert.equal(whole.at(register) >>> 4 * (pin % 8) & 15, uart.function);
    }
    assert.equal(whole.at(gpio(uart.letter, 0x0c)), 1 << 2 * uart.receive, "pulled up");
    assert.equal(whole.at(uart.base), 0x2d, "on, both ways, with an interrupt");
  });
}

testWith(
  gcc,
  "the check of the start finds a clock that the voltage range does not allow",
  async () => {
    for (
      const [fault, message] of [["-DBOARD_BOOST=0", "voltage range"], [
        "-DBOARD_FLASH_WAITS=4",
        "wait states",
      ]]
    ) {
      const dir = await Deno.makeTempDir();
      try {
        const text = await Deno.readTextFile(`${port}board.h`);
        const [, name, value] = /-D(\w+)=(\d)/.exec(fault)!;
        const changed = text.replace(new RegExp(`#define ${name} \\d`), `#define ${name} ${value}`);
        assert.notEqual(changed, text);
        await Deno.mkdir(`${dir}/firmware/ports`, { recursive: true });
        await run("cp", ["-r", path("../../firmware/core"), `${dir}/firmware/core`]);
        await run("cp", ["-r", path("../../firmware/ports/cortex-m"), `${dir}/firmware/ports/`]);
        await run("cp", ["-r", port, `${dir}/firmware/ports/stm32l4`]);
        await Deno.writeTextFile(`${dir}/firmware/ports/stm32l4/board.h`, changed);
        await Deno.mkdir(`${dir}/tests/firmware`, { recursive: true });
        for (const name of ["ports_registers.c", "ports_registers.h"]) {
          await Deno.copyFile(path(name), `${dir}/tests/firmware/${name}`);
        }
        const files = ["tests/firmware/ports_registers.c"]
          .concat(["clock_tree.c", "uart.c"].map((name) => `firmware/ports/stm32l4/${name}`));
        const flags = ["-DTH_BOARD_NUCLEO_L4R5ZI", "-include", "tests/firmware/ports_registers.h"];
        await run("gcc", ["-std=c11", ...flags, "-o", "start", ...files], { cwd: dir });
        await assert.rejects(run(`${dir}/start`), ({ stdout }: { stdout: string }) => {
          assert.ok(stdout.includes(message), stdout);
          return true;
        });
      } finally {
        await Deno.remove(dir, { recursive: true });
      }
    }
  },
);
