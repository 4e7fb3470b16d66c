/**
 * Which serial ports there are, and what is likely behind them.
 *
 * @module
 */
import { UnsupportedSystemError } from "./port_errors.ts";
import type { UsbDevice } from "./posix/usb_device.ts";

/**
 * What a port's USB ids say: the interface chip or probe, which is not yet what it is used for. An "st-link", "j-link" or
 * "daplink" is a board's debugger with the board's UART behind it; an "ftdi", "cp210x" or "ch34x" adapter can have
 * anything behind it; an "stm32" is a chip with ST's own USB stack.
 */
export type PortKind =
  | "st-link"
  | "j-link"
  | "daplink"
  | "arduino"
  | "lpm01a"
  | "ppk2"
  | "stm32"
  | "ftdi"
  | "cp210x"
  | "ch34x"
  | "unknown";

/** A serial port as {@linkcode listPorts} finds it. */
export interface PortDescription {
  /** What to open, such as "/dev/ttyACM0". */
  path: string;
  /** A name that stays the same wherever it is plugged in (Linux), such as "/dev/serial/by-id/usb-…". */
  byId?: string;
  /** What its ids say. */
  kind: PortKind;
  /** USB vendor id. */
  usbVendorId?: number;
  /** USB product id. */
  usbProductId?: number;
  /** The device's serial number, as it says. */
  serialNumber?: string;
  /** The device's maker, as it says. */
  manufacturer?: string;
  /** The device's name, as it says. */
  product?: string;
}

/** Options of {@linkcode listPorts}. */
export interface ListPortsOptions {
  /** Folder that stands for "/" (Linux): a copy of another machine's `/sys` and `/dev`, or a made-up one in a test. */
  root?: string;
}

const ANY = "*";

/** From linux-usb.org/usb.ids and the makers' own drivers. */
const KINDS: Readonly<Record<string, PortKind>> = {
  "0483:374b": "st-link",
  "0483:374e": "st-link",
  "0483:374f": "st-link",
  "0483:3752": "st-link",
  "0483:3753": "st-link",
  "0483:3754": "st-link",
  "0483:3757": "st-link",
  "0483:5740": "stm32",
  "2341:*": "arduino",
  "2a03:*": "arduino",
  "1366:*": "j-link",
  "0d28:0204": "daplink",
  "1915:c00a": "ppk2",
  "0403:6001": "ftdi",
  "0403:6010": "ftdi",
  "0403:6011": "ftdi",
  "0403:6014": "ftdi",
  "0403:6015": "ftdi",
  "10c4:ea60": "cp210x",
  "1a86:7523": "ch34x",
  "1a86:55d4": "ch34x",
};

/**
 * What USB ids say. ST's power shield LPM01A has the ids of any STM32 with ST's USB stack; its name tells it.
 *
 * @example
 * ```ts
 * import { portKind } from "thimble";
 * import assert from "node:assert/strict";
 *
 * assert.equal(portKind(0x0483, 0x374b), "st-link");
 * assert.equal(portKind(0x0483, 0x5740, "PowerShield (Virtual ComPort in FS Mode)"), "lpm01a");
 * assert.equal(portKind(0xffff, 0x0001), "unknown");
 * ```
 */
export function portKind(usbVendorId: number, usbProductId: number, product = ""): PortKind {
  const [vendor, device] = [usbVendorId, usbProductId].map((id) =>
    id.toString(16).padStart(4, "0")
  );
  const kind = KINDS[`${vendor}:${device}`] ?? KINDS[`${vendor}:${ANY}`] ?? "unknown";
  return kind === "stm32" && /^PowerShield\b/i.test(product) ? "lpm01a" : kind;
}

/**
 * The serial ports of this machine, ordered by path. Nothing is opened, so no board is reset. On Linux all that have
 * hardware behind them, on macOS those on USB.
 *
 * Needs, on Linux, the same permission as `PosixSerialPort` (`--allow-ffi`: Deno's own file calls may not read /sys); on
 * macOS, `--allow-run=/usr/sbin/ioreg`.
 *
 * @throws {PortAccessError} When Deno does not permit it.
 * @throws {UnsupportedSystemError} On another operating system.
 *
 * @example
 * ```ts
 * import { listPorts } from "thimble";
 *
 * const probe = (await listPorts()).find((port) => port.kind === "st-link");
 * console.log(probe?.path);
 * ```
 */
export async function listPorts(options: ListPortsOptions = {}): Promise<PortDescription[]> {
  const { os } = Deno.build;
  if (os !== "linux" && os !== "darwin") {
    throw new UnsupportedSystemError(
      `Cannot list the ports as '${os}' has no implementation here`,
      {
        missing: `a list of serial ports on ${os}`,
        hint: "Use Linux or macOS",
      },
    );
  }
  const found = os === "linux"
    ? (await import("./posix/sysfs_ports.ts")).sysfsPorts(options.root)
    : await (await import("./posix/ioreg_ports.ts")).ioregPorts();
  return found
    .map(({ path, byId, usb }) => describe(path, byId, usb))
    .sort((a, b) => a.path.localeCompare(b.path, "en", { numeric: true }));
}

function describe(path: string, byId?: string, usb?: UsbDevice): PortDescription {
  const port: PortDescription = { path, kind: "unknown" };
  if (byId) port.byId = byId;
  if (!usb) return port;
  const { vendorId, productId, ...strings } = usb;
  return {
    ...port,
    kind: portKind(vendorId, productId, usb.product),
    usbVendorId: vendorId,
    usbProductId: productId,
    ...strings,
  };
}
