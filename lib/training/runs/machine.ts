import type { TrainingStartRecord } from "./training_records.ts";

/** What a run says of the machine that it is on. */
export async function machineOf(threads: number): Promise<TrainingStartRecord["machine"]> {
  // Where the system does not tell, nothing is said.
  const text = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  const processor = /^model name\s*:\s*(.{1,100})$/m.exec(text)?.[1] ?? "";
  const { os, arch } = Deno.build;
  return { os, arch, processor, threads };
}

/** What a run says of the programs that it runs on. */
export async function versionsOf(): Promise<TrainingStartRecord["versions"]> {
  const text = await Deno.readTextFile(new URL("../../../deno.json", import.meta.url))
    .catch(() => "{}");
  const { version } = JSON.parse(text) as { version?: string };
  return { thimble: version ?? "", deno: Deno.version.deno };
}
