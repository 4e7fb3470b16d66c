import { escapeHtml } from "../escape_html.ts";

/** HTML that may stand as it is. */
export class Html {
  /** The HTML. */
  readonly text: string;

  /** Takes text that is HTML already. */
  constructor(text: string) {
    this.text = text;
  }
}

type Value = string | number | undefined | Html | readonly Html[];

/**
 * A template of HTML: whatever is put in is escaped, but what came from this function itself. (A tag called `html` would
 * have its lines broken by the formatter.)
 */
export function markup(parts: TemplateStringsArray, ...values: Value[]): Html {
  return new Html(String.raw({ raw: parts }, ...values.map(textOf)));
}

function textOf(value: Value): string {
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(textOf).join("");
  return escapeHtml(String(value ?? ""));
}
