/**
 * Runs the benchmarks that are named, or all, one after the other:
 *
 *     deno task bench [serial] [run] [engine]
 *
 * Each prints the machine that its figures come from. Nothing here passes or fails.
 */
import { fileURLToPath } from "node:url";

const folder = new URL(".", import.meta.url);
const all = [...Deno.readDirSync(folder)]
  .map(({ name }) => name.replace(/\.ts$/, ""))
  .filter((name) => name !== "main" && !name.includes("."))
  .sort();
const names = Deno.args.length > 0 ? Deno.args : all;
for (const name of names) {
  if (!all.includes(name)) {
    console.error(`Cannot find the benchmark '${name}': there are ${all.join(", ")}`);
    Deno.exit(2);
  }
  console.log(`== ${name}`);
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--allow-read",
      "--allow-write",
      "--allow-env",
      "--allow-ffi",
      "--allow-run",
      "--allow-sys",
      fileURLToPath(new URL(`${name}.ts`, folder)),
    ],
  }).spawn().status;
  if (code !== 0) Deno.exit(code);
}
