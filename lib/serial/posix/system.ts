/**
 * Which system this is, as far as its serial ports go.
 *
 * @module
 */
import { DARWIN } from "./darwin.ts";
import type { PosixSystem } from "./libc.ts";
import { LINUX } from "./linux.ts";

/** The system this runs on; undefined where there is no implementation. */
export function currentSystem(): PosixSystem | undefined {
  const { os, arch } = Deno.build;
  if (os === "linux") return LINUX[arch];
  if (os === "darwin") return DARWIN[arch];
}
