import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { thimble } from "./thimble.ts";

Deno.test("thimble monitors prints what each kind can do", async () => {
  const { code, out } = await thimble(["monitors"]);
  assert.equal(code, 0);
  assert.match(
    out,
    /^ +lpm01a +1\.8–3\.3 V +0\.2 A +1–100000 Hz +current, energy +yes +accepted$/m,
  );
  assert.match(out, /^ +ppk2 .* not accepted$/m);
  assert.match(out, /ppk2: For research, not accepted in submissions/);
});

Deno.test("thimble monitors --json prints the same as data", async () => {
  const { code, out } = await thimble(["monitors", "--json"]);
  assert.equal(code, 0);
  const { attached, capabilities } = JSON.parse(out);
  assert.ok(Array.isArray(attached));
  assert.deepEqual(Object.keys(capabilities), ["lpm01a", "n6705", "js110", "js220", "ppk2"]);
});

Deno.test("thimble monitors --monitor says which one it is", async () => {
  const program = fileURLToPath(
    new URL("../serial/monitors/virtual_lpm01a_program.ts", import.meta.url),
  );
  const port = `exec:"${Deno.execPath()}" run --quiet --no-check "${program}"`;
  const { code, out, err } = await thimble([
    "monitors",
    "--monitor",
    "lpm01a",
    "--monitor-port",
    port,
  ]);
  assert.equal(code, 0, err);
  assert.equal(
    out,
    "lpm01a: PowerShield, serial number 0000VIRTUAL, firmware 1.0.6\nIts output is off\n",
  );
});

Deno.test("thimble monitors says what cannot be opened", async () => {
  const unknown = await thimble(["monitors", "--monitor", "multimeter"]);
  assert.equal(unknown.code, 2);
  assert.match(unknown.err, /Cannot tell which monitor 'multimeter' is/);
  const port = await thimble(["monitors", "--monitor-port", "/dev/ttyACM0"]);
  assert.deepEqual([port.code, /without --monitor\n/.test(port.err)], [2, true]);
  const word = await thimble(["monitors", "lpm01a"]);
  assert.deepEqual([word.code, /Cannot go on with 1 arguments/.test(word.err)], [2, true]);
  const joulescope = await thimble(["monitors", "--monitor", "js220"]);
  assert.notEqual(joulescope.code, 0);
  assert.match(
    joulescope.err,
    /MonitorNotFoundError: Cannot use a Joulescope as its library is not at/,
  );
});
