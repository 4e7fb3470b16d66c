/** The committed IO manager on an emulated UNO, with a host and a DUT that are texts. */
import assert from "node:assert/strict";
import { type PinLevel, Uno, type UnoOptions } from "../../lib/lab/uno.ts";

export const committedHex = await Deno.readTextFile(
  new URL("../../firmware/io-manager/io_manager.hex", import.meta.url),
);

export const latin1 = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));

export class IoManagerBench {
  /** What the host has received since it was last taken. */
  toHost = "";
  /** What the DUT has received since it was last taken. */
  toDut = "";
  readonly pins: { pin: "reset" | "emon"; level: PinLevel; timeUs: number }[] = [];
  uno!: Uno;

  static async start(options: Partial<UnoOptions> = {}): Promise<IoManagerBench> {
    const bench = new IoManagerBench();
    const watch = (pin: "reset" | "emon") => (level: PinLevel) =>
      bench.pins.push({ pin, level, timeUs: bench.uno.timeUs });
    bench.uno = await Uno.create({
      hex: committedHex,
      onHostByte: (byte) => bench.toHost += String.fromCharCode(byte),
      onDutByte: (byte) => bench.toDut += String.fromCharCode(byte),
      onReset: watch("reset"),
      onEmon: watch("emon"),
      ...options,
    });
    bench.uno.run(5000);
    bench.pins.length = 0;
    assert.equal(bench.take(), "m-init-done\r\nm-ready\r\n");
    return bench;
  }

  take(): string {
    const text = this.toHost;
    this.toHost = "";
    return text;
  }

  takeDut(): string {
    const text = this.toDut;
    this.toDut = "";
    return text;
  }

  /** Runs until the host's text ends as said. */
  until(end: string, limitUs = 2_000_000): string {
    const limit = this.uno.timeUs + limitUs;
    while (!this.toHost.endsWith(end)) {
      assert.ok(
        this.uno.timeUs < limit,
        `'${end}' does not come after ${JSON.stringify(this.toHost)}`,
      );
      this.uno.run(200);
    }
    return this.take();
  }

  /** A command, and the lines of its answer before `m-ready`. */
  ask(command: string): string[] {
    this.uno.sendHost(latin1(command + "%"));
    const lines = this.until("m-ready\r\n").split("\r\n");
    assert.deepEqual(lines.splice(-2), ["m-ready", ""]);
    return lines;
  }

  /** Lines of the DUT. */
  dutSays(...lines: string[]): void {
    this.uno.sendDut(latin1(lines.map((line) => line + "\r\n").join("")));
  }

  /** A pulse on the timestamp pin; returns when it fell. */
  pulse(lowUs = 2): number {
    const fellUs = this.uno.timeUs;
    this.uno.setTimestampPin(false);
    this.uno.run(lowUs);
    this.uno.setTimestampPin(true);
    return fellUs;
  }
}
