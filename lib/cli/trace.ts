import { windowCount } from "../benchmarks.ts";
import { InputError } from "../errors.ts";
import { readLabels } from "../sessions/labels.ts";
import { type EnergyReport, energyReport } from "../sessions/energy_report.ts";
import { readSession } from "../sessions/read_session.ts";
import type { Session } from "../sessions/session.ts";
import { benchmarkOf, positionals, readArguments, realNumber } from "./arguments.ts";
import { ExitCode } from "./exit_code.ts";
import { alignColumns } from "./text_table.ts";
import { writeWhole } from "./write_whole.ts";

const usage = `Usage: thimble trace SESSION [OPTIONS]

Shows the energy of the session in the folder SESSION, one of Thimble's own, of EnergyRunner or of the MLCommons
Python runner: each window, how well the energy of an inference is known, and what speaks against it.

  --out FILE      draw power over time: .html (interactive), .png or .svg (both need Chromium or Chrome)
  --from S        draw from this second on
  --to S          draw to this second
  --accuracy P    the monitor's accuracy in percent, from its data sheet; part of the 95 % interval then
  --benchmark B   what was run, for files that do not say
  --json          print the report as JSON
  --help          print this

Examples:
  thimble trace sessions/kws-energy
  thimble trace sessions/kws-energy --out power.html
  thimble trace sessions/kws-energy --out edge.svg --from 11.2 --to 11.4`;

/** `thimble trace`. */
export async function traceCommand(args: string[]): Promise<number> {
  const parsed = readArguments(args, {
    out: { type: "string" },
    from: { type: "string" },
    to: { type: "string" },
    accuracy: { type: "string" },
    benchmark: { type: "string" },
    labels: { type: "string" },
    json: { type: "boolean" },
    help: { type: "boolean" },
  }, "trace");
  const { values } = parsed;
  if (values.help) {
    console.log(usage);
    return ExitCode.done;
  }
  const [path] = positionals(parsed, ["SESSION"]);
  const format = values.out === undefined ? undefined : formatOf(values.out);
  const [from, to] = [seconds(values.from, "--from"), seconds(values.to, "--to")];
  const session = await readSession(path, {
    mode: "energy",
    benchmark: values.benchmark === undefined ? undefined : benchmarkOf(values.benchmark).id,
    labels: values.labels === undefined ? undefined : await readLabels(values.labels),
  });
  for (const { text, file, line } of session.findings) {
    console.error(`Note: ${text}${file ? ` (${file}${line ? `:${line}` : ""})` : ""}`);
  }
  const report = energyReport(session, { accuracyPercent: percent(values.accuracy) });
  console.log(values.json ? JSON.stringify(report) : reportText(session, report));
  if (values.out !== undefined) {
    await draw(session, values.out, format!, rangeOf(session, from, to));
    if (!values.json) console.log(`\n  Drawn in '${values.out}'`);
  }
  return ExitCode.done;
}

type Format = "html" | "png" | "svg";

function formatOf(out: string): Format {
  const suffix = /\.([a-z]+)$/i.exec(out)?.[1].toLowerCase();
  if (suffix === "html" || suffix === "png" || suffix === "svg") return suffix;
  throw new InputError(`Cannot draw in '${out}'`, {
    source: "--out",
    hint: "Name a file that ends with .html, .png or .svg",
  });
}

const seconds = (value: string | undefined, option: string) =>
  realNumber(value, option, { least: 0, hint: "Write seconds, such as 2.5" });
const percent = (value: string | undefined) =>
  realNumber(value, "--accuracy", { least: 0, hint: "Write percent, such as 2.5" });

function rangeOf(session: Session, from?: number, to?: number): [number, number] | undefined {
  if (from === undefined && to === undefined) return undefined;
  const ends = session.energyTraces.map(({ samplesUj, sampleRateHz }) =>
    samplesUj.length / sampleRateHz
  );
  const end = to ?? ends.reduce((sum, endS) => sum + endS, 0) + ends.length - 1;
  const start = from ?? 0;
  if (start < end) return [start, end];
  throw new InputError(`Cannot draw from ${start} s to ${end} s`, {
    source: "--from",
    hint: "The first has to be the smaller one, and within the trace",
  });
}

// A page of its own can carry more than a notebook: 1.5 MB of text.
const pageDetail = 280_000;

async function draw(
  session: Session,
  out: string,
  format: Format,
  rangeS?: [number, number],
): Promise<void> {
  const { energyFigure } = await import("../analysis/energy_figure.ts");
  const figure = energyFigure(session, { rangeS, detail: pageDetail });
  if (format === "html") {
    const { figureHtml } = await import("../analysis/figure_html.ts");
    const { benchmark } = session.start;
    await writeWhole(out, await figureHtml([figure], `Energy of ${benchmark || "a run"}`));
  } else {
    const { figureImage } = await import("../analysis/figure_image.ts");
    await writeWhole(out, await figureImage(figure, { format }));
  }
}

function reportText(session: Session, report: EnergyReport): string {
  const { start, energyTraces } = session;
  const { windows, uncertainty, drift } = report;
  const [trace] = energyTraces;
  const what = [start.benchmark, start.dut.name].filter(Boolean).join(" on ");
  const monitor = trace.monitor ? `${trace.monitor.name} (${trace.monitor.kind}), ` : "";
  const supply = trace.supplyV === undefined ? "" : `${trace.supplyV} V, `;
  const lines = [
    `${what || "Energy"}, energy, ${start.source}`,
    ...start.sourceText ? [`  ${start.sourceText}`] : [],
    `  ${monitor}${supply}${trace.sampleRateHz} samples/s`,
    "",
    alignColumns(
      ["window", "t0 s", "t1 s", "s", "energy µJ", "mW", "inferences", "µJ/inf", "lost"],
      windows.map((window) => [
        String(window.index + 1),
        window.startS.toFixed(3),
        window.endS.toFixed(3),
        window.durationS.toFixed(3),
        window.energyUj.toFixed(3),
        window.powerMw.toFixed(4),
        String(window.iterations),
        window.energyUjPerInf.toFixed(3),
        String(window.missing),
      ]),
    ),
    "",
  ];
  const row = (name: string, text: string) => lines.push(`  ${name.padEnd(12)} ${text}`);
  const { medianUj, meanUj, interval, parts, spreadPercent } = uncertainty;
  const figure = (value: number) => value.toFixed(decimals(uncertainty.standardUj));
  const count = windows.length;
  const worth = count === windowCount
    ? "the score"
    : `of ${count} windows: ${windowCount} make a score`;
  row("Median", `${medianUj.toFixed(3)} µJ/inf, ${worth}`);
  if (Number.isFinite(interval.low)) {
    const half = figure((interval.high - interval.low) / 2);
    const percent = (100 * (interval.high - meanUj) / meanUj).toFixed(2);
    row(
      "Mean",
      `${figure(meanUj)} ± ${half} µJ/inf (± ${percent} %, 95 %): ` +
        `${figure(interval.low)} to ${figure(interval.high)}`,
    );
  }
  const share = (uj: number) => `${(100 * uj / meanUj).toFixed(3)} %`;
  row(
    "Made of",
    [
      count > 1 ? `spread ${share(parts.spreadUj)}` : "spread not known of one window",
      `edges ${share(parts.edgesUj)}`,
      `resolution ${share(parts.resolutionUj)}`,
      ...parts.lostUj > 0 ? [`lost samples ${share(parts.lostUj)}`] : [],
      parts.accuracyUj > 0
        ? `accuracy ${share(parts.accuracyUj)}`
        : "the monitor's accuracy not included (--accuracy)",
    ].join(", "),
  );
  row("Windows", `differ by ${spreadPercent.toFixed(3)} %`);
  const slip = Math.max(...windows.map(({ alignment }) => alignment.slipPercent));
  row("Edges", `one sample later or earlier: ${slip.toFixed(3)} % of a window at most`);
  row(
    "Drift",
    `${drift.driftPercent.toFixed(3)} % first to last window, ` +
      `${drift.isDrifting ? "more than chance" : "no more than chance"}; ` +
      `first window ${drift.firstWindowPercent.toFixed(3)} % off`,
  );
  if (report.idleMw !== undefined) {
    row(
      "Idle",
      `${report.idleMw.toFixed(3)} mW; above it ${report.aboveIdleUjPerInf!.toFixed(3)} µJ/inf`,
    );
  }
  if (report.clockPpm !== undefined) row("Clock", `${report.clockPpm.toFixed(0)} ppm fast`);
  if (report.warnings.length > 0) {
    lines.push("", "  Doubts:", ...report.warnings.map((text) => `  - ${text}`));
  }
  return lines.join("\n");
}

// As many as two digits of the uncertainty need.
function decimals(uncertainty: number): number {
  if (!(uncertainty > 0)) return 3;
  return Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(uncertainty))));
}
