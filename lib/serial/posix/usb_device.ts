/**
 * The USB device behind a terminal, from Linux's sysfs.
 *
 * @module
 */
import { readStart, realPath } from "./files.ts";
import type { Libc } from "./libc.ts";

/** What a USB device says of itself. */
export interface UsbDevice {
  vendorId: number;
  productId: number;
  serialNumber?: string;
  manufacturer?: string;
  product?: string;
}

/** An interface is at most this many folders below its device. */
const MAX_DEPTH = 4;
/** USB strings hold at most 126 characters. */
const MAX_STRING = 512;

/**
 * The USB device of the terminal `path`, such as "/dev/ttyACM0"; undefined where it is on no USB, or not Linux.
 *
 * @param root Folder that stands for "/", so that a test can make one up.
 */
export function usbDeviceOf(libc: Libc, path: string, root = ""): UsbDevice | undefined {
  if (Deno.build.os !== "linux") return undefined;
  const name = path.slice(path.lastIndexOf("/") + 1);
  const devices = realPath(libc, `${root}/sys/devices`) + "/";
  let folder = realPath(libc, `${root}/sys/class/tty/${name}/device`);
  for (let depth = 0; depth < MAX_DEPTH && folder?.startsWith(devices); depth++) {
    const vendorId = readId(libc, `${folder}/idVendor`);
    const productId = readId(libc, `${folder}/idProduct`);
    if (vendorId !== undefined && productId !== undefined) {
      const device: UsbDevice = { vendorId, productId };
      const serialNumber = readText(libc, `${folder}/serial`);
      const manufacturer = readText(libc, `${folder}/manufacturer`);
      const product = readText(libc, `${folder}/product`);
      if (serialNumber) device.serialNumber = serialNumber;
      if (manufacturer) device.manufacturer = manufacturer;
      if (product) device.product = product;
      return device;
    }
    folder = folder.slice(0, folder.lastIndexOf("/"));
  }
}

function readId(libc: Libc, path: string): number | undefined {
  const text = readStart(libc, path, 16);
  return text && /^[0-9a-f]{4}$/i.test(text) ? parseInt(text, 16) : undefined;
}

/** A string of the device: untrusted, so without control characters. */
function readText(libc: Libc, path: string): string | undefined {
  // deno-lint-ignore no-control-regex -- they are what is removed
  return readStart(libc, path, MAX_STRING)?.replace(/[\u0000-\u001f\u007f-\u009f]/g, "");
}
