import { type MemoryPart, totalOf } from "./memory_part.ts";

/** The functions that firmware/core/th.h asks a model for. */
const modelFunctions = new Set([
  "th_model",
  "th_load_tensor",
  "th_infer",
  "th_operator",
  "th_result",
]);

/**
 * What the parts of a linked program take: the model, the kernels, and all the rest, which is core, port, C library and stack.
 *
 * @param symbols What `nm -apS` prints of it: addresses, sizes, kinds and names, those of a file's own after its name.
 * @param size What `size` prints of it.
 * @param kernelFiles Names of the kernels' files, such as "conv_2d.c".
 */
export function programParts(
  symbols: string,
  size: string,
  kernelFiles: ReadonlySet<string>,
): MemoryPart[] {
  const model = { name: "model", flashBytes: 0, ramBytes: 0 };
  const kernels = { name: "kernels", flashBytes: 0, ramBytes: 0 };
  let file = "";
  for (const line of symbols.split("\n")) {
    const match = /^[0-9a-f]+(?: ([0-9a-f]+))? (\w) (\S+)/.exec(line);
    if (!match) continue;
    const [, bytes, kind, name] = match;
    if (kind === "a" && bytes === undefined) file = name;
    if (bytes === undefined) continue;
    const isOwn = kind === kind.toLowerCase(); // of its file; others come after all files
    const part = isOwn
      ? file === "model.c" ? model : kernelFiles.has(file) ? kernels : undefined
      : modelFunctions.has(name)
      ? model
      : name.startsWith("engine_")
      ? kernels
      : undefined;
    if (!part) continue;
    if (/[trdw]/i.test(kind)) part.flashBytes += parseInt(bytes, 16);
    if (/[bd]/i.test(kind)) part.ramBytes += parseInt(bytes, 16);
  }
  const [text, data, bss] = size.trim().split("\n").at(-1)!.trim().split(/\s+/).map(Number);
  const known = totalOf([model, kernels]);
  const rest = {
    name: "core, port, stack",
    flashBytes: text + data - known.flashBytes,
    ramBytes: data + bss - known.ramBytes,
  };
  return [model, kernels, rest];
}
