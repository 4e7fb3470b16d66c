import assert from "node:assert/strict";
import { InputError } from "../../lib/errors.ts";
import { seededRandom } from "../../lib/seeded_random.ts";
import { readSession } from "../../lib/sessions/read_session.ts";
import { SessionFolder } from "../../lib/sessions/session_folder.ts";

const time = "2026-01-01T00:00:00.000Z";
const lines = [
  `{"type":"start","time":"${time}","format":1,"benchmark":"kws01","mode":"performance",` +
  `"source":"measured","dut":{"name":"a","profile":"b","model":"kws01"},"port":"p","baudRate":9600,` +
  `"planned":5,"files":5,"labelsSha256":"00"}`,
  `{"type":"notice","time":"${time}","text":"naïve ✓"}`,
  `{"type":"stop","time":"${time}","reason":"done"}`,
];

async function withFile(bytes: Uint8Array | string, use: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/events.jsonl`;
  if (typeof bytes === "string") await Deno.writeTextFile(file, bytes);
  else await Deno.writeFile(file, bytes);
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("readSession() reads up to a last line that was cut, wherever it was cut", async () => {
  const bytes = new TextEncoder().encode(lines.join("\n") + "\n");
  const first = lines[0].length + 1;
  for (let cut = first; cut <= bytes.length; cut += 7) {
    await withFile(bytes.slice(0, cut), async (folder) => {
      const { start, findings } = await readSession(folder);
      assert.equal(start.benchmark, "kws01");
      assert.equal(findings.length, bytes[cut - 1] === 10 ? 0 : 1);
    });
  }
});

Deno.test("readSession() names the line that is no record", async () => {
  for (const bad of ["{", "null", '{"type":"window"}', '{"__proto__":{}}', "[]", '"start"', ""]) {
    await withFile(
      `${lines[0]}\n${bad}\n${lines[2]}\n`,
      (folder) =>
        assert.rejects(readSession(folder), (error: InputError) => {
          assert.ok(error instanceof InputError, bad);
          assert.match(error.source, /events\.jsonl:2$/);
          return true;
        }),
    );
  }
});

Deno.test("readSession() says what is missing", async () => {
  await assert.rejects(readSession("/nonexistent"), /Cannot open the session/);
  await withFile("", (folder) => assert.rejects(readSession(folder), /no start of a run/));
});

Deno.test("readSession() survives mutated files: a session or an InputError", async () => {
  const random = seededRandom(4);
  const original = new TextEncoder().encode(lines.join("\n") + "\n");
  for (let round = 0; round < 300; round++) {
    const bytes = original.slice();
    for (let k = 0; k < 3; k++) {
      bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
    }
    await withFile(bytes, async (folder) => {
      try {
        assert.ok((await readSession(folder)).start);
      } catch (error) {
        assert.ok(error instanceof InputError, String(error));
      }
    });
  }
});

Deno.test("SessionFolder removes a cut line before it appends", async () => {
  await withFile(`${lines[0]}\n${lines[1].slice(0, 20)}`, async (folder) => {
    {
      using session = await SessionFolder.open(folder);
      assert.equal(session.previous?.start.benchmark, "kws01");
      session.append({ type: "stop", time, reason: "done" });
    }
    const session = await readSession(folder);
    assert.deepEqual([session.stop?.reason, session.findings], ["done", []]);
  });
});

Deno.test("SessionFolder writes nothing before the first record", async () => {
  const parent = await Deno.makeTempDir();
  {
    using session = await SessionFolder.open(`${parent}/new`);
    assert.equal(session.previous, undefined);
  }
  assert.deepEqual([...Deno.readDirSync(parent)], []);
  await Deno.remove(parent, { recursive: true });
});
