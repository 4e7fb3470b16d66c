import { ThimbleError } from "../errors.ts";
import { escapeHtml } from "../escape_html.ts";
import { Figure, type FigureSource } from "./figure.ts";
import { significant } from "./significant.ts";
import { palette, subtitle, themedAxis, themedLayout } from "./theme.ts";

/** One layer of a profile. */
export interface ProfiledLayer {
  /** What it is called, such as `3 CONV_2D`. */
  name: string;
  /** What it took: µs, instructions, bytes. */
  cost: number;
  /** Its multiply-accumulates; undefined where nobody knows. */
  macs?: number;
}

/** How {@linkcode layerProfileFigure} draws. */
export interface LayerProfileOptions {
  /** Unit of the cost, such as `µs` or `instructions`. */
  unit: string;
  /** Where the figures come from. */
  source: FigureSource;
  /** What stands under the title, such as `kws01 on NUCLEO-L4R5ZI`. */
  subject?: string;
}

/**
 * What each layer of a model costs, in the order of execution. Hovering tells its share, and the cost of a
 * multiply-accumulate.
 *
 * @throws {ThimbleError} There are no layers.
 * @throws {RangeError} A cost is below 0 or not a finite number.
 *
 * @example
 * ```ts
 * import { layerProfileFigure } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const layers = [{ name: "0 CONV_2D", cost: 750, macs: 320_000 }, { name: "1 SOFTMAX", cost: 250 }];
 * const figure = layerProfileFigure(layers, { unit: "µs", source: "simulated" });
 * assert.match(figure.summary, /0 CONV_2D: 750\.0 µs, 75\.0 %/);
 * ```
 */
export function layerProfileFigure(
  layers: readonly ProfiledLayer[],
  options: LayerProfileOptions,
): Figure {
  if (layers.length === 0) throw new ThimbleError("Cannot draw a profile without layers");
  const odd = layers.find(({ cost }) => !(cost >= 0 && cost < Infinity));
  if (odd) throw new RangeError(`Cannot draw layer '${odd.name}' as it costs ${odd.cost}`);
  const { unit, source, subject = "" } = options;
  const total = layers.reduce((sum, { cost }) => sum + cost, 0);
  const share = ({ cost }: ProfiledLayer) => total > 0 ? 100 * cost / total : 0;
  const dearest = layers.reduce((a, b) => b.cost > a.cost ? b : a);
  const heading = {
    title: `${dearest.name} takes ${share(dearest).toFixed(0)} % of ${significant(total)} ${unit}`,
    subject,
    source,
  };
  return new Figure({
    data: [{
      type: "bar",
      orientation: "h",
      x: layers.map(({ cost }) => cost),
      // Names may occur twice: places keep them apart.
      y: layers.map((_, i) => i),
      marker: {
        color: layers.map((layer) => layer === dearest ? palette.vermillion : palette.blue),
      },
      text: layers.map((layer) => `${share(layer).toFixed(1)} %`),
      textposition: "auto",
      customdata: layers.map((layer) => hover(layer, share(layer), unit)),
      hovertemplate: "%{customdata}<extra></extra>",
    }],
    layout: themedLayout(heading, {
      height: Math.min(2000, Math.max(300, 170 + 26 * layers.length)),
      xaxis: themedAxis(`Cost (${unit})`, { tickformat: "~s", rangemode: "tozero" }),
      yaxis: themedAxis("", {
        autorange: "reversed",
        showgrid: false,
        tickmode: "array",
        tickvals: layers.map((_, i) => i),
        ticktext: layers.map(({ name }) => escapeHtml(name.slice(0, 60))),
      }),
    }),
    summary: [
      heading.title,
      subtitle(heading),
      ...layers.map((layer) =>
        `${layer.name}: ${significant(layer.cost)} ${unit}, ${share(layer).toFixed(1)} %`
      ),
    ].join("\n"),
  });
}

function hover({ name, cost, macs }: ProfiledLayer, percent: number, unit: string): string {
  return [
    `<b>${escapeHtml(name)}</b>`,
    `${significant(cost)} ${escapeHtml(unit)}, ${percent.toFixed(1)} %`,
    ...macs
      ? [
        `${macs.toLocaleString("en-US")} MACs, ${significant(cost / macs, 3)} ${
          escapeHtml(unit)
        } each`,
      ]
      : [],
  ].join("<br>");
}
