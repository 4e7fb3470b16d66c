import type { BenchmarkId } from "../../benchmarks.ts";
import type { ExampleData } from "../data/data_set.ts";
import { adLogMel } from "../features/ad_features.ts";
import { float32Bytes, kwsBin } from "../features/bin_file.ts";
import { kwsMfcc } from "../features/kws_features.ts";

/** The `.bin` file that a board is sent of an example: features of sound, pictures as they are. */
export function exampleBin({ values }: ExampleData, benchmark: BenchmarkId): Uint8Array {
  if (benchmark === "kws01") return kwsBin(kwsMfcc(Float32Array.from(values)), "mfcc");
  if (benchmark === "ad01") return float32Bytes(adLogMel(Float32Array.from(values)));
  return Uint8Array.from(values);
}
