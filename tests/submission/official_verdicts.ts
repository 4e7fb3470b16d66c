/**
 * What the official checker of v1.3 and v1.4 makes of a tree, told from reading it and put down here a second time: a
 * thing to compare with. It looks at few files; streaming is left out, as its last version was not at hand.
 */
import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from "node:fs";

/** Verdicts by folder of the benchmark (`division/organisation/results/system/benchmark`), or that it stops. */
export type OfficialVerdicts = Map<string, "taken" | "refused" | "omitted"> | "stops";

class Stop extends Error {}

const isFolder = (path: string) => existsSync(path) && statSync(path).isDirectory();
const foldersIn = (path: string) => readdirSync(path).filter((name) => isFolder(`${path}/${name}`));

/** The verdicts on all results of a tree. */
export function officialVerdicts(root: string, round: "v1.3" | "v1.4"): OfficialVerdicts {
  const verdicts: Exclude<OfficialVerdicts, "stops"> = new Map();
  try {
    for (const division of ["closed", "open"]) {
      if (!isFolder(`${root}/${division}`)) continue;
      for (const organisation of foldersIn(`${root}/${division}`)) {
        const home = `${division}/${organisation}`;
        if (isFolder(`${root}/${home}/results`)) judgeOrganisation(root, home, round, verdicts);
      }
    }
  } catch (error) {
    if (error instanceof Stop) return "stops";
    throw error;
  }
  return verdicts;
}

type Verdicts = Exclude<OfficialVerdicts, "stops">;

function judgeOrganisation(root: string, home: string, round: string, verdicts: Verdicts): void {
  const isClosed = home.startsWith("closed/");
  const isRefused = hasWhatIsRefused(`${root}/${home}`);
  for (const system of foldersIn(`${root}/${home}/results`)) {
    const path = `${home}/results/${system}`;
    const isUsable = !isRefused && readSystem(`${root}/${home}/systems/${system}.json`);
    for (const name of foldersIn(`${root}/${path}`)) {
      const verdict = isUsable ? judgeResult(`${root}/${path}`, name, isClosed, round) : "refused";
      verdicts.set(`${path}/${name}`, verdict);
    }
  }
}

function hasWhatIsRefused(folder: string): boolean {
  const names = readdirSync(folder);
  if (names.length === 0) return true;
  return names.some((name) => {
    const path = `${folder}/${name}`;
    const entry = lstatSync(path);
    if (entry.isSymbolicLink()) return !isFolder(path);
    if (entry.isDirectory()) return name.endsWith("__pycache__") || hasWhatIsRefused(path);
    return entry.size > 500 * 2 ** 20;
  });
}

function readSystem(path: string): boolean {
  if (!existsSync(path)) return false;
  const { Status: status, system_type: type } = stopping(() => JSON.parse(text(path)));
  if (typeof status !== "string") throw new Stop();
  if (!["available", "preview", "rdi"].includes(status.toLowerCase())) return false;
  if (type !== undefined && type !== null) throw new Stop();
  return true;
}

function text(path: string): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(path));
}

function stopping<T>(read: () => T): T {
  try {
    return read();
  } catch {
    throw new Stop();
  }
}

const targets: Record<string, [RegExp, number]> = {
  ad: [/^.* AUC\s?[:=] ([\d.]+)/, 0.85],
  ic: [/^.* Top[- ]1%?\s?[:=] ([\d.]+)/, 85],
  ic2: [/^.* Top[- ]1%?\s?[:=] ([\d.]+)/, 91],
  kws: [/^.* Top[- ]1%?\s?[:=] ([\d.]+)/, 90],
  vww: [/^.* Top[- ]1%?\s?[:=] ([\d.]+)/, 80],
};

function judgeResult(system: string, name: string, isClosed: boolean, round: string) {
  if (name === "sww") return "taken";
  const isKnown = Object.hasOwn(targets, name) && (name !== "ic2" || round === "v1.4");
  if (!isKnown) {
    if (isClosed) return "refused";
    throw new Stop();
  }
  const path = `${system}/${name}`;
  let isAccurate = false;
  if (existsSync(`${path}/accuracy/results.txt`)) {
    const [pattern, target] = targets[name];
    const lines = stopping(() => text(`${path}/accuracy/results.txt`)).split(/\r\n|\r|\n/);
    const value = lines.map((line) => pattern.exec(line)?.[1]).findLast((found) => found);
    if (value !== undefined && Number.isNaN(Number(value))) throw new Stop();
    isAccurate = !isClosed || (value !== undefined && Number(value) >= target);
  }
  if (!existsSync(`${path}/performance`)) return "omitted";
  const throughput = figure(
    `${path}/performance`,
    /^.* Median throughput is\s+([\d.]+) inf\.\/sec\./,
  );
  if (throughput === undefined) return "omitted";
  let energy = 0;
  if (existsSync(`${path}/energy`)) {
    const found = figure(`${path}/energy`, /Median energy cost is ([\d.]+) uJ\/inf/);
    if (found === undefined) return "omitted";
    energy = found;
  }
  // Nought is taken for no result, unless there is an energy to print beside it.
  if (throughput === 0 && energy === 0) return "refused";
  return isAccurate ? "taken" : "refused";
}

function figure(folder: string, pattern: RegExp): number | undefined {
  try {
    const lines = text(`${folder}/results.txt`).split(/\r\n|\r|\n/);
    const value = Number(lines.map((line) => pattern.exec(line)?.[1]).findLast((found) => found));
    return Number.isNaN(value) ? undefined : value;
  } catch {
    return undefined;
  }
}
