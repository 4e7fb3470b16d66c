import assert from "node:assert/strict";
import { InputError } from "../../../lib/errors.ts";
import { parseCsv } from "../../../lib/sessions/rounds/csv.ts";
import { loadPublished } from "../../../lib/sessions/rounds/load_published.ts";
import { type RoundRow, roundRowKeys } from "../../../lib/sessions/rounds/round_row.ts";
import { formatRounds, parseRounds } from "../../../lib/sessions/rounds/round_table.ts";

const empty = Object.fromEntries(roundRowKeys.map((key) => [key, null])) as unknown as RoundRow;

Deno.test("formatRounds() and parseRounds() keep every value", () => {
  const rows: RoundRow[] = [
    { ...empty, division: "open", organisation: 'a, "b"\r\nc', system: " x ", benchmark: "kws01" },
    { ...empty, division: "closed", organisation: "é", system: "-", benchmark: "ad01", auc: 1e-7 },
  ];
  assert.deepEqual(parseRounds(formatRounds(rows)), rows);
  assert.deepEqual(parseRounds(formatRounds([])), []);
});

Deno.test("parseRounds() names what it cannot read", () => {
  assert.throws(() => parseRounds(""), InputError);
  assert.throws(() => parseRounds("a,b\n1,2\n"), /line of keys/);
  assert.throws(() => parseRounds("round,auc\nv1.0,much\n"), /'much' in line 2 as auc/);
  assert.throws(() => parseRounds('round,auc\n"v1.0,1\n'), InputError);
});

Deno.test("parseCsv() reads quotes, empty cells and both line ends", () => {
  const text = 'a,"b ""x"", y",\r\n"",,"l\n2"\n\nlast';
  assert.deepEqual(parseCsv(text), [["a", 'b "x", y', ""], ["", "", "l\n2"], [""], ["last"]]);
  assert.throws(() => parseCsv('a,b"c\n'), SyntaxError);
});

Deno.test("loadPublished() gives what ships: 365 rows of six rounds", async () => {
  const rows = await loadPublished();
  assert.equal(rows.length, 365);
  const rounds = Map.groupBy(rows, ({ round }) => round);
  assert.deepEqual([...rounds.keys()], ["v0.5", "v0.7", "v1.0", "v1.1", "v1.2", "v1.3"]);
  const reference = rows.find((row) =>
    row.round === "v0.5" && row.organisation === "reference" && row.benchmark === "kws01"
  )!;
  assert.deepEqual(
    [reference.throughputInfS, reference.energyUjPerInf, reference.top1Percent, reference.auc],
    [5.497, 7373.704, 90.1, 0.99],
  );
  for (const row of rows) {
    if (row.benchmark === "ad01") assert.equal(row.top1Percent, null);
    if (row.throughputInfS === null) continue;
    const product = row.throughputInfS * row.latencyMs!;
    assert.ok(Math.abs(product - 1000) < 1, `${row.system} ${row.benchmark}: ${product}`);
  }
});

Deno.test("loadPublished() gives a data frame of the same", async () => {
  const rows = await loadPublished();
  const frame = await loadPublished({ as: "frame" });
  assert.deepEqual(frame.shape, [rows.length, roundRowKeys.length]);
  const energies = frame.column("energyUjPerInf").values as (number | null)[];
  assert.deepEqual(energies, rows.map((row) => row.energyUjPerInf));
});
