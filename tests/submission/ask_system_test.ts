import assert from "node:assert/strict";
import { InputError } from "../../lib/errors.ts";
import { askSystem } from "../../lib/submission/ask_system.ts";
import { systemFields, systemProblems } from "../../lib/submission/system_description.ts";

/** Somebody who gives these answers to the questions that begin so, one after the other, and else none. */
function person(answers: Record<string, string[]>) {
  const asked: string[] = [];
  const ask = (question: string) => {
    asked.push(question);
    const key = Object.keys(answers).find((name) => question.startsWith(name));
    return Promise.resolve(key ? answers[key].shift() : "");
  };
  return { asked, ask };
}

const answers = () => ({
  "Submitter": ["acme"],
  "Division": ["Closed"],
  "Status": ["", "soon", " rdi "],
  "Board Name": ["Board One"],
  "Processor(s) Name": ["M33"],
  "Processor(s) Frequencies": ["160 MHz"],
  "Inference Framework": ["acme"],
});

Deno.test("askSystem() asks for each field until the answer can be used", async () => {
  const { asked, ask } = person(answers());
  const fields = await askSystem(ask);
  assert.deepEqual(systemProblems(fields), []);
  assert.equal(fields["Status"], "rdi");
  assert.equal(fields["SoC Name"], "");
  assert.equal(asked.length, systemFields.length + 2);
  const status = asked.filter((question) => question.startsWith("Status"));
  assert.match(status[1], /'' is none of/);
  assert.match(status[2], /'soon' is none of/);
});

Deno.test("askSystem() does not ask for what is known", async () => {
  const { asked, ask } = person({ ...answers(), "Status": ["rdi"] });
  const fields = await askSystem(ask, { "Submitter": "other" });
  assert.equal(fields["Submitter"], "other");
  assert.ok(!asked.some((question) => question.startsWith("Submitter")));
});

Deno.test("askSystem() throws where nobody answers", async () => {
  await assert.rejects(askSystem(() => Promise.resolve(undefined)), InputError);
});
