import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { VirtualClock } from "../../../lib/clock.ts";
import { InputError } from "../../../lib/errors.ts";
import { FlashError } from "../../../lib/serial/flash/flash_error.ts";
import { hexRange, readFlashImage } from "../../../lib/serial/flash/flash_image.ts";
import { flashNucleo } from "../../../lib/serial/flash/flash_nucleo.ts";
import { nucleoVolumes } from "../../../lib/serial/flash/nucleo_volumes.ts";
import { seededRandom } from "../../../lib/seeded_random.ts";
import { inFolder, thimble } from "../../cli/thimble.ts";

const unoHex = fileURLToPath(
  new URL("../../../firmware/io-manager/io_manager.hex", import.meta.url),
);

/** A binary as a compiler for an STM32 makes it. */
function program(text = ""): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(600);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x2000_a000, true);
  view.setUint32(4, 0x0800_01c1, true);
  bytes.set(new TextEncoder().encode(text), 400);
  return bytes;
}

async function write(folder: string, name: string, bytes: Uint8Array | string): Promise<string> {
  const path = `${folder}/${name}`;
  if (typeof bytes === "string") await Deno.writeTextFile(path, bytes);
  else await Deno.writeFile(path, bytes);
  return path;
}

/** A folder that stands for the drive of an ST-LINK. */
async function drive(folder: string, label = "NODE_L4R5ZI", mark = "MBED.HTM"): Promise<string> {
  const path = `${folder}/media/user/${label}`;
  await Deno.mkdir(path, { recursive: true });
  if (mark) await Deno.writeTextFile(`${path}/${mark}`, "");
  return path;
}

async function mounts(folder: string, lines: string[]): Promise<void> {
  await Deno.mkdir(`${folder}/proc`, { recursive: true });
  await Deno.writeTextFile(`${folder}/proc/mounts`, lines.join("\n") + "\n");
}

const hexLine = (bytes: number[]) => {
  const sum = bytes.reduce((a, b) => a + b, 0);
  return ":" + [...bytes, -sum & 255].map((b) => b.toString(16).padStart(2, "0")).join("");
};
const stmHex = [
  hexLine([2, 0, 0, 4, 0x08, 0x00]),
  hexLine([4, 0, 0, 0, 1, 2, 3, 4]),
  hexLine([0, 0, 0, 1]),
].join("\r\n");

Deno.test("readFlashImage() tells by its addresses what an image is for", () =>
  inFolder(async (folder) => {
    const uno = await readFlashImage(unoHex);
    assert.deepEqual([uno.board, uno.format], ["uno", "hex"]);
    const bin = await readFlashImage(
      await write(folder, "a.bin", program("Thimble firmware 0.1.0 for NUCLEO-L4R5ZI at 120 MHz")),
    );
    assert.deepEqual(
      [bin.board, bin.format, bin.builtFor],
      ["nucleo", "bin", "NUCLEO-L4R5ZI"],
    );
    const hex = await readFlashImage(await write(folder, "a.hex", stmHex));
    assert.deepEqual([hex.board, hex.format], ["nucleo", "hex"]);
    const refused: [string, Uint8Array | string, RegExp][] = [
      ["a.elf", "\x7fELF....", /ELF/],
      ["text.bin", "nothing that runs anywhere", /no program/],
      ["empty.bin", "", /no program/],
      ["cut.hex", stmHex.slice(0, -10), /damaged/],
      [
        "far.hex",
        [hexLine([2, 0, 0, 4, 0x20, 0]), hexLine([1, 0, 0, 0, 1]), hexLine([0, 0, 0, 1])]
          .join("\n"),
        /no board/,
      ],
    ];
    for (const [name, bytes, why] of refused) {
      await assert.rejects(
        readFlashImage(await write(folder, name, bytes)),
        (error: InputError) => {
          assert.ok(error instanceof InputError);
          assert.match(error.message, why);
          return true;
        },
      );
    }
    await assert.rejects(readFlashImage(`${folder}/none.bin`), InputError);
    await assert.rejects(readFlashImage(folder), InputError);
  }));

Deno.test("hexRange() finds the range, and no damage passes", () => {
  assert.deepEqual(hexRange(stmHex), { from: 0x0800_0000, to: 0x0800_0004 });
  const random = seededRandom(3);
  for (let i = 0; i < 2000; i++) {
    const at = Math.floor(random() * stmHex.length);
    const changed = stmHex.slice(0, at) + String.fromCharCode(32 + Math.floor(random() * 90)) +
      stmHex.slice(at + 1);
    // White space is none, and digits may be capital letters.
    const same = changed.replace(/\s+/g, "\n").toLowerCase() === stmHex.replace(/\s+/g, "\n");
    assert.equal(hexRange(changed) === undefined, !same, changed);
  }
});

/** A program in Intel HEX, 16 bytes a record. */
function hexOf(bytes: Uint8Array): string {
  const records = [hexLine([2, 0, 0, 4, 0x08, 0x00])];
  for (let at = 0; at < bytes.length; at += 16) {
    const data = [...bytes.subarray(at, at + 16)];
    records.push(hexLine([data.length, at >> 8, at & 255, 0, ...data]));
  }
  return [...records, hexLine([0, 0, 0, 1])].join("\n");
}

Deno.test("flashNucleo() knows the board that a program is for, in both formats", () =>
  inFolder(async (folder) => {
    const boards: [label: string, builtFor: string, fits: boolean][] = [
      ["NODE_L4R5ZI", "NUCLEO-L4R5ZI", true],
      ["NODE_L4R5ZI1", "NUCLEO-L4R5ZI", true], // the second one that is mounted
      ["DIS_L4IOT", "B-L475E-IOT01A", true],
      ["NODE_L4R5ZI", "B-L475E-IOT01A", false],
      ["DIS_L4IOT", "NUCLEO-L4R5ZI", false],
      ["NODE_F446RE", "NUCLEO-L4R5ZI", false],
    ];
    for (const [label, builtFor, fits] of boards) {
      const volume = await drive(folder, label);
      const bytes = program(`Thimble firmware 0.1.0 for ${builtFor} at 80 MHz`);
      for (
        const path of [
          await write(folder, "a.bin", bytes),
          await write(folder, "a.hex", hexOf(bytes)),
        ]
      ) {
        const flashed = flashNucleo(await readFlashImage(path), { volume, dryRun: true });
        if (fits) assert.equal((await flashed).volume.label, label);
        else await assert.rejects(flashed, InputError, `${path} to ${label}`);
      }
    }
  }));

Deno.test("thimble flash takes the folder that it is called in", () =>
  inFolder(async (folder) => {
    const volume = await drive(folder);
    const image = await write(folder, "firmware.bin", program());
    const { out, err } = await thimble([
      "--cwd",
      volume,
      "flash",
      image,
      "--volume",
      ".",
      "--dry-run",
    ]);
    assert.equal(err, "");
    assert.equal(out, `Would copy '${image}' to './thimble.bin'\n`);
  }));

Deno.test("nucleoVolumes() finds the drives of ST-LINKs among what is mounted", {
  ignore: Deno.build.os !== "linux",
}, () =>
  inFolder(async (folder) => {
    await drive(folder);
    await drive(folder, "NODE_F401RE", "DETAILS.TXT");
    await drive(folder, "NODE_NOTHING", "");
    await drive(folder, "HOLIDAY", "MBED.HTM");
    const spaced = `${folder}/media/a b/NOD_L4R5ZI`;
    await Deno.mkdir(spaced, { recursive: true });
    await Deno.writeTextFile(`${spaced}/DETAILS.TXT`, "");
    await mounts(folder, [
      "/dev/sda1 / ext4 rw 0 0",
      "/dev/sdb /media/user/NODE_L4R5ZI vfat rw 0 0",
      "/dev/sdc /media/user/NODE_F401RE ext4 rw 0 0",
      "/dev/sdd /media/user/NODE_NOTHING vfat rw 0 0",
      "/dev/sde /media/user/HOLIDAY vfat rw 0 0",
      "/dev/sdf /media/a\\040b/NOD_L4R5ZI vfat rw 0 0",
      "damaged",
    ]);
    assert.deepEqual((await nucleoVolumes({ root: folder })).map(({ label }) => label), [
      "NODE_L4R5ZI",
      "NOD_L4R5ZI",
    ]);
  }));

/** Flashes in virtual time; the drive does `then` after two seconds. */
async function flash(
  folder: string,
  volume: string,
  text: string,
  then: (target: string) => Promise<void>,
) {
  const clock = new VirtualClock();
  const image = await readFlashImage(await write(folder, "firmware.bin", program(text)));
  let result: Promise<void> | undefined;
  clock.schedule(2000, () => {
    const release = clock.hold();
    // Virtual time does not wait for files.
    const target = `${volume}/thimble.bin`;
    const isWhole = () => Deno.stat(target).then(({ size }) => size === image.bytes.length);
    result = (async () => {
      while (!await isWhole().catch(() => false));
      await then(target);
    })().finally(release);
  });
  const flashed = await flashNucleo(image, { volume, clock });
  await result;
  return flashed;
}

Deno.test("flashNucleo() copies the program, and is done when the drive has taken it", () =>
  inFolder(async (folder) => {
    const volume = await drive(folder);
    let copied: Uint8Array | undefined;
    const flashed = await flash(folder, volume, "", async (target) => {
      copied = await Deno.readFile(target);
      await Deno.remove(target);
    });
    assert.deepEqual(copied, program());
    assert.equal(flashed.confirmed, true);
    assert.equal(flashed.volume.label, "NODE_L4R5ZI");
  }));

Deno.test("flashNucleo() says what FAIL.TXT says", () =>
  inFolder(async (folder) => {
    const volume = await drive(folder);
    const flashed = flash(folder, volume, "", async (target) => {
      await Deno.writeTextFile(`${volume}/FAIL.TXT`, "The interface firmware FAILED to reset\r\n");
      await Deno.remove(target);
    });
    await assert.rejects(flashed, (error: FlashError) => {
      assert.ok(error instanceof FlashError);
      assert.match(error.message, /'The interface firmware FAILED to reset'/);
      return true;
    });
  }));

Deno.test("flashNucleo() does not say that it is done where the drive does not answer", () =>
  inFolder(async (folder) => {
    const volume = await drive(folder);
    const flashed = await flash(folder, volume, "", () => Promise.resolve());
    assert.equal(flashed.confirmed, false);
  }));

Deno.test("flashNucleo() writes to nothing that it does not recognise", () =>
  inFolder(async (folder) => {
    const stick = await drive(folder, "HOLIDAY");
    const bare = await drive(folder, "NODE_L476RG", "");
    const other = await drive(folder, "NODE_F401RE");
    const image = await readFlashImage(
      await write(folder, "a.bin", program("Thimble firmware 0.1.0 for NUCLEO-L4R5ZI at 120 MHz")),
    );
    for (const volume of [stick, bare, other, `${folder}/none`]) {
      await assert.rejects(flashNucleo(image, { volume }), InputError);
    }
    for (const volume of [stick, bare, other]) {
      const names = (await Array.fromAsync(Deno.readDir(volume))).map(({ name }) => name);
      assert.ok(!names.some((name) => name.startsWith("thimble")));
    }
    if (Deno.build.os !== "linux") return;
    await mounts(folder, []);
    await assert.rejects(flashNucleo(image, { root: folder }), /Cannot find the drive/);
    await drive(folder, "NODE_L4R5ZI");
    await mounts(folder, [
      "/dev/sdb /media/user/NODE_L4R5ZI vfat rw 0 0",
      "/dev/sdc /media/user/NODE_F401RE vfat rw 0 0",
    ]);
    await assert.rejects(flashNucleo(image, { root: folder }), /Cannot choose between/);
  }));

Deno.test("thimble flash says what it would do, and refuses what is unfit", () =>
  inFolder(async (folder) => {
    const volume = await drive(folder);
    const image = await write(folder, "firmware.bin", program());
    const dry = await thimble(["flash", image, "--volume", volume, "--dry-run"]);
    assert.equal(dry.out, `Would copy '${image}' to '${volume}/thimble.bin'\n`);
    assert.equal(dry.code, 0);
    const uno = await thimble(["flash", unoHex, "--port", "/dev/ttyACM7", "--dry-run"]);
    assert.equal(
      uno.out,
      "Would call: avrdude -p atmega328p -c arduino -P /dev/ttyACM7 -b 115200 -D " +
        `-U flash:w:${unoHex}:i\n`,
    );
    for (
      const args of [
        [image, "--board", "uno"],
        [unoHex, "--board", "nucleo"],
        [image, "--board", "toaster"],
        [image, "--volume", folder],
        [image, "--port", "/dev/ttyACM0"],
        [unoHex, "--volume", volume],
        [],
      ]
    ) assert.equal((await thimble(["flash", ...args])).code, 2, args.join(" "));
  }));

/** Runs the command line with an `avrdude` of ours, or none, in PATH. */
async function flashUnoWith(script: string | undefined, folder: string) {
  const bin = `${folder}/bin`;
  await Deno.mkdir(bin, { recursive: true });
  if (script !== undefined) {
    await Deno.writeTextFile(`${bin}/avrdude`, `#!/bin/sh\n${script}\n`);
    await Deno.chmod(`${bin}/avrdude`, 0o755);
  }
  const before = Deno.env.get("PATH");
  // The whole PATH: nothing else is called.
  Deno.env.set("PATH", bin);
  try {
    return await thimble(["flash", unoHex, "--board", "uno", "--port", "/dev/ttyACM7"]);
  } finally {
    Deno.env.set("PATH", before ?? "");
  }
}

Deno.test("thimble flash calls avrdude, and says how where there is none", () =>
  inFolder(async (folder) => {
    const command = `avrdude -p atmega328p -c arduino -P /dev/ttyACM7 -b 115200 -D ` +
      `-U flash:w:${unoHex}:i`;
    const absent = await flashUnoWith(undefined, folder);
    assert.equal(absent.code, 3);
    assert.ok(absent.err.includes(command), absent.err);
    assert.match(absent.err, /apt-get install avrdude/);
    const done = await flashUnoWith(`echo "$@" >> ${folder}/called`, folder);
    assert.equal(done.code, 0, done.err);
    assert.match(done.out, /^Flashed .* to the UNO at '\/dev\/ttyACM7'\n$/);
    const called = await Deno.readTextFile(`${folder}/called`);
    assert.deepEqual(called.split("\n"), ["-?", command.slice(8), ""]);
    const failed = await flashUnoWith(
      '[ "$1" = "-?" ] && exit 1\necho "stk500_recv(): programmer is not responding" >&2\nexit 1',
      folder,
    );
    assert.equal(failed.code, 3);
    assert.match(failed.err, /programmer is not responding/);
  }));
