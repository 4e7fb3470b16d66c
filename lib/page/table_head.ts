import { type Html, markup } from "./markup.ts";

/** The head of a table that {@linkcode pageScript} sorts: a button a column. */
export function tableHead(names: readonly string[]): Html {
  const cells = names.map((name) =>
    markup`<th scope="col"><button type="button">${name}</button></th>`
  );
  return markup`<thead><tr>${cells}</tr></thead>`;
}
