/** A small data set whose faults are known. */
import type { DataSet, Example, ExampleData, SplitName } from "../../../mod.ts";

/** An example with values at hand. */
export function example(id: string, label: number, data: ExampleData): Example {
  return { id, label, read: () => Promise.resolve(data) };
}

/** A picture of 16×16 pixels, different for each seed. */
export function pictureOf(seed: number): ExampleData {
  const values = Uint8Array.from(
    { length: 16 * 16 * 3 },
    (_, i) => 127 + 120 * Math.sin(seed * 12.9 + Math.floor(i / 3) * (seed + 1) * 0.37),
  );
  return { values, shape: [16, 16, 3] };
}

/** A data set of pictures with these splits. */
export function pictureSet(
  splits: Partial<Record<SplitName, Example[]>>,
  rest: Partial<DataSet> = {},
): DataSet {
  return {
    benchmark: "vww01",
    name: "Planted",
    media: "image",
    classes: ["non-person", "person"],
    provenance: { synthetic: false, licence: "none", sources: [], settings: {}, notes: [] },
    splits: { train: [], validation: [], test: [], calibration: [], ...splits },
    ...rest,
  };
}
