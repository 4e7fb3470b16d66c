/** `thimble model`: what each command prints, and what it does with files that are none. */
import assert from "node:assert/strict";
import { demoData, demoModel } from "../../lib/runner/demo_data.ts";
import { referenceTest, shared } from "../reference.ts";
import { inFolder, thimble } from "./thimble.ts";

const data = ["--benchmark", "kws01", "--data", demoData()];

Deno.test("thimble model info prints layers, and draws the graph", () =>
  inFolder(async (folder) => {
    const text = await thimble(["model", "info", demoModel(), "--svg", "graph.svg"], folder);
    assert.equal(text.code, 0, text.err);
    assert.match(text.out, /CONV_2D +1×25×5×24/);
    assert.match(await Deno.readTextFile(`${folder}/graph.svg`), /^<svg /);
    const { layers, macs } = JSON.parse(
      (await thimble(["model", "info", demoModel(), "--json"])).out,
    );
    assert.equal(layers.length, 5);
    assert.equal(macs, 25 * 5 * 24 * 40 + 12 * 120);
  }));

Deno.test("thimble model evaluate gives the same outputs in every way to compute them", () =>
  inFolder(async (folder) => {
    const evaluate = async (name: string, ...more: string[]) => {
      const args = [
        "model",
        "evaluate",
        demoModel(),
        ...data,
        "--outputs",
        name,
        "--json",
        ...more,
      ];
      const { code, out, err } = await thimble(args, folder);
      assert.equal(code, 0, err);
      return { figures: JSON.parse(out), csv: await Deno.readTextFile(`${folder}/${name}`) };
    };
    const { figures, csv } = await evaluate("one.csv");
    assert.equal(figures.inputs, 120);
    assert.ok(figures.top1Percent > 85 && figures.auc > 0.9);
    const [first] = csv.split("\n");
    assert.match(first, /^demo_000_down\.bin(,-?\d+){12}$/);
    assert.equal((await evaluate("two.csv", "--workers", "2")).csv, csv);
    assert.equal((await evaluate("folded.csv", "--fold")).csv, csv);
    // The log of outputs tells the arithmetic that made it.
    const log = ["--log", "one.csv", "--json"];
    const told = await thimble(["model", "fingerprint", demoModel(), ...data, ...log], folder);
    const [best] = JSON.parse(told.out);
    assert.deepEqual([best.rounding, best.agreement], ["tflm", 1], told.err);
  }));

Deno.test("thimble model evaluate agrees with the virtual board's run", () =>
  inFolder(async (folder) => {
    const board = await thimble(
      "run --benchmark kws01 --mode accuracy --port virtual --session s --json".split(" "),
      folder,
    );
    const engine = await thimble(["model", "evaluate", demoModel(), ...data, "--json"]);
    assert.equal(JSON.parse(board.out).top1Percent, JSON.parse(engine.out).top1Percent);
  }));

Deno.test("thimble model convert goes to ONNX and back to the same model", () =>
  inFolder(async (folder) => {
    for (const form of ["qdq", "qlinear"]) {
      const there = await thimble(
        ["model", "convert", demoModel(), "m.onnx", "--form", form],
        folder,
      );
      assert.equal(there.code, 0, there.err);
      const back = await thimble(["model", "convert", "m.onnx", "m.tflite"], folder);
      assert.equal(back.code, 0, back.err);
      const run = (model: string) =>
        thimble(["model", "run", model, "--input", `${demoData()}/demo_000_down.bin`], folder);
      assert.equal((await run("m.tflite")).out, (await run(demoModel())).out);
    }
    const compared = await thimble(["model", "compare", demoModel(), "m.tflite", "--json"], folder);
    assert.notEqual(JSON.parse(compared.out).relation, "other-weights");
  }));

referenceTest("thimble model compare tells a quantization from another model", async () => {
  const model = (name: string) => shared(`reference/models/${name}.tflite`);
  const quantized = await thimble([
    "model",
    "compare",
    model("pretrainedResnet"),
    model("pretrainedResnet_quant"),
  ]);
  assert.equal(quantized.code, 0, quantized.err);
  assert.match(quantized.out, /quantization of the first/);
  const other = await thimble(["model", "compare", model("ad01_fp32"), model("kws_ref_model")]);
  assert.equal(other.code, 1);
  assert.match(other.out, /graphs are not the same/);
});

Deno.test("thimble model answers what it cannot use with one clear error", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/text.tflite`, "no model");
    await Deno.writeFile(
      `${folder}/cut.tflite`,
      (await Deno.readFile(demoModel())).subarray(0, 1000),
    );
    await Deno.writeFile(`${folder}/short.bin`, new Uint8Array(3));
    const cases: [string[], RegExp][] = [
      [["model", "frobnicate"], /frobnicate.*\n.*evaluate/],
      [["model", "info"], /MODEL/],
      [["model", "info", "none.tflite"], /Cannot open the model/],
      [["model", "info", folder], /Cannot open the model/],
      [["model", "info", "text.tflite"], /TFL3/],
      [["model", "info", "cut.tflite"], /ModelError/],
      [["model", "convert", demoModel(), "out.txt"], /format of 'out\.txt'/],
      [["model", "convert", demoModel(), "out.onnx", "--form", "x"], /form 'x'/],
      [["model", "run", demoModel(), "--input", "short.bin"], /3 bytes: 490/],
      [["model", "evaluate", demoModel(), ...data, "--arithmetic", "x"], /arithmetic 'x'/],
      [["model", "evaluate", demoModel(), "--benchmark", "ic01", "--data", "."], /y_labels/],
      [["model", "fingerprint", demoModel(), ...data, "--log", "text.tflite"], /line 1/],
    ];
    for (const [args, pattern] of cases) {
      const { code, out, err } = await thimble(args, folder);
      assert.equal(code, 2, `${args.join(" ")}: ${err}`);
      assert.match(err, pattern);
      assert.equal(out, "");
    }
    const left = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assert.deepEqual(left, ["cut.tflite", "short.bin", "text.tflite"]);
  }));
