/**
 * The DUT behind an IO manager as a port.
 *
 * @module
 */
import { portLost, type Wire, WirePort } from "./wire_port.ts";

/** Text of the DUT that waits for a reader, in bytes; what comes beyond it is lost. */
const mostUnread = 65_536;
/** Characters of a command that are kept; no IO manager takes so many. */
const longestCommand = 256;

/** The DUT as a port: commands go out through the IO manager, lines come back through it. */
export class DutPort extends WirePort {
  readonly #attach: (wire: DutWire | undefined) => void;
  readonly #passOn: (command: string) => Promise<void>;

  /** `attach` gets the wire that takes the DUT's text, while it is open; `passOn` sends a command. */
  constructor(
    attach: (wire: DutWire | undefined) => void,
    passOn: (command: string) => Promise<void>,
  ) {
    super("DUT behind an IO manager");
    this.#attach = attach;
    this.#passOn = passOn;
  }

  protected override connect(): Promise<Wire> {
    const wire = new DutWire(this.name, this.#passOn, () => this.#attach(undefined));
    this.#attach(wire);
    return Promise.resolve(wire);
  }
}

/** One connection of a {@linkcode DutPort}. */
export class DutWire implements Wire {
  readonly #name: string;
  readonly #passOn: (command: string) => Promise<void>;
  readonly #detach: () => void;
  #unread: Uint8Array[] = [];
  #unreadBytes = 0;
  #command = "";
  #isOver = false;
  #wake: (() => void) | undefined;

  constructor(name: string, passOn: (command: string) => Promise<void>, detach: () => void) {
    this.#name = name;
    this.#passOn = passOn;
    this.#detach = detach;
  }

  /** Takes text of the DUT. */
  keep(bytes: Uint8Array): void {
    if (this.#unreadBytes + bytes.length > mostUnread) return;
    this.#unreadBytes += bytes.length;
    this.#unread.push(bytes);
    this.#wake?.();
  }

  /** The IO manager is gone. */
  end(): void {
    this.#isOver = true;
    this.#wake?.();
  }

  async read(): Promise<Uint8Array | null> {
    while (this.#unread.length === 0) {
      if (this.#isOver) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const bytes = this.#unread.shift()!;
    this.#unreadBytes -= bytes.length;
    return bytes;
  }

  // Half a command waits for its other half: an IO manager takes whole ones.
  async write(bytes: Uint8Array): Promise<void> {
    for (const byte of bytes) {
      if (this.#isOver) throw portLost(this.#name);
      if (byte !== 0x25) {
        if (this.#command.length < longestCommand) this.#command += String.fromCharCode(byte);
        continue;
      }
      const command = this.#command;
      this.#command = "";
      await this.#passOn(command);
    }
  }

  close(): void {
    this.#detach();
    this.end();
  }
}
