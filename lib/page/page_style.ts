/** Style of reports: light and dark, readable when printed. */
export const pageStyle = `
:root { color-scheme: light dark; --line: #d5d9e0; --soft: #f4f6f9; --text: #1c2430; --dim: #5b6675;
  --error: #b3261e; --warning: #8a5a00; --note: #35617f; --valid: #1b6e3c; --page: #fff; }
@media (prefers-color-scheme: dark) { :root { --line: #343c48; --soft: #1b2029; --text: #e6eaf0; --dim: #98a3b3;
  --error: #ff8a80; --warning: #ffc56b; --note: #8cc4ea; --valid: #7ddba0; --page: #12161c; } }
* { box-sizing: border-box; }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--text); background: var(--page); margin: 2rem auto; max-width: 84rem;
  padding: 0 1.25rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0; color: var(--dim); }
.verdict { font-size: 1.1rem; font-weight: 600; color: var(--error); } .verdict.valid { color: var(--valid); }
.table { overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-top: 1px solid var(--line); }
thead th { border-top: 0; background: var(--soft); white-space: nowrap; position: sticky; top: 0; }
th button { font: inherit; font-weight: 600; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; }
th button::after { content: "\\2195"; color: var(--dim); padding-left: .3rem; }
th[aria-sort=ascending] button::after { content: "\\2191"; } th[aria-sort=descending] button::after { content: "\\2193"; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.path { overflow-wrap: anywhere; font-family: ui-monospace, monospace; font-size: .87em; }
#findings td.path { min-width: 14rem; }
td .fix { color: var(--dim); } .error { color: var(--error); } .warning { color: var(--warning); }
.note { color: var(--note); } .valid { color: var(--valid); } td.kind { font-weight: 600; white-space: nowrap; }
label { display: inline-block; margin: 0 1rem .5rem 0; } input[type=search] { font: inherit; padding: .2rem .4rem; width: 18rem; max-width: 100%; }
tr[hidden] { display: none; }
@media print { body { max-width: none; margin: 0; } .tools { display: none; } thead th { position: static; } }
`;

/**
 * Sorts a table by the column whose head is pressed; hides findings that were not asked for; hides the rows of a table in
 * which the words of the search field beside it (`data-search`: the table's id) do not occur.
 */
export const pageScript = `
for (const table of document.querySelectorAll("table")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
    const turn = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", turn === 1 ? "ascending" : "descending");
    const key = (row) => row.cells[column].dataset.key ?? row.cells[column].textContent;
    const number = (text) => text === "" ? -Infinity : Number(text);
    const rows = [...table.tBodies[0].rows];
    const isNumber = rows.every((row) => !Number.isNaN(number(key(row))));
    const compare = (a, b) => isNumber ? number(a) - number(b) || 0 : a.localeCompare(b, "en", { numeric: true });
    rows.sort((a, b) => turn * compare(key(a), key(b)));
    table.tBodies[0].append(...rows);
  }));
}
for (const search of document.querySelectorAll("input[data-search]")) {
  const table = document.getElementById(search.dataset.search);
  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\\s+/);
    for (const row of table.tBodies[0].rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
  });
}
const findings = document.querySelector("#findings");
if (findings) {
  const filter = () => {
    const kinds = [...document.querySelectorAll("input[name=kind]:checked")].map((box) => box.value);
    const words = document.querySelector("input[type=search]").value.toLowerCase();
    for (const row of findings.tBodies[0].rows) {
      row.hidden = !kinds.includes(row.dataset.kind) || !row.textContent.toLowerCase().includes(words);
    }
  };
  document.querySelector(".tools").addEventListener("input", filter);
}
`;
