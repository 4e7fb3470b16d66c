import assert from "node:assert/strict";
import { readTflite } from "../../../lib/model/tflite/read_tflite.ts";
import { writeTflite } from "../../../lib/model/tflite/write_tflite.ts";
import { inFolder, thimble } from "../../cli/thimble.ts";
import { smallInputs, smallNet } from "./small_float.ts";

async function withFiles(work: (folder: string) => Promise<void>) {
  await inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/float.tflite`, writeTflite(smallNet()));
    await Deno.writeFile(`${folder}/c.f32`, new Uint8Array(smallInputs(16).buffer));
    await work(folder);
  });
}

Deno.test("thimble quantize writes an int8 model and says what it did", async () => {
  await withFiles(async (folder) => {
    await Deno.writeTextFile(
      `${folder}/recipe.json`,
      '{"method": "mse", "layers": [{"match": {"operator": 0}, "weightBits": 4}]}',
    );
    const args = ["quantize", `${folder}/float.tflite`, "--calibration", `${folder}/c.f32`];
    const { code, out } = await thimble([
      ...args,
      "--out",
      `${folder}/int8.tflite`,
      "--recipe",
      `${folder}/recipe.json`,
      "--method",
      "percentile",
    ]);
    assert.equal(code, 0);
    assert.match(out, /CONV_2D\s+int8\s+4 bit/);
    const graph = readTflite(await Deno.readFile(`${folder}/int8.tflite`));
    assert.equal(graph.tensors[graph.inputs[0]].type, "int8");
    const onnx = await thimble([...args, "--out", `${folder}/int8.onnx`, "--json"]);
    assert.equal(onnx.code, 0);
    assert.equal(JSON.parse(onnx.out).layers.length, 6);
  });
});

Deno.test("thimble quantize refuses what it cannot use, and writes nothing", async () => {
  await withFiles(async (folder) => {
    const model = `${folder}/float.tflite`;
    const calibration = ["--calibration", `${folder}/c.f32`];
    const target = ["--out", `${folder}/int8.tflite`];
    await Deno.writeTextFile(`${folder}/list.txt`, "only_this.wav\n");
    for (
      const args of [
        [model, ...target],
        [model, ...calibration],
        [model, ...calibration, "--out", `${folder}/int8.bin`],
        [model, ...calibration, "--out", `${folder}/int8.onnx`, "--pack"],
        [model, ...calibration, ...target, "--method", "best"],
        [model, ...calibration, ...target, "--weight-bits", "9"],
        [model, ...calibration, ...target, "--recipe", `${folder}/none.json`],
        [model, ...calibration, ...target, "--closed", `${folder}/list.txt`],
        [`${folder}/c.f32`, ...calibration, ...target],
      ]
    ) {
      const { code, err } = await thimble(["quantize", ...args]);
      assert.equal(code, 2, args.join(" "));
      assert.match(err, /Cannot/);
    }
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assert(!names.includes("int8.tflite"));
  });
});

Deno.test("thimble quantize takes what bytes stand for, where it is a scale", async () => {
  await inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/float.tflite`, writeTflite(smallNet()));
    await Deno.mkdir(`${folder}/bytes`);
    await Deno.writeFile(`${folder}/bytes/a.bin`, Uint8Array.from({ length: 128 }, (_, i) => i));
    const quantize = (...options: string[]) =>
      thimble(
        ["quantize", "float.tflite", "--calibration", "bytes", "--out", "o.tflite", ...options],
        folder,
      );
    for (
      const [options, about] of [
        [["--scale", "0"], "--scale"],
        [["--scale=-1"], "--scale"],
        [["--scale", "1", "--zero-point", "0.5"], "--zero-point"],
        [["--scale", "1", "--zero-point", "128"], "--zero-point"],
        [["--scale", "1", "--zero-point=-1", "--unsigned"], "--zero-point"],
      ] as const
    ) {
      const { code, err } = await quantize(...options);
      assert.equal(code, 2, err);
      assert(err.includes(`for ${about}`), err);
    }
    const { code, err } = await quantize("--scale", "0.5", "--zero-point", "128", "--unsigned");
    assert.equal(code, 0, err);
    const { tensors, inputs } = readTflite(await Deno.readFile(`${folder}/o.tflite`));
    const { scale, zeroPoint } = tensors[inputs[0]].quantization!;
    assert.deepEqual([scale[0], zeroPoint[0]], [0.5, 0]);
  });
});

Deno.test("thimble quantize says how large the model was that it writes over", async () => {
  await withFiles(async (folder) => {
    const model = `${folder}/float.tflite`;
    const { size } = await Deno.stat(model);
    const args = ["quantize", model, "--calibration", `${folder}/c.f32`, "--out", model];
    const { code, out } = await thimble(args);
    assert.equal(code, 0);
    assert(out.includes(`(${size} bytes) became`), out);
    assert.notEqual((await Deno.stat(model)).size, size);
  });
});
