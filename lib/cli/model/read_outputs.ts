import { InputError } from "../../errors.ts";
import { readSession } from "../../sessions/read_session.ts";
import { readText } from "../../sessions/read_text.ts";

const mostTableBytes = 2 ** 29;

/**
 * Outputs by file: of a session folder, or of a CSV whose lines are a file name and its values. Of a CSV with a header
 * that names `p0…` those columns are taken; a column `true_class` is left out.
 *
 * @returns For each file the values of its inferences, in order.
 * @throws {InputError} Where there are none.
 */
export async function readOutputs(path: string): Promise<Map<string, number[][]>> {
  const isFolder = await Deno.stat(path).then((info) => info.isDirectory).catch((cause) => {
    throw new InputError(`Cannot open '${path}'`, { source: path, cause });
  });
  const outputs = new Map<string, number[][]>();
  const add = (file: string, values: number[]) => {
    const given = outputs.get(file);
    if (given) given.push(values);
    else outputs.set(file, [values]);
  };
  if (isFolder) {
    for (const { file, results } of (await readSession(path)).inferences) {
      if (file !== undefined && results !== undefined) add(file, [...results]);
    }
  } else {
    for (const [file, ...values] of rowsOf(await readText(path, mostTableBytes), path)) {
      add(file as string, values as number[]);
    }
  }
  if (outputs.size === 0) {
    throw new InputError(`Cannot find outputs in '${path}'`, { source: path });
  }
  return outputs;
}

function rowsOf(text: string, path: string): (string | number)[][] {
  const lines = text.split(/\r\n|\n|\r/).filter((line) => line.trim() !== "")
    .map((line) => line.split(",").map((field) => field.trim()));
  const header = lines[0]?.[1] !== undefined && Number.isNaN(Number(lines[0][1]))
    ? lines.shift()
    : undefined;
  const named = header?.flatMap((name, i) => (/^p\d+$/.test(name) ? [i] : [])) ?? [];
  return lines.map((fields, i) => {
    const columns = named.length > 0
      ? named
      : fields.flatMap((_, c) => (c > 0 && header?.[c] !== "true_class" ? [c] : []));
    const values = columns.map((
      c,
    ) => (fields[c] === undefined || fields[c] === "" ? NaN : Number(fields[c])));
    if (values.length > 0 && values.every(Number.isFinite)) return [fields[0], ...values];
    throw new InputError(
      `Cannot read line ${i + 1 + (header ? 1 : 0)} of '${path}' as a file and its values`,
      {
        source: path,
      },
    );
  });
}
