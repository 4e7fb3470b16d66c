/**
 * Which official list of inputs an accuracy run took.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { BenchmarkId } from "../benchmarks.ts";

/** An official list of evaluation inputs. */
export interface OfficialList {
  /** Whose it is. */
  name: string;
  /** SHA-256 of its file names, sorted and joined by line feeds, hex. */
  sha256: string;
}

/** The lists by benchmark, and which rounds' tools came with them. */
const officialLists: Readonly<Partial<Record<BenchmarkId, readonly OfficialList[]>>> = {
  kws01: [{
    name: "the list of both runners",
    sha256: "5e2713674e8e93db2e8b6f1a18c1832f80951dd86a11cd03a468f8508f2749bc",
  }],
  vww01: [{
    name: "the list of both runners",
    sha256: "92d8aacfe9971a283f796c39ba3a87366328cff9d04b03b8f3cf5c52eaa0f33d",
  }],
  ic01: [{
    name: "the list of mlcommons/tiny",
    sha256: "ec193750e3532a4c2c411d10cc056205a2004dbc3367ebcab5022b43698558b9",
  }],
  ic02: [{
    name: "the list of mlcommons/tiny",
    sha256: "ec193750e3532a4c2c411d10cc056205a2004dbc3367ebcab5022b43698558b9",
  }],
  ad01: [
    {
      name: "the whole list",
      sha256: "b9de4f1ffb68076202e33080540188e9901f3648006bdc77080bc32298aea35a",
    },
    {
      name: "the short list",
      sha256: "e464f57d67249426978aa825a4742f7edde5d56a1932b7088043022525a347f8",
    },
  ],
};

/** EnergyRunner's own list of images is known by its first file only. */
const energyRunnerImages = "lippizaner_s_000613.bin";

/**
 * What the official list is called whose files these are; undefined where they are of none.
 *
 * @param files Names of all files of an accuracy run, in the order of the run.
 */
export function officialListOf(
  benchmark: BenchmarkId,
  files: readonly string[],
): string | undefined {
  const sha256 = createHash("sha256").update(files.toSorted().join("\n")).digest("hex");
  const list = officialLists[benchmark]?.find((list) => list.sha256 === sha256);
  if (list) return list.name;
  const isImages = benchmark === "ic01" || benchmark === "ic02";
  if (isImages && files.length === 200 && files[0] === energyRunnerImages) {
    return "EnergyRunner's list, by its first file";
  }
}

/** Whether the official lists of a benchmark are known here. */
export function hasOfficialList(benchmark: BenchmarkId): boolean {
  return officialLists[benchmark] !== undefined;
}
