/**
 * A device's side of a port, without a second port.
 *
 * @module
 */
import { portLost, type Wire, WirePort } from "../../wire_port.ts";

/** What a device does with a connection. */
export interface Device {
  /** Bytes from the host. */
  receive(bytes: Uint8Array): void;
  /** The host has closed. */
  close?(): void;
}

/** How a device speaks to the host. */
export interface DeviceLine {
  /** Sends bytes. */
  send(bytes: Uint8Array): void;
  /** Bytes that the host has not read. */
  readonly unread: number;
  /** Vanishes, as if unplugged. */
  vanish(): void;
}

/** A port with a device behind it that is made anew whenever the port is opened. */
export class DevicePort extends WirePort {
  readonly #makeDevice: (line: DeviceLine) => Device;

  /** Makes a closed port. */
  constructor(name: string, makeDevice: (line: DeviceLine) => Device) {
    super(name);
    this.#makeDevice = makeDevice;
  }

  /** Powers the device. */
  protected override connect(): Promise<Wire> {
    let chunks: Uint8Array[] = [];
    let unread = 0;
    let isGone = false;
    let wake: (() => void) | undefined;
    const take = () => {
      const bytes = new Uint8Array(unread);
      let at = 0;
      for (const chunk of chunks) {
        bytes.set(chunk, at);
        at += chunk.length;
      }
      chunks = [];
      unread = 0;
      return bytes;
    };
    const device = this.#makeDevice({
      send: (bytes) => {
        if (isGone || bytes.length === 0) return;
        chunks.push(bytes);
        unread += bytes.length;
        wake?.();
      },
      get unread() {
        return unread;
      },
      vanish: () => {
        isGone = true;
        wake?.();
      },
    });
    return Promise.resolve({
      read: async () => {
        if (unread === 0 && !isGone) await new Promise<void>((resolve) => wake = resolve);
        wake = undefined;
        return unread > 0 ? take() : null;
      },
      write: (bytes) => {
        if (isGone) throw portLost(this.name);
        device.receive(bytes);
      },
      close: () => {
        isGone = true;
        wake?.();
        device.close?.();
      },
    });
  }
}
