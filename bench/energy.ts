/**
 * What energy mode costs by itself.
 *
 *     deno task bench energy
 *
 * Prints the machine it ran on.
 */
import { cpus } from "node:os";
import { benchDecoders } from "./energy.decode.ts";
import { benchTraces } from "./energy.trace.ts";

console.log(
  `${cpus().length} × ${cpus()[0]?.model}, ${Deno.build.target}, Deno ${Deno.version.deno}`,
);
benchDecoders();
await benchTraces();
