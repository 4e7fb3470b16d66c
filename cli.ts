/**
 * The command line. `deno task thimble --help` says what it can do.
 *
 * @module
 */
import { main } from "./lib/cli/main.ts";

if (import.meta.main) Deno.exit(await main(Deno.args));
