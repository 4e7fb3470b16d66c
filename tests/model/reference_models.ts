import { readdirSync } from "node:fs";
import { shared } from "../reference.ts";

/** Paths of every model file of the reference data. Only inside a `referenceTest`. */
export function modelFiles(): string[] {
  return ["reference/models/", "golden/ptq/"].flatMap((folder) =>
    readdirSync(shared(folder))
      .filter((name) => name.endsWith(".tflite"))
      .sort()
      .map((name) => shared(folder + name))
  );
}

/** A file of float32, as they are in memory. */
export function readFloat32(path: string): Float32Array {
  return new Float32Array(Deno.readFileSync(path).buffer);
}

/** A file of int8. */
export function readInt8(path: string): Int8Array {
  return new Int8Array(Deno.readFileSync(path).buffer);
}

/** The rows of a comma-separated file below its header. */
export function readRows(path: string): string[][] {
  return Deno.readTextFileSync(path).trim().split(/\r?\n/).slice(1).map((line) => line.split(","));
}
