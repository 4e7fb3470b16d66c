import { escapeHtml } from "../escape_html.ts";
import type { DataReport, SampleReport } from "../training/cards/data_report.ts";
import {
  count,
  duplicateSummary,
  duplicateText,
  headline,
  mostClassRows,
  provenanceRows,
  shown,
  splitTable,
  warnings,
} from "./data_card_facts.ts";
import { palette } from "./theme.ts";

const splitColours = {
  train: palette.blue,
  validation: palette.orange,
  test: palette.green,
  calibration: palette.purple,
} as const;

const style = `
.thimble-card { font: 15px/1.45 system-ui, sans-serif; max-width: 72rem; }
.thimble-card h2 { font-size: 1.4rem; margin: 0 0 .2rem; } .thimble-card h3 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; }
.thimble-card p { margin: .2rem 0; }
.thimble-card .warning { border-left: 4px solid ${palette.vermillion}; padding: .15rem .6rem; margin: .4rem 0; }
.thimble-card .scroll { overflow-x: auto; }
.thimble-card table { border-collapse: collapse; }
.thimble-card th, .thimble-card td { text-align: left; padding: .25rem .75rem .25rem 0; vertical-align: top;
  font-variant-numeric: tabular-nums; white-space: nowrap; background: none; }
.thimble-card td.wide { white-space: normal; overflow-wrap: anywhere; }
.thimble-card tbody tr { border-top: 1px solid #8884; }
.thimble-card .bar { display: inline-block; height: .7em; margin-right: .5em; border-radius: 2px; }
.thimble-card .class { display: flex; flex-wrap: wrap; gap: .75rem; align-items: flex-end; margin: .3rem 0 .9rem; }
.thimble-card figure { margin: 0; max-width: 16rem; }
.thimble-card figcaption { font-size: .78rem; opacity: .75; overflow-wrap: anywhere; }
.thimble-card img { display: block; image-rendering: pixelated; background: #8882; }
.thimble-card audio { display: block; width: 100%; min-width: 12rem; height: 2rem; margin-top: .2rem; }
.thimble-card li { overflow-wrap: anywhere; }
`;

/** A data set card as one page. */
export function dataCardPage(report: DataReport): string {
  const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src data:";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escapeHtml(shown(report.name))}</title>
<style>:root { color-scheme: light dark; } body { margin: 2rem auto; max-width: 74rem; padding: 0 1rem; }</style>
</head>
<body>
${dataCardElement(report)}
</body>
</html>
`;
}

/** A data set card as an element: no scripts, nothing from elsewhere. */
export function dataCardElement(report: DataReport): string {
  const { duplicates, classes } = report;
  const found = duplicates.groups.map((group) =>
    `<li>${escapeHtml(duplicateText(group, classes))}</li>`
  );
  const origin = provenanceRows(report).map(([name, text]) =>
    `<tr><th scope="row">${escapeHtml(name)}</th><td class="wide">${escapeHtml(text)}</td></tr>`
  );
  return `<section class="thimble-card">
<style>${style}</style>
<h2>${escapeHtml(shown(report.name))}</h2>
<p>${escapeHtml(headline(report))}</p>
${warnings(report).map((text) => `<p class="warning">${escapeHtml(text)}</p>`).join("\n")}
<h3>Classes</h3>
${classTable(report)}
<h3>Samples</h3>
${samples(report)}
<h3>Values</h3>
${valueTable(report)}
<h3>Duplicates</h3>
<p>${escapeHtml(duplicateSummary(report))}</p>
${found.length > 0 ? `<ul>\n${found.join("\n")}\n</ul>` : ""}
<h3>Provenance</h3>
<table><tbody>
${origin.join("\n")}
</tbody></table>
</section>`;
}

/** Counts with bars; the longest bar of a split is its largest class. */
function classTable({ classes, splits }: DataReport): string {
  const heads = splits.map(({ split, count: all }) =>
    `<th scope="col">${escapeHtml(split)} (${count(all)})</th>`
  );
  const largest = splits.map(({ byClass }) => byClass.reduce((a, b) => Math.max(a, b), 1));
  const rows = classes.slice(0, mostClassRows).map((name, label) => {
    const cells = splits.map(({ split, byClass }, at) => {
      const width = (6 * byClass[label] / largest[at]).toFixed(2);
      return `<td><span class="bar" style="width:${width}rem;background:${splitColours[split]}">` +
        `</span>${count(byClass[label])}</td>`;
    });
    return `<tr><th scope="row">${escapeHtml(shown(name))}</th>${cells.join("")}</tr>`;
  });
  const more = classes.length - mostClassRows;
  return `<div class="scroll"><table>
<thead><tr><th scope="col">Class</th>${heads.join("")}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody></table></div>${more > 0 ? `<p>and ${count(more)} more classes</p>` : ""}`;
}

function samples({ samples, classes }: DataReport): string {
  if (samples.length === 0) return "<p>None</p>";
  const labels = [...new Set(samples.map(({ label }) => label))].sort((a, b) => a - b);
  return labels.map((label) => {
    const figures = samples.filter((sample) => sample.label === label).map(figure);
    return `<p><b>${escapeHtml(shown(classes[label]))}</b></p>
<div class="class">
${figures.join("\n")}
</div>`;
  }).join("\n");
}

function figure({ split, id, picture, pictureSize, sound }: SampleReport): string {
  const [width, height] = pictureSize;
  const name = escapeHtml(`${split}: ${shown(id)}`);
  const audio = sound === undefined
    ? ""
    : `<audio controls preload="none" src="${escapeHtml(sound)}"></audio>`;
  return `<figure><img src="${
    escapeHtml(picture)
  }" width="${width}" height="${height}" alt="${name}">` +
    `${audio}<figcaption>${name}</figcaption></figure>`;
}

function valueTable(report: DataReport): string {
  const { head, rows } = splitTable(report);
  const heads = head.map((text) => `<th scope="col">${escapeHtml(text)}</th>`);
  const lines = rows.map((row) =>
    `<tr>${row.map((text) => `<td>${escapeHtml(text)}</td>`).join("")}</tr>`
  );
  return `<div class="scroll"><table>
<thead><tr>${heads.join("")}</tr></thead>
<tbody>
${lines.join("\n")}
</tbody></table></div>`;
}
