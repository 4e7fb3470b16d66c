/**
 * Serial ports on macOS, from what `ioreg` prints.
 *
 * @module
 */
import { PortAccessError, PortSystemError } from "../port_errors.ts";
import type { FoundPort } from "./sysfs_ports.ts";
import type { UsbDevice } from "./usb_device.ts";

const IOREG = "/usr/sbin/ioreg";

/** Ports of USB devices. */
export async function ioregPorts(): Promise<FoundPort[]> {
  const command = new Deno.Command(IOREG, { args: ["-r", "-c", "IOUSBHostDevice", "-l", "-w0"] });
  try {
    const { success, code, stdout } = await command.output();
    if (success) return parseIoreg(new TextDecoder().decode(stdout));
    throw new PortSystemError(`Cannot list the ports as '${IOREG}' exited with code '${code}'`, {
      port: "/dev",
      call: IOREG,
      code: String(code),
    });
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotCapable)) throw cause;
    throw new PortAccessError(`Cannot list the ports as Deno does not permit to run '${IOREG}'`, {
      port: "/dev",
      hint: `Run with '--allow-run=${IOREG}'`,
      cause,
    });
  }
}

/**
 * Finds the ports in the text of `ioreg -r -c IOUSBHostDevice -l -w0`: a tree by indentation, in which a device's ids and
 * strings stand before its interfaces, which repeat the ids, and the port ("IOCalloutDevice") below them.
 */
export function parseIoreg(text: string): FoundPort[] {
  const ports = new Map<string, FoundPort>();
  let path: { depth: number; isDevice: boolean; usb: Partial<UsbDevice> }[] = [];
  for (const line of text.split("\n")) {
    const depth = line.indexOf("+-o ");
    if (depth >= 0 && /^[ |]*$/.test(line.slice(0, depth))) {
      path = path.filter((node) => node.depth < depth);
      path.push({ depth, isDevice: /<class IOUSB(Host)?Device\b/.test(line), usb: {} });
      continue;
    }
    const property = /^[ |]*"([^"]{1,64})" = (?:"([^"]{0,1024})"|(\d{1,10}))\s*$/.exec(line);
    const node = path.at(-1);
    if (!property || !node) continue;
    const [, key, string, number] = property;
    if (string !== undefined) {
      if (key === "IOCalloutDevice" && /^\/dev\/cu\.[\w.+-]+$/.test(string)) {
        const usb = path.findLast(({ isDevice }) => isDevice)?.usb;
        const port = usb && isComplete(usb) ? { path: string, usb } : { path: string };
        if (!ports.has(string)) ports.set(string, port);
      } else setString(node.usb, key, string);
    } else if (Number(number) <= 0xffff) {
      if (key === "idVendor") node.usb.vendorId = Number(number);
      if (key === "idProduct") node.usb.productId = Number(number);
    }
  }
  return [...ports.values()];
}

function setString(usb: Partial<UsbDevice>, key: string, value: string): void {
  // deno-lint-ignore no-control-regex -- they are what is removed
  const text = value.replace(/[\u0000-\u001f\u007f-\u009f]/g, "").trim();
  if (!text) return;
  if (key === "USB Serial Number" || key === "kUSBSerialNumberString") usb.serialNumber = text;
  if (key === "USB Vendor Name" || key === "kUSBVendorString") usb.manufacturer = text;
  if (key === "USB Product Name" || key === "kUSBProductString") usb.product = text;
}

function isComplete(usb: Partial<UsbDevice>): usb is UsbDevice {
  return usb.vendorId !== undefined && usb.productId !== undefined;
}
