/**
 * An Arduino UNO, emulated in this process, cycle by cycle.
 *
 * @module
 */
import type { AVRIOPort, AVRUSART, CPU } from "avr8js";
import { readIntelHex } from "./intel_hex.ts";
import { PinReceiver, PinSender } from "./pin_uart.ts";

/** Cycles of the UNO's crystal in a microsecond. */
export const unoCyclesPerUs = 16;
const flashBytes = 32_768;
const ramBytes = 2048;

/** Pins of port D, as firmware/io-manager/board.h has them. */
const pins = { fromDut: 2, timestamp: 3, toDut: 4, reset: 5, emon: 6 };

/** What a pin that the UNO drives does: `released` is a pin that is an input. */
export type PinLevel = "low" | "high" | "released";

/** How an {@linkcode Uno} is made, and who hears what it does. */
export interface UnoOptions {
  /** The program, in Intel HEX. */
  hex: string;
  /** Bits per second of the DUT at the other end of the soft UART. @default {9600} */
  dutBaudRate?: number;
  /** A byte to the host has been sent. */
  onHostByte?: (byte: number) => void;
  /** The DUT has received a byte. */
  onDutByte?: (byte: number) => void;
  /** The line to the DUT's reset pin has changed. */
  onReset?: (level: PinLevel) => void;
  /** The line that starts an energy monitor has changed. */
  onEmon?: (level: PinLevel) => void;
}

type Avr = typeof import("avr8js");

/**
 * An Arduino UNO with a program for IO managers: a host at its UART, and at its pins a DUT (serial line, timestamp pin,
 * reset line). Runs on avr8js, in its own time: nothing happens but in {@linkcode Uno.run}. The same calls give the same
 * cycles.
 *
 * @example
 * ```ts
 * import { Uno } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const hex = await Deno.readTextFile("firmware/io-manager/io_manager.hex");
 * let text = "";
 * const uno = await Uno.create({ hex, onHostByte: (byte) => text += String.fromCharCode(byte) });
 * uno.sendHost(new TextEncoder().encode("name%"));
 * uno.run(20_000);
 * assert.equal(text, "m-init-done\r\nm-ready\r\nm-name-iomanager-[thimble]\r\nm-ready\r\n");
 * ```
 */
export class Uno {
  readonly #cpu: CPU;
  readonly #step: Avr["avrInstruction"];
  readonly #usart: AVRUSART;
  readonly #port: AVRIOPort;
  readonly #toDut: PinReceiver;
  readonly #fromDut: PinSender;
  #fromHost: number[] = [];
  #isStopped = false;

  /**
   * Loads the emulator, and powers an UNO on.
   *
   * @throws {InputError} Where the program is damaged.
   */
  static async create(options: UnoOptions): Promise<Uno> {
    const memory = readIntelHex(options.hex, { size: flashBytes, source: "hex" });
    const avr = await import("avr8js");
    return new Uno(avr, new Uint16Array(memory.buffer), options);
  }

  private constructor(avr: Avr, program: Uint16Array, options: UnoOptions) {
    const cpu = this.#cpu = new avr.CPU(program, ramBytes);
    this.#step = avr.avrInstruction;
    for (const timer of [avr.timer0Config, avr.timer1Config, avr.timer2Config]) {
      new avr.AVRTimer(cpu, timer);
    }
    this.#usart = new avr.AVRUSART(cpu, avr.usart0Config, unoCyclesPerUs * 1e6);
    this.#usart.onByteTransmit = (byte) => options.onHostByte?.(byte);
    this.#usart.onRxComplete = () => this.#feed();
    mendUsart(cpu, this.#usart, avr.usart0Config.UCSRB);

    const port = this.#port = new avr.AVRIOPort(cpu, avr.portDConfig);
    const bitCycles = unoCyclesPerUs * 1e6 / (options.dutBaudRate ?? 9600);
    const later = (cycles: number, callback: () => void) => cpu.addClockEvent(callback, cycles);
    this.#fromDut = new PinSender(bitCycles, (high) => port.setPin(pins.fromDut, high), later);
    this.#toDut = new PinReceiver(bitCycles, (byte) => options.onDutByte?.(byte), later);
    port.setPin(pins.fromDut, true);
    port.setPin(pins.timestamp, true);
    const level = (pin: number): PinLevel => {
      const state = port.pinState(pin);
      if (state === avr.PinState.Low) return "low";
      return state === avr.PinState.High ? "high" : "released";
    };
    const watch = (pin: number, tell?: (level: PinLevel) => void) => {
      let last = level(pin);
      return () => {
        const now = level(pin);
        if (now === last) return;
        last = now;
        tell?.(now);
      };
    };
    const watches = [
      watch(pins.toDut, (now) => this.#toDut.level(now !== "low")),
      watch(pins.reset, options.onReset),
      watch(pins.emon, options.onEmon),
    ];
    port.addListener(() => watches.forEach((look) => look()));
  }

  /** Microseconds since power-on, by the UNO's crystal. */
  get timeUs(): number {
    return this.#cpu.cycles / unoCyclesPerUs;
  }

  /** Bytes from the host that are not on the wire yet. */
  get queuedFromHost(): number {
    return this.#fromHost.length;
  }

  /** Frames to the DUT without a stop bit, and spikes on that line. */
  get dutFrameErrors(): number {
    return this.#toDut.errors;
  }

  /** Sends bytes to the UNO's UART, at the rate that it listens at. */
  sendHost(bytes: Iterable<number>): void {
    for (const byte of bytes) this.#fromHost.push(byte);
    this.#feed();
  }

  /** Sends bytes on the DUT's line, one after the other. */
  sendDut(bytes: Iterable<number>): void {
    for (const byte of bytes) this.#fromDut.send(byte);
  }

  /** Drives the DUT's timestamp pin; it is high at first. */
  setTimestampPin(high: boolean): void {
    this.#port.setPin(pins.timestamp, high);
  }

  /** Calls back once, at `timeUs` or, where that is past, at the next instruction. The callback must not run the UNO. */
  at(timeUs: number, callback: () => void): void {
    this.#cpu.addClockEvent(callback, Math.round(timeUs * unoCyclesPerUs) - this.#cpu.cycles);
  }

  /** Runs the program for `durationUs`. */
  run(durationUs: number): void {
    this.runUntil(this.timeUs + durationUs);
  }

  /** Runs the program until `timeUs`; not at all where that is past. */
  runUntil(timeUs: number): void {
    const cpu = this.#cpu;
    const step = this.#step;
    const end = timeUs * unoCyclesPerUs;
    this.#isStopped = false;
    while (cpu.cycles < end && !this.#isStopped) {
      step(cpu);
      cpu.tick();
    }
  }

  /** Called back in a run: it ends with this instruction, and the next one goes on from there. */
  stop(): void {
    this.#isStopped = true;
  }

  // The next byte goes out when the UART has taken the one before; before the program has started the UART, it waits.
  #feed(): void {
    if (this.#fromHost.length === 0 || this.#usart.rxBusy) return;
    if (this.#usart.rxEnable) this.#usart.writeByte(this.#fromHost.shift()!);
    else this.#cpu.addClockEvent(() => this.#feed(), 100 * unoCyclesPerUs);
  }
}

/**
 * Two faults of avr8js 0.21.1. An empty data register is a level, not an edge: a program that finds nothing to send and
 * asks again later has to be asked again. And a write to UCSR0B must not drop a byte that has been received.
 */
function mendUsart(cpu: CPU, usart: AVRUSART, ucsrb: number): void {
  (usart as unknown as { UDRE: { constant?: boolean } }).UDRE.constant = true;
  const write = cpu.writeHooks[ucsrb];
  const receiverEnable = 0x10;
  cpu.writeHooks[ucsrb] = (value, old, address, mask) =>
    write(value, old & ~receiverEnable, address, mask);
}
