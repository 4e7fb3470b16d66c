import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { buildIoManager, committedHex } from "../../firmware/io-manager/build.ts";
import { testWith } from "../reference.ts";
import { cppcheck, needs } from "./ports_tools.ts";

const avr = await needs(
  ["avr-gcc", "avr-objcopy", "avr-size"],
  "gcc-avr avr-libc binutils-avr",
);

testWith(avr, "io_manager.hex is what its sources give, to the byte", async () => {
  const { hex, flashBytes, ramBytes } = await buildIoManager();
  assert(
    hex === await Deno.readTextFile(committedHex),
    "io_manager.hex differs from its sources: run firmware/io-manager/build.ts",
  );
  // Half of the flash beside the boot loader, and a kilobyte for the stack.
  assert.ok(flashBytes < 16_128, `${flashBytes} bytes of flash`);
  assert.ok(ramBytes <= 1024, `${ramBytes} bytes of RAM`);
});

testWith(cppcheck, "cppcheck has nothing to say about the IO manager", async () => {
  const folder = new URL("../../firmware/io-manager/", import.meta.url).pathname;
  const { stdout, stderr } = await promisify(execFile)("cppcheck", [
    ...["--std=c11", "--platform=avr8", "--enable=warning,style,performance,portability"],
    ...["--library=avr", "--suppress=unusedFunction", "--error-exitcode=1", "--quiet", folder],
  ]);
  assert.equal(stdout + stderr, "");
});
