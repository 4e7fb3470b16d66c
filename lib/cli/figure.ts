import type { Figure } from "../analysis/figure.ts";
import { findBenchmark } from "../benchmarks.ts";
import { InputError } from "../errors.ts";
import { readLabels } from "../sessions/labels.ts";
import { readSession } from "../sessions/read_session.ts";
import { scoreSession } from "../sessions/score_session.ts";
import { benchmarkOf, oneOf, readArguments, required } from "./arguments.ts";
import { ExitCode } from "./exit_code.ts";
import { writeWhole } from "./write_whole.ts";

const usage = `Usage: thimble figure KIND SESSION --out FILE [OPTIONS]
       thimble figure KIND --published --out FILE [OPTIONS]

Draws one figure. By the ending of FILE: .html (interactive, needs nothing beside it), .png or .svg (a
Chromium draws them), .json (a Plotly specification).

Of a session:    throughput, energy, confusion, roc, detections
Of --published:  latency-energy, energy-accuracy, generations

  --out FILE      the picture
  --benchmark B   of --published: which benchmark  [kws01]; of a session: what was run
  --division D    of --published: closed, open or all  [closed]
  --metric M      of generations: latencyMs, energyUjPerInf, throughputInfS, top1Percent, auc  [latencyMs]
  --by K          of generations: board, organisation or stack  [board]
  --subject TEXT  the line under the title
  --labels DIR    lists of classes (y_labels.csv), for inputs whose class nothing else tells
  --help          print this

  thimble figure throughput sessions/kws01 --out throughput.png
  thimble figure latency-energy --published --benchmark ic01 --out ic01.html`;

const ofSessions = ["throughput", "energy", "confusion", "roc", "detections"] as const;
const ofRounds = ["latency-energy", "energy-accuracy", "generations"] as const;

interface Values {
  benchmark?: string;
  division?: string;
  metric?: string;
  by?: string;
  subject?: string;
  labels?: string;
}

/** `thimble figure`. */
export async function figureCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    out: { type: "string" },
    benchmark: { type: "string" },
    division: { type: "string" },
    metric: { type: "string" },
    by: { type: "string" },
    subject: { type: "string" },
    labels: { type: "string" },
    published: { type: "boolean" },
    help: { type: "boolean" },
  }, "figure");
  if (values.help) {
    console.log(usage);
    return ExitCode.done;
  }
  const [kind, path] = positionals;
  const kinds: readonly string[] = values.published ? ofRounds : ofSessions;
  if (!kinds.includes(kind) || positionals.length !== (values.published ? 1 : 2)) {
    throw new InputError(`Cannot draw '${positionals.join(" ")}'`, {
      source: "KIND",
      hint: `Write one of ${kinds.join(", ")}${values.published ? "" : ", and a session's folder"}`,
    });
  }
  const out = required(values.out, "--out");
  const ending = /\.(html|png|svg|json)$/.exec(out)?.[1];
  if (!ending) {
    throw new InputError(`Cannot tell the format of '${out}'`, {
      source: out,
      hint: "End its name with .html, .png, .svg or .json",
    });
  }
  const figure = values.published
    ? await roundsFigure(kind, values)
    : await sessionFigure(kind, path, values);
  await writeWhole(out, await drawn(figure, ending, kind));
  console.log(`${figure.summary.split("\n").slice(0, 2).join("\n")}\nWrote '${out}'`);
  return ExitCode.done;
}

/** A figure as the content of a file, by the ending of its name. */
export async function drawn(
  figure: Figure,
  ending: string,
  title: string,
): Promise<string | Uint8Array> {
  if (ending === "json") return JSON.stringify(figure);
  if (ending === "html") {
    return (await import("../analysis/figure_html.ts")).figureHtml([figure], title);
  }
  const height = Number(figure.layout.height);
  const { figureImage } = await import("../analysis/figure_image.ts");
  return await figureImage(figure, {
    format: ending === "svg" ? "svg" : "png",
    height: Number.isFinite(height) ? height : undefined,
  });
}

async function sessionFigure(kind: string, path: string, values: Values): Promise<Figure> {
  const session = await readSession(path, {
    labels: values.labels === undefined ? undefined : await readLabels(values.labels),
    benchmark: values.benchmark === undefined ? undefined : benchmarkOf(values.benchmark).id,
  });
  const { subject } = values;
  if (kind === "energy") {
    return (await import("../analysis/energy_figure.ts")).energyFigure(session, { subject });
  }
  if (kind === "detections") {
    if (!session.streaming) {
      throw new InputError(`Cannot draw detections of '${path}' as it is no streaming run`, {
        source: path,
      });
    }
    const { detectionsFigure } = await import("../analysis/detections_figure.ts");
    return detectionsFigure(session.streaming, { source: session.start.source, subject });
  }
  const score = scoreSession(session);
  if (kind === "throughput") {
    return (await import("../analysis/throughput_figure.ts")).throughputFigure(score, { subject });
  }
  if (kind === "roc") {
    const { rocFigure } = await import("../analysis/roc_figure.ts");
    return rocFigure(score, { subject, classes: findBenchmark(score.benchmark)?.classes });
  }
  const { confusionMatrixFigure } = await import("../analysis/confusion_matrix_figure.ts");
  return confusionMatrixFigure(score, { subject });
}

async function roundsFigure(kind: string, values: Values): Promise<Figure> {
  const benchmark = benchmarkOf(values.benchmark ?? "kws01").id;
  const division = oneOf(values.division ?? "closed", "--division", ["closed", "open", "all"]);
  const { loadPublished } = await import("../sessions/rounds/load_published.ts");
  const { publishedResults } = await import("../analysis/result_row.ts");
  const rows = publishedResults(await loadPublished()).filter((row) =>
    row.benchmark === benchmark && (division === "all" || row.division === division)
  );
  const subject = values.subject ??
    `${benchmark}, ${division === "all" ? "both divisions" : division}`;
  if (kind === "generations") {
    const { generationsFigure } = await import("../analysis/generations_figure.ts");
    return generationsFigure(rows, {
      subject,
      by: oneOf(values.by ?? "board", "--by", ["board", "organisation", "stack"]),
      metric: oneOf(values.metric ?? "latencyMs", "--metric", [
        "latencyMs",
        "energyUjPerInf",
        "throughputInfS",
        "top1Percent",
        "auc",
      ]),
    });
  }
  const { energyAccuracyFigure, latencyEnergyFigure } = await import(
    "../analysis/pareto_figure.ts"
  );
  return kind === "latency-energy"
    ? latencyEnergyFigure(rows, { subject })
    : energyAccuracyFigure(rows, { subject });
}
