/**
 * Serial ports on Linux, from sysfs.
 *
 * @module
 */
import { listFolder, readLink, readStart, realPath } from "./files.ts";
import { acquireLibc } from "./acquire_libc.ts";
import { type UsbDevice, usbDeviceOf } from "./usb_device.ts";

/** A port before it is described. */
export interface FoundPort {
  path: string;
  byId?: string;
  usb?: UsbDevice;
}

const NAME = /^[A-Za-z][A-Za-z0-9_.-]*$/;
/** A UART that the kernel reserved a name for but that is not there. */
const TYPE_UNKNOWN = "0";

/** Terminals with a device behind them. */
export function sysfsPorts(root = ""): FoundPort[] {
  const libc = acquireLibc("list the ports", "/sys/class/tty");
  try {
    const byIdFolder = "/dev/serial/by-id";
    const byId = new Map<string, string>();
    for (const name of listFolder(libc, root + byIdFolder)) {
      const target = readLink(libc, `${root}${byIdFolder}/${name}`)?.split("/").at(-1);
      if (target) byId.set(target, `${byIdFolder}/${name}`);
    }
    const terminals = `${root}/sys/class/tty`;
    return listFolder(libc, terminals)
      .filter((name) => NAME.test(name))
      .filter((name) => realPath(libc, `${terminals}/${name}/device`) !== undefined)
      .filter((name) => readStart(libc, `${terminals}/${name}/type`, 16) !== TYPE_UNKNOWN)
      .map((name) => ({
        path: `/dev/${name}`,
        byId: byId.get(name),
        usb: usbDeviceOf(libc, name, root),
      }));
  } finally {
    libc.release();
  }
}
