import assert from "node:assert/strict";
import { listPorts, type PortDescription, portKind } from "thimble";
import { parseIoreg } from "../../lib/serial/posix/ioreg_ports.ts";

const linuxOnly = { ignore: Deno.build.os !== "linux" };

/** A made-up machine in a folder. */
class Machine {
  constructor(readonly root: string) {}

  async file(path: string, text: string | Uint8Array): Promise<void> {
    await Deno.mkdir(`${this.root}${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    await Deno.writeFile(this.root + path, bytes);
  }

  async link(path: string, target: string): Promise<void> {
    await Deno.mkdir(`${this.root}${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.symlink(target, this.root + path);
  }

  /** A terminal as the kernel shows it: a link from the class to the device, and one back to what drives it. */
  async terminal(name: string, device: string): Promise<void> {
    await Deno.mkdir(`${this.root}/sys/devices/${device}/tty/${name}`, { recursive: true });
    await this.link(`/sys/devices/${device}/tty/${name}/device`, "../..");
    await this.link(`/sys/class/tty/${name}`, `../../devices/${device}/tty/${name}`);
  }

  async usb(device: string, attributes: Record<string, string | Uint8Array>): Promise<void> {
    for (const [name, text] of Object.entries(attributes)) {
      await this.file(`/sys/devices/${device}/${name}`, text);
    }
  }
}

async function portsOf(build: (machine: Machine) => Promise<void>): Promise<PortDescription[]> {
  const root = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${root}/sys/class/tty`, { recursive: true });
    await build(new Machine(root));
    return await listPorts({ root });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("listPorts() describes what is plugged in", linuxOnly, async () => {
  const ports = await portsOf(async (machine) => {
    // A board's debugger: the terminal hangs on an interface of the USB device.
    await machine.usb("pci0/usb1/1-1", {
      idVendor: "0483\n",
      idProduct: "374b\n",
      serial: "0667FF303\n",
      manufacturer: "STMicroelectronics\n",
      product: "STM32 STLink\n",
    });
    await machine.terminal("ttyACM0", "pci0/usb1/1-1/1-1:1.2");
    const byId = "usb-STMicroelectronics_STM32_STLink_0667FF303-if02";
    await machine.link(`/dev/serial/by-id/${byId}`, "../../ttyACM0");
    // The power shield, behind a hub whose own ids must not be taken.
    await machine.usb("pci0/usb1/1-2", { idVendor: "05e3\n", idProduct: "0610\n" });
    await machine.usb("pci0/usb1/1-2/1-2.1", {
      idVendor: "0483\n",
      idProduct: "5740\n",
      product: "PowerShield (Virtual ComPort in FS Mode)\n",
    });
    await machine.terminal("ttyACM10", "pci0/usb1/1-2/1-2.1/1-2.1:1.0");
    // A USB-serial adapter has one folder more.
    await machine.usb("pci0/usb2/2-1", { idVendor: "0403\n", idProduct: "6001\n" });
    await machine.terminal("ttyUSB0", "pci0/usb2/2-1/2-1:1.0/ttyUSB0");
    // A UART of the machine, one that is not there, and a terminal without a device.
    await machine.terminal("ttyS0", "pnp0/00:00");
    await machine.file("/sys/devices/pnp0/00:00/tty/ttyS0/type", "4\n");
    await machine.terminal("ttyS1", "platform/serial8250");
    await machine.file("/sys/devices/platform/serial8250/tty/ttyS1/type", "0\n");
    await machine.file("/sys/devices/virtual/tty/tty1/dev", "4:1\n");
    await machine.link("/sys/class/tty/tty1", "../../devices/virtual/tty/tty1");
  });
  assert.deepEqual(ports, [
    {
      path: "/dev/ttyACM0",
      kind: "st-link",
      byId: "/dev/serial/by-id/usb-STMicroelectronics_STM32_STLink_0667FF303-if02",
      usbVendorId: 0x0483,
      usbProductId: 0x374b,
      serialNumber: "0667FF303",
      manufacturer: "STMicroelectronics",
      product: "STM32 STLink",
    },
    {
      path: "/dev/ttyACM10",
      kind: "lpm01a",
      usbVendorId: 0x0483,
      usbProductId: 0x5740,
      product: "PowerShield (Virtual ComPort in FS Mode)",
    },
    { path: "/dev/ttyS0", kind: "unknown" },
    { path: "/dev/ttyUSB0", kind: "ftdi", usbVendorId: 0x0403, usbProductId: 0x6001 },
  ]);
});

Deno.test("listPorts() orders by number", linuxOnly, async () => {
  const ports = await portsOf(async (machine) => {
    for (const name of ["ttyACM10", "ttyACM2", "ttyACM1"]) {
      await machine.terminal(name, `platform/${name}`);
    }
  });
  assert.deepEqual(ports.map(({ path }) => path), [
    "/dev/ttyACM1",
    "/dev/ttyACM2",
    "/dev/ttyACM10",
  ]);
});

Deno.test("listPorts() is empty where there is no sysfs", linuxOnly, async () => {
  assert.deepEqual(await listPorts({ root: "/no/such/folder" }), []);
});

Deno.test("listPorts() survives a hostile tree", linuxOnly, async () => {
  const escape = "\u001b[31mred\u0007\u009b";
  const ports = await portsOf(async (machine) => {
    // Ids and strings that are huge, binary, loops, folders or named pipes.
    await machine.usb("a/1-1", {
      idVendor: "0483",
      idProduct: "374e",
      product: "x".repeat(5_000_000),
      manufacturer: `${escape}\n`,
    });
    await machine.link("/sys/devices/a/1-1/serial", "serial");
    await machine.terminal("ttyACM0", "a/1-1/1-1:1.0");
    await machine.usb("b/1-1", { idVendor: "0".repeat(1_000_000), idProduct: "374e" });
    await machine.terminal("ttyACM1", "b/1-1/1-1:1.0");
    await machine.usb("c/1-1", { idVendor: "0x48", idProduct: Uint8Array.of(0xff, 0, 0xfe, 1) });
    await machine.terminal("ttyACM2", "c/1-1/1-1:1.0");
    await Deno.mkdir(`${machine.root}/sys/devices/d/1-1/idVendor`, { recursive: true });
    await machine.terminal("ttyACM3", "d/1-1/1-1:1.0");
    const pipe = `${machine.root}/sys/devices/e/1-1/idVendor`;
    await machine.terminal("ttyACM4", "e/1-1/1-1:1.0");
    assert((await new Deno.Command("mkfifo", { args: [pipe] }).output()).success);
    // Links in circles and out of the tree.
    await machine.link("/sys/class/tty/ttyLoop", "ttyLoop");
    await machine.link("/sys/class/tty/ttyA", "ttyB");
    await machine.link("/sys/class/tty/ttyB", "ttyA");
    await machine.usb("../../outside", { idVendor: "1366", idProduct: "0105" });
    await machine.link("/sys/class/tty/ttyOut/device", "../../../../outside");
    await machine.link("/dev/serial/by-id/circle", "circle");
    // Names that could fool a terminal or a shell.
    await machine.terminal(`tty${escape}`, "f/1-1/1-1:1.0");
    await machine.terminal("tty;reboot", "g/1-1/1-1:1.0");
    await machine.terminal("__proto__", "h/1-1/1-1:1.0");
  });
  const [first, ...rest] = ports;
  assert.deepEqual({ ...first, product: first.product!.length }, {
    path: "/dev/ttyACM0",
    kind: "st-link",
    usbVendorId: 0x0483,
    usbProductId: 0x374e,
    manufacturer: "[31mred",
    product: 512,
  });
  assert.deepEqual(
    rest,
    ["ttyACM1", "ttyACM2", "ttyACM3", "ttyACM4", "ttyOut"]
      .map((name) => ({ path: `/dev/${name}`, kind: "unknown" })),
  );
});

Deno.test("listPorts() lists this machine's ports", {
  ignore: Deno.build.os === "windows",
}, async () => {
  for (const { path } of await listPorts()) assert.match(path, /^\/dev\//);
});

Deno.test("portKind() knows the usual probes, boards and adapters", () => {
  const kinds = [
    [0x0483, 0x374b, "st-link"],
    [0x0483, 0x374e, "st-link"],
    [0x0483, 0x3753, "st-link"],
    [0x0483, 0x3754, "st-link"],
    [0x0483, 0x5740, "stm32"],
    [0x2341, 0x0043, "arduino"],
    [0x1366, 0x1015, "j-link"],
    [0x0d28, 0x0204, "daplink"],
    [0x1915, 0xc00a, "ppk2"],
    [0x0403, 0x6015, "ftdi"],
    [0x10c4, 0xea60, "cp210x"],
    [0x1a86, 0x55d4, "ch34x"],
    [0x1a86, 0x0001, "unknown"],
  ] as const;
  for (const [vendor, product, kind] of kinds) assert.equal(portKind(vendor, product), kind);
  assert.equal(portKind(0x2341, 0x0043, "PowerShield"), "arduino");
});

const IOREG =
  `+-o USB2.0 Hub@14200000  <class IOUSBHostDevice, id 0x100000a01, registered, matched, active>
  | {
  |   "idProduct" = 1552
  |   "idVendor" = 1507
  |   "USB Product Name" = "USB2.0 Hub"
  | }
  | 
  +-o STM32 STLink@14210000  <class IOUSBHostDevice, id 0x100000b01, registered, matched, active>
  | | {
  | |   "idProduct" = 14155
  | |   "USB Product Name" = "STM32 STLink"
  | |   "USB Vendor Name" = "STMicroelectronics "
  | |   "idVendor" = 1155
  | |   "USB Serial Number" = "0667FF303"
  | |   "locationID" = 336592896
  | | }
  | | 
  | +-o ST-Link VCP Ctrl@1  <class IOUSBHostInterface, id 0x100000b02, registered>
  | | | {
  | | |   "idVendor" = 1155
  | | |   "idProduct" = 14155
  | | | }
  | | | 
  | | +-o AppleUSBACMData  <class AppleUSBACMData, id 0x100000b03>
  | |   +-o IOSerialBSDClient  <class IOSerialBSDClient, id 0x100000b04>
  | |       {
  | |         "IOCalloutDevice" = "/dev/cu.usbmodem14203"
  | |         "IODialinDevice" = "/dev/tty.usbmodem14203"
  | |       }
  | |       
  | +-o Storage@2  <class IOUSBHostInterface, id 0x100000b05>
  |     {
  |     }
  +-o FT232R USB UART@14220000  <class IOUSBHostDevice, id 0x100000c01>
    | {
    |   "idVendor" = 1027
    |   "idProduct" = 24577
    | }
    +-o IOSerialBSDClient  <class IOSerialBSDClient, id 0x100000c04>
        {
          "IOCalloutDevice" = "/dev/cu.usbserial-A50285BI"
        }
+-o STM32 STLink@14210000  <class IOUSBHostDevice, id 0x100000b01>
  | {
  |   "idVendor" = 1155
  |   "idProduct" = 14155
  | }
  +-o IOSerialBSDClient  <class IOSerialBSDClient, id 0x100000b04>
      {
        "IOCalloutDevice" = "/dev/cu.usbmodem14203"
      }
`;

Deno.test("parseIoreg() finds each port and the device above it", () => {
  assert.deepEqual(parseIoreg(IOREG), [
    {
      path: "/dev/cu.usbmodem14203",
      usb: {
        vendorId: 0x0483,
        productId: 0x374b,
        serialNumber: "0667FF303",
        manufacturer: "STMicroelectronics",
        product: "STM32 STLink",
      },
    },
    { path: "/dev/cu.usbserial-A50285BI", usb: { vendorId: 0x0403, productId: 0x6001 } },
  ]);
});

Deno.test("parseIoreg() survives any text", () => {
  let seed = 1;
  const random = (limit: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor(seed / 2 ** 32 * limit);
  };
  for (let round = 0; round < 500; round++) {
    const characters = [...IOREG];
    for (let change = 0; change < 40; change++) {
      const at = random(characters.length);
      const how = random(3);
      if (how === 0) characters.splice(at, random(60));
      else if (how === 1) characters.splice(at, 0, ...characters.slice(random(at), at).slice(-80));
      else characters[at] = String.fromCharCode(random(128));
    }
    for (const { path, usb } of parseIoreg(characters.join(""))) {
      assert.match(path, /^\/dev\/cu\.[\w.+-]+$/);
      assert(usb === undefined || (usb.vendorId <= 0xffff && usb.productId <= 0xffff));
    }
  }
  assert.deepEqual(parseIoreg('"IOCalloutDevice" = "/dev/cu.x"'), []);
  assert.deepEqual(parseIoreg(`+-o a <class b>\n  "IOCalloutDevice" = "/etc/passwd"`), []);
  assert.deepEqual(parseIoreg(" |".repeat(200_000) + '"idVendor" = 1'), []);
});
