import type { DataSet } from "../data/data_set.ts";

/** How {@linkcode train} works. */
export interface TrainOptions {
  /** Folder of the run: records and checkpoint. A run that is there goes on. */
  out: string;
  /** False begins anew, over what is there. [true] */
  resume?: boolean;
  /** Threads, instead of the recipe's. */
  threads?: number;
  /** A data set of one's own, instead of the recipe's. */
  dataSet?: DataSet;
  /** Inside of epochs, a checkpoint is written after so many seconds. [60] */
  checkpointSeconds?: number;
  /** Training data that need more memory are read anew in each epoch, in bytes. [1 GiB] */
  memoryBytes?: number;
  /** Folder of a {@linkcode FeatureCache}; undefined: none. */
  cache?: string;
  /** Ends it early, with a checkpoint. */
  signal?: AbortSignal;
}
