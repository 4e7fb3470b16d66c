import type { BenchmarkId } from "../../benchmarks.ts";
import type { Provenance, SplitName } from "./data_set.ts";
import type { ValuesType } from "./origin.ts";

/** What `data_set.json` begins with. */
export const builtFormat = "thimble data set 1";

/** A split as `data_set.json` tells of it. */
export interface BuiltSplit {
  /** Rows. */
  count: number;
  /** Of the values. */
  type: ValuesType;
  /** Of one row. */
  shape: readonly number[];
  /** Of the file of values. */
  sha256: string;
}

/** What `data_set.json` holds. */
export interface BuiltText {
  format: typeof builtFormat;
  benchmark: BenchmarkId;
  name: string;
  media: "audio" | "image" | "features";
  sampleRate?: number;
  classes: string[];
  provenance: Provenance;
  features: Record<string, unknown>;
  splits: Partial<Record<SplitName, BuiltSplit>>;
}
