/**
 * What makes the page of an energy figure draw finer where its reader zooms in.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { scriptJson } from "./html_text.ts";
import { type PowerEnvelope, viewLine } from "./power_envelope.ts";

/** An envelope and where it stands on the axis of time. */
export interface PlacedEnvelope {
  /** Its values. */
  envelope: PowerEnvelope;
  /** Where its trace begins, in seconds. */
  offsetS: number;
  /** Where the envelope begins. */
  firstS: number;
  /** Where its trace ends. */
  toS: number;
}

/**
 * JavaScript for a page: a function that takes the element of a figure and Plotly. Each time the axis of time changes it
 * draws the line anew, from the values of the envelopes that lie in view, and it adds buttons that save the figure.
 *
 * @param lineIndex Index of the line among the figure's traces.
 * @param points Points of the line.
 */
export function zoomScript(
  placed: readonly PlacedEnvelope[],
  lineIndex: number,
  points: number,
): string {
  const parts = placed.map(({ envelope: { low, high, bucketS }, firstS }) => ({
    low: base64(low),
    high: low === high ? null : base64(high),
    bucketS,
    firstS,
  }));
  return `(node, Plotly) => {
  const viewLine = ${viewLine};
  const floats = (text) => new Float32Array(
    Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer);
  const parts = ${scriptJson(parts)}.map((part) => {
    const low = floats(part.low);
    return { ...part, low, high: part.high === null ? low : floats(part.high) };
  });
  let drawn = "";
  const draw = () => {
    const [fromS, toS] = node._fullLayout.xaxis.range;
    const key = fromS + " " + toS;
    if (key === drawn) return;
    drawn = key;
    const x = [];
    const y = [];
    for (const { low, high, bucketS, firstS } of parts) {
      const inView = Math.min(toS, firstS + low.length * bucketS) - Math.max(fromS, firstS);
      if (inView <= 0) continue;
      const most = Math.max(2, Math.floor(${points} * Math.min(1, inView / (toS - fromS))));
      const line = viewLine(low, high, bucketS, firstS, fromS, toS, most);
      if (x.length > 0) {
        x.push(line.x[0]);
        y.push(null);
      }
      for (let i = 0; i < line.x.length; i++) {
        x.push(line.x[i]);
        y.push(line.y[i]);
      }
    }
    return Plotly.restyle(node, { x: [x], y: [y] }, [${lineIndex}]);
  };
  node.on("plotly_relayout", draw);
  const bar = document.createElement("p");
  bar.style.margin = "0 16px";
  for (const format of ["png", "svg"]) {
    const button = document.createElement("button");
    button.textContent = "Save as " + format.toUpperCase();
    button.dataset.thimbleSave = format;
    button.style.marginRight = "8px";
    const size = { width: node.clientWidth || 1000, height: node.clientHeight || 420 };
    button.addEventListener("click", () =>
      Plotly.downloadImage(node, { format, filename: "energy", scale: format === "png" ? 2 : 1, ...size }));
    bar.append(button);
  }
  node.after(bar);
}`;
}

function base64(values: Float32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");
}
