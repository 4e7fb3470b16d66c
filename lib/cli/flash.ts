import { InputError } from "../errors.ts";
import type { FlashBoard } from "../serial/flash/flash_image.ts";
import { positionals, readArguments } from "./arguments.ts";
import { ExitCode } from "./exit_code.ts";

const usage =
  `Usage: thimble flash IMAGE [--board nucleo|uno] [--port PORT] [--volume DIR] [--dry-run]

Writes firmware to a board: to a NUCLEO through the drive of its ST-LINK (.bin, .hex), to an Arduino UNO with
avrdude (.hex). Nothing is written to a board that is not recognised.

  --board B     nucleo or uno  [what the image is for]
  --port PORT   the UNO's port  [the only Arduino]
  --volume DIR  where the NUCLEO's drive is mounted  [the only one that is]
  --dry-run     find the board and say what would be done
  --help        print this

  thimble flash firmware.bin
  thimble flash firmware/io-manager/io_manager.hex --board uno --port /dev/ttyACM0`;

/** `thimble flash`. */
export async function flashCommand(args: string[]): Promise<number> {
  const parsed = readArguments(args, {
    board: { type: "string" },
    port: { type: "string" },
    volume: { type: "string" },
    "dry-run": { type: "boolean" },
    help: { type: "boolean" },
  }, "flash");
  const { values } = parsed;
  if (values.help) {
    console.log(usage);
    return ExitCode.done;
  }
  const [path] = positionals(parsed, ["IMAGE"]);
  const dryRun = values["dry-run"];
  const asked = boardOf(values.board);
  const { readFlashImage } = await import("../serial/flash/flash_image.ts");
  const image = await readFlashImage(path);
  if (asked !== undefined && asked !== image.board) {
    throw new InputError(`Cannot flash '${path}' to '${asked}' as it is for '${image.board}'`, {
      source: "--board",
      hint: `Name an image for '${asked}', or leave --board out`,
    });
  }
  if (image.board === "uno") {
    if (values.volume) throw unfit("--volume", "an UNO has a port");
    const { flashUno } = await import("../serial/flash/flash_uno.ts");
    const { port, command } = await flashUno(image, { port: values.port, dryRun });
    console.log(dryRun ? `Would call: ${command}` : `Flashed '${path}' to the UNO at '${port}'`);
    return ExitCode.done;
  }
  if (values.port) throw unfit("--port", "a NUCLEO is flashed through its drive: --volume");
  const { flashNucleo } = await import("../serial/flash/flash_nucleo.ts");
  const { volume, target, confirmed } = await flashNucleo(image, { volume: values.volume, dryRun });
  if (dryRun) console.log(`Would copy '${path}' to '${target}'`);
  else if (confirmed) console.log(`Flashed '${path}' to '${volume.label}'`);
  else {
    console.error(
      `Copied '${path}' to '${target}', but the drive has not come back: press the board's reset button and check ` +
        "with 'thimble devices'",
    );
    return ExitCode.device;
  }
  return ExitCode.done;
}

function boardOf(value: string | undefined): FlashBoard | undefined {
  if (value === undefined || value === "nucleo" || value === "uno") return value;
  throw new InputError(`Cannot flash a board '${value}'`, {
    source: "--board",
    hint: "Name nucleo or uno",
  });
}

function unfit(option: string, why: string): InputError {
  return new InputError(`Cannot use ${option} here: ${why}`, { source: option });
}
