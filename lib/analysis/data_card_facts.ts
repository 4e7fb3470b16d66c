/**
 * Sentences and rows that the two forms of a data set card share.
 *
 * @module
 */
import type {
  DataReport,
  DuplicateReport,
  SplitReport,
  Spread,
  ValueReport,
} from "../training/cards/data_report.ts";
import { printable } from "../page/printable.ts";
import { significant } from "./significant.ts";

/** Classes that are listed. */
export const mostClassRows = 100;

const longest = 160;

/** Text from outside as it can be shown on a terminal and on a page: of a bounded length, without control characters. */
export function shown(text: string): string {
  const plain = printable(text.slice(0, 2 * longest));
  return plain.length > longest ? plain.slice(0, longest - 1) + "…" : plain;
}

/** A count with thousands apart. */
export const count = (value: number): string => value.toLocaleString("en-US");

/** What it is, in a line. */
export function headline({ benchmark, media, sampleRate, splits, classes }: DataReport): string {
  const examples = splits.reduce((sum, split) => sum + split.count, 0);
  const what = { audio: "recordings", image: "pictures", features: "inputs" }[media];
  const rate = sampleRate === undefined ? "" : ` at ${count(sampleRate)} Hz`;
  return `For ${benchmark}: ${count(examples)} ${what}${rate}, ${count(classes.length)} classes`;
}

/** What one has to know before all else; empty where all is well. */
export function warnings(
  { benchmark, duplicates, splits, classes, provenance }: DataReport,
): string[] {
  const { exactAcrossSplits, nearAcrossSplits, groups } = duplicates;
  const missing = splits.flatMap(({ split, byClass }) =>
    // An autoencoder is trained on normal sounds alone.
    split === "test" || (split === "train" && benchmark !== "ad01")
      ? byClass.flatMap((n, label) => n === 0 ? [`'${shown(classes[label])}' in ${split}`] : [])
      : []
  );
  const mislabelled = groups.filter(({ acrossClasses, kind }) => acrossClasses && kind === "exact");
  const list: string[] = [];
  if (provenance.synthetic) {
    list.push("Synthetic: what is measured on it says nothing about the benchmark's own data");
  }
  if (exactAcrossSplits > 0) {
    list.push(`${groupsText(exactAcrossSplits)} of the same examples in more than one split`);
  }
  if (nearAcrossSplits > 0) {
    list.push(
      `${count(nearAcrossSplits)} ${nearAcrossSplits === 1 ? "pair" : "pairs"} of examples in ` +
        "different splits are nearly the same",
    );
  }
  if (mislabelled.length > 0) {
    list.push(`${groupsText(mislabelled.length)} of the same examples under different classes`);
  }
  if (missing.length > 0) {
    list.push(
      `No example of ${missing.slice(0, 12).join(", ")}${missing.length > 12 ? ", …" : ""}`,
    );
  }
  for (const { split, values, read } of splits) {
    if (values && values.constant > 0) {
      list.push(
        `${count(values.constant)} of ${count(read)} read in ${split} hold one value alone`,
      );
    }
  }
  return list;
}

const groupsText = (n: number) => `${count(n)} ${n === 1 ? "group" : "groups"}`;

/** Names and cells of the table of splits. */
export function splitTable(report: DataReport): { head: string[]; rows: string[][] } {
  const isSound = report.media === "audio";
  const isPicture = report.media === "image";
  return {
    head: [
      "Split",
      "Examples",
      "Read",
      "Shape",
      "Mean ± deviation",
      "Range",
      ...(isPicture ? ["Channels (mean ± deviation)"] : []),
      ...(isSound ? ["Level (dBFS): least, median, most", "Length (s)", "At full scale"] : []),
      "SHA-256 of what was read",
    ],
    rows: report.splits.map((split) => splitRow(split, isSound, isPicture)),
  };
}

function splitRow(
  { split, count: examples, read, shapes, values, sha256 }: SplitReport,
  isSound: boolean,
  isPicture: boolean,
): string[] {
  const [first, ...others] = shapes.map(({ shape }) => shape.join(" × "));
  return [
    split,
    count(examples),
    count(read),
    first === undefined ? "–" : first + (others.length > 0 ? ` and ${others.length} more` : ""),
    values ? plusMinus(values) : "–",
    values ? `${significant(values.least)} … ${significant(values.most)}` : "–",
    ...(isPicture ? [values?.channels?.map(plusMinus).join(", ") ?? "–"] : []),
    ...(isSound ? soundCells(values) : []),
    sha256.slice(0, 16) + "…",
  ];
}

function soundCells(values?: ValueReport): string[] {
  if (!values?.levelDb || !values.durationS) return ["–", "–", "–"];
  const { least, median, most } = values.levelDb;
  return [
    [least, median, most].map((db) => db.toFixed(1)).join(", "),
    lengthText(values.durationS),
    count(values.clipped ?? 0),
  ];
}

function lengthText({ least, median, most }: Spread): string {
  const seconds = (value: number) => significant(value);
  return least === most
    ? seconds(median)
    : `${seconds(least)} … ${seconds(most)}, median ${seconds(median)}`;
}

const plusMinus = ({ mean, deviation }: { mean: number; deviation: number }) =>
  `${significant(mean)} ± ${significant(deviation)}`;

/** Where it came from: names and texts. */
export function provenanceRows({ provenance }: DataReport): [string, string][] {
  const { synthetic, licence, sources, settings, notes } = provenance;
  const rows: [string, string][] = [
    ...(synthetic ? [["Made", "by a program: synthetic"] as [string, string]] : []),
    ["Licence", licence],
    ...sources.slice(0, 20).map((source): [string, string] => [
      "Source",
      [
        source.name,
        source.url ?? "",
        source.sha256 === undefined ? "" : `SHA-256 ${source.sha256}`,
      ].filter((text) => text !== "").join(", "),
    ]),
    ...Object.entries(settings).slice(0, 40).map(([name, value]): [string, string] => [
      name,
      String(value),
    ]),
    ...notes.slice(0, 20).map((note): [string, string] => ["Note", note]),
  ];
  return rows.map(([name, text]) => [shown(name), shown(text)]);
}

/** One group of duplicates, in words. */
export function duplicateText(
  { kind, examples, count: n, acrossClasses }: DuplicateReport,
  classes: readonly string[],
): string {
  const names = examples.slice(0, 4).map(({ split, id, label }) =>
    `${split} '${shown(id)}'` + (acrossClasses ? ` (${shown(classes[label] ?? "?")})` : "")
  );
  const rest = n > names.length ? ` and ${n - names.length} more` : "";
  return `${kind === "exact" ? "The same" : "Nearly the same"}: ${names.join(", ")}${rest}`;
}

/** What was found of duplicates, in a sentence. */
export function duplicateSummary({ duplicates, splits }: DataReport): string {
  const partly = splits.some(({ read, count: all }) => read < all) ? " among what was read" : "";
  const { exact, exactAcrossSplits, nearAcrossSplits } = duplicates;
  if (exact + nearAcrossSplits === 0) return `None found${partly}`;
  const pairs = nearAcrossSplits === 1 ? "pair" : "pairs";
  return `${groupsText(exact)} of equal examples, ${count(exactAcrossSplits)} across splits; ` +
    `${count(nearAcrossSplits)} ${pairs} nearly the same across splits${partly}`;
}
