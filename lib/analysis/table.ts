import { createHash } from "node:crypto";
import { escapeHtml } from "../escape_html.ts";
import { jupyterDisplay, type MimeBundle } from "./notebook_channel.ts";
import { significant } from "./significant.ts";

/** What a table is made with. */
export interface TableOptions {
  /**
   * Which columns, in which order: keys, or keys with the names to print.
   *
   * @default {all keys, in order of appearance}
   */
  columns?: readonly string[] | Readonly<Record<string, string>>;
  /** Printed above. */
  caption?: string;
}

/** Most rows that are shown: a page with more is slow, and nobody reads them. */
const maxShownRows = 1000;

/**
 * Rows as a notebook shows them, sorted by a click on a column's head, and as text elsewhere (`console.log`, `String`).
 *
 * @example
 * ```ts
 * import { table } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const rows = [{ board: "A", latencyMs: 12.3456 }];
 * const text = String(table(rows, { columns: { board: "board", latencyMs: "latency (ms)" } }));
 * assert.equal(text, "board  latency (ms)\nA             12.35");
 * ```
 */
export function table(rows: readonly object[], options: TableOptions = {}): Table {
  return new Table(rows, options);
}

/** See {@linkcode table}. */
export class Table {
  /** All rows. */
  readonly rows: readonly object[];
  /** Keys of the columns in order. */
  readonly keys: readonly string[];
  /** Names of the columns in order. */
  readonly names: readonly string[];
  /** Printed above; may be empty. */
  readonly caption: string;

  /** Keeps rows as they are. */
  constructor(rows: readonly object[], options: TableOptions = {}) {
    this.rows = rows;
    const { columns = [...new Set(rows.flatMap((row) => Object.keys(row)))] } = options;
    const entries = Array.isArray(columns)
      ? columns.map((key) => [key, key])
      : Object.entries(columns);
    this.keys = entries.map(([key]) => key);
    this.names = entries.map(([, name]) => name);
    this.caption = options.caption ?? "";
  }

  /** Columns under each other, numbers to the right. */
  toString(): string {
    const lines = [this.names, ...this.#shown().map((row) => row.map(formatCell))];
    const widths = this.names.map((_, c) => lines.reduce((w, l) => Math.max(w, l[c].length), 0));
    const isRight = this.names.map((_, c) => this.#isNumeric(c));
    const body = lines.map((line) =>
      line.map((cell, c) => isRight[c] ? cell.padStart(widths[c]) : cell.padEnd(widths[c]))
        .join("  ").trimEnd()
    );
    return [...this.#notes(), ...body].join("\n");
  }

  /** What a notebook shows. */
  [jupyterDisplay](): MimeBundle {
    return { "text/html": this.toHtml(), "text/plain": this.toString() };
  }

  /** What `console.log` shows. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** A `<table>` and the script that sorts it. All text is escaped. */
  toHtml(): string {
    const align = this.names.map((_, c) =>
      ` style="padding:0.25em 0.75em;text-align:${this.#isNumeric(c) ? "right" : "left"}"`
    );
    const head = this.names.map((name, c) =>
      `<th scope="col"${align[c]}><button type="button" style="all:unset;cursor:pointer">` +
      `${escapeHtml(name)}</button></th>`
    );
    const body = this.#shown().map((row) =>
      `<tr>${
        row.map((value, c) => {
          const key = typeof value === "number" ? ` data-value="${value}"` : "";
          return `<td${align[c]}${key}>${escapeHtml(formatCell(value))}</td>`;
        }).join("")
      }</tr>`
    );
    const caption = this.#notes().map(escapeHtml).join("<br>");
    const content = (caption && `<caption style="text-align:left">${caption}</caption>\n`) +
      `<thead><tr>${head.join("")}</tr></thead>\n<tbody>\n${body.join("\n")}\n</tbody>`;
    const id = createHash("sha256").update(content).digest("hex").slice(0, 16);
    return `<table data-thimble-table="${id}" style="border-collapse:collapse">\n${content}\n</table>\n` +
      `<script>${sortScript.replace("ID", id)}</script>`;
  }

  #notes(): string[] {
    const hidden = this.rows.length - maxShownRows;
    return [
      this.caption,
      hidden > 0 ? `The first ${maxShownRows} of ${this.rows.length} rows` : "",
    ].filter((text) => text !== "");
  }

  #shown(): unknown[][] {
    return this.rows.slice(0, maxShownRows).map((row) => this.keys.map((key) => cellOf(row, key)));
  }

  #isNumeric(column: number): boolean {
    const key = this.keys[column];
    return this.rows.some((row) => typeof cellOf(row, key) === "number");
  }
}

function cellOf(row: object, key: string): unknown {
  return Object.hasOwn(row, key) ? (row as Record<string, unknown>)[key] : undefined;
}

function formatCell(value: unknown): string {
  if (value === undefined || value === null) return "–";
  if (typeof value === "number") {
    return Number.isInteger(value) ? value.toLocaleString("en-US") : significant(value);
  }
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Once a table: a click sorts by that column, another one the other way round. */
const sortScript = `
for (const table of document.querySelectorAll('[data-thimble-table="ID"]:not([data-sortable])')) {
  table.dataset.sortable = "";
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.addEventListener("click", () => {
    const sign = head.ariaSort === "ascending" ? -1 : 1;
    for (const other of heads) other.ariaSort = null;
    head.ariaSort = sign > 0 ? "ascending" : "descending";
    const key = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent;
    const rows = [...table.tBodies[0].rows].sort((a, b) => {
      const order = key(a) - key(b);
      return sign * (Number.isNaN(order) ? key(a).localeCompare(key(b)) : order);
    });
    table.tBodies[0].append(...rows);
  }));
}
`;
