/**
 * A fresh process of `analysis`: what importing the library costs, and the first answer after that. Prints times in ms as
 * JSON.
 */
import process from "node:process";

const start = performance.now();
const cpuBefore = process.cpuUsage();
const { frame, latencyEnergyFigure, loadPublished, publishedResults } = await import("../mod.ts");
const imported = performance.now();
const cpu = process.cpuUsage(cpuBefore);
await import("danfojs");
const danfo = performance.now();
const rows = publishedResults(await loadPublished())
  .filter(({ benchmark, division }) => benchmark === "kws01" && division === "closed");
const data = await frame(rows);
const framed = performance.now();
const { summary } = latencyEnergyFigure(rows);
const drawn = performance.now();
if (data.shape[0] !== rows.length || summary === "") throw new Error("There is no figure");
console.log(JSON.stringify({
  importMs: imported - start,
  importCpuMs: (cpu.user + cpu.system) / 1000,
  danfoMs: danfo - imported,
  frameMs: framed - danfo,
  figureMs: drawn - framed,
}));
