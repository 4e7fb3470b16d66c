/**
 * Flashing a NUCLEO board through the drive that its ST-LINK shows.
 *
 * @module
 */
import { type Clock, delay, systemClock } from "../../clock.ts";
import { InputError } from "../../errors.ts";
import { FlashError } from "./flash_error.ts";
import type { FlashImage } from "./flash_image.ts";
import { nucleoLabel, type NucleoVolume, nucleoVolumes } from "./nucleo_volumes.ts";

/** How {@linkcode flashNucleo} finds the board, and how long it waits. */
export interface FlashNucleoOptions {
  /** Where the board's drive is mounted. @default {the only one that is} */
  volume?: string;
  /** Only find the board. @default {false} */
  dryRun?: boolean;
  /** Folder that stands for "/": a made-up one in a test. */
  root?: string;
  /** How long the board may take, in ms. @default {30000} */
  deadlineMs?: number;
  /** Where time comes from. @default {systemClock} */
  clock?: Clock;
  /** Ends the wait when it aborts. */
  signal?: AbortSignal;
}

/** What came of it. */
export interface FlashedNucleo {
  /** The board's drive. */
  volume: NucleoVolume;
  /** The file on it that the program was copied to. */
  target: string;
  /** Whether the drive has taken the file and come back without a complaint; false after a dry run. */
  confirmed: boolean;
}

const pollMs = 250;

/**
 * Copies a program to the drive of a NUCLEO board, and waits until the ST-LINK has flashed it.
 *
 * Only writes to a drive that has an ST-LINK's label and files, and never a firmware that says it is for another board.
 *
 * @throws {InputError} Where there is no such drive, or more than one.
 * @throws {FlashError} Where the ST-LINK refuses the program, with its words from FAIL.TXT.
 *
 * @example
 * ```ts
 * import { flashNucleo, readFlashImage } from "thimble";
 * import assert from "node:assert/strict";
 *
 * // A drive and a program as they are, made up
 * const folder = await Deno.makeTempDir();
 * const volume = `${folder}/NODE_L4R5ZI`;
 * await Deno.mkdir(volume);
 * await Deno.writeTextFile(`${volume}/MBED.HTM`, "");
 * const start = Uint8Array.of(0, 0, 0, 0x20, 0xc1, 1, 0, 8);
 * await Deno.writeFile(`${folder}/firmware.bin`, start);
 *
 * const image = await readFlashImage(`${folder}/firmware.bin`);
 * const { target } = await flashNucleo(image, { volume, dryRun: true });
 * assert.equal(target, `${volume}/thimble.bin`);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function flashNucleo(
  image: FlashImage,
  options: FlashNucleoOptions = {},
): Promise<FlashedNucleo> {
  const { deadlineMs = 30_000, clock = systemClock, signal } = options;
  const volume = await findVolume(options);
  checkBoard(image, volume);
  const target = `${volume.path}/thimble.${image.format}`;
  if (options.dryRun) return { volume, target, confirmed: false };
  await copy(image, target);
  const end = clock.now() + deadlineMs;
  while (clock.now() < end) {
    await delay(clock, pollMs, signal);
    // The drive goes away and comes back; the file is gone then.
    if (!await exists(volume.path) || await exists(target)) continue;
    const complaint = await readComplaint(volume);
    if (complaint === undefined) return { volume, target, confirmed: true };
    throw new FlashError(`Cannot flash '${volume.label}' as its ST-LINK says '${complaint}'`, {
      hint: "Unplug the board, plug it in again, and try once more",
    });
  }
  return { volume, target, confirmed: false };
}

async function findVolume({ volume, root }: FlashNucleoOptions): Promise<NucleoVolume> {
  if (volume !== undefined) {
    const label = await nucleoLabel(volume);
    if (label !== undefined) return { path: volume.replace(/\/+$/, ""), label };
    throw new InputError(`Cannot flash '${volume}' as it is no drive of an ST-LINK`, {
      source: volume,
      hint: "Its name begins with NODE_, NOD_ or DIS_, and it holds MBED.HTM or DETAILS.TXT",
    });
  }
  const found = await nucleoVolumes({ root });
  if (found.length === 1) return found[0];
  throw new InputError(
    found.length === 0
      ? "Cannot find the drive of a NUCLEO board"
      : `Cannot choose between ${found.map(({ path }) => `'${path}'`).join(" and ")}`,
    {
      source: "volume",
      hint: found.length === 0
        ? "Plug the board in by the USB connector of its ST-LINK, and mount its drive"
        : "Name one",
    },
  );
}

/** What stands for the chip in labels that do not name it. */
const chips = new Map([["L4IOT", "L475E"]]);

function checkBoard({ path, builtFor }: FlashImage, { label }: NucleoVolume): void {
  if (builtFor === undefined) return;
  // The drive of a second board of a kind is mounted with a digit at the end of its name.
  const names = [/^[A-Z]+_(.*)$/, /^[A-Z]+_(.*)\d$/].flatMap((pattern) =>
    pattern.exec(label)?.[1] ?? []
  );
  const board = builtFor.replaceAll("-", "");
  if (names.some((name) => board.includes(chips.get(name) ?? name))) return;
  throw new InputError(`Cannot flash '${label}' as '${path}' is for '${builtFor}'`, {
    source: path,
    hint: "Build the firmware for this board",
  });
}

async function copy({ bytes }: FlashImage, target: string): Promise<void> {
  try {
    using file = await Deno.open(target, { write: true, create: true, truncate: true });
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    await file.sync();
  } catch (cause) {
    throw new FlashError(`Cannot copy the program to '${target}'`, {
      hint: "Check that the drive is mounted so that you may write to it",
      cause,
    });
  }
}

const exists = (path: string) => Deno.stat(path).then(() => true, () => false);

async function readComplaint({ path }: NucleoVolume): Promise<string | undefined> {
  try {
    const text = await Deno.readTextFile(`${path}/FAIL.TXT`);
    return text.trim().slice(0, 300) || "FAIL.TXT";
  } catch {
    return undefined;
  }
}
