import assert from "node:assert/strict";
import { InputError } from "../../../lib/errors.ts";
import {
  checkCalibrationList,
  readCalibration,
} from "../../../lib/training/quantization/calibration_data.ts";

const tensor = (shape: number[]) => ({ name: "input", shape, type: "float32" as const });

async function folder(files: Record<string, Uint8Array>): Promise<string> {
  const path = await Deno.makeTempDir();
  for (const [name, bytes] of Object.entries(files)) await Deno.writeFile(`${path}/${name}`, bytes);
  return path;
}

const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

Deno.test("readCalibration() reads float32 from a file or a folder, in the order of names", async () => {
  const path = await folder({
    "b.f32": floats(3, 4),
    "a.f32": floats(1, 2, 5, 6),
    "x.txt": floats(9),
  });
  const all = await readCalibration(path, tensor([1, 2]));
  assert.deepEqual([...all.inputs], [1, 2, 5, 6, 3, 4]);
  assert.deepEqual(all.files, ["a.f32", "b.f32"]);
  assert.equal(all.input, undefined);
  assert.deepEqual([...(await readCalibration(`${path}/b.f32`, tensor([1, 2]))).inputs], [3, 4]);
  const few = await readCalibration(path, tensor([1, 1]), { count: 3 });
  assert.deepEqual([...few.inputs], [1, 5, 3]);
  await Deno.remove(path, { recursive: true });
});

Deno.test("readCalibration() knows what bytes of a benchmark stand for", async () => {
  const path = await folder({ "k.bin": new Uint8Array(490).fill(84) });
  const kws = await readCalibration(path, tensor([1, 49, 10, 1]));
  assert(Math.abs(kws.inputs[0] - 0.5847029) < 1e-6);
  assert.deepEqual(kws.input, { scale: 0.5847029089927673, zeroPoint: 83 });
  await Deno.writeFile(`${path}/k.bin`, new Uint8Array(3072).fill(255));
  const ic = await readCalibration(path, tensor([1, 32, 32, 3]));
  assert.equal(ic.inputs[0], 255);
  assert.deepEqual(ic.input, { scale: 1, zeroPoint: -128 });
  const stored = { scale: 0.5, zeroPoint: -2, signed: true };
  const own = await readCalibration(path, tensor([1, 32, 32, 3]), { stored });
  assert.equal(own.inputs[0], 0.5);
  await Deno.remove(path, { recursive: true });
});

Deno.test("readCalibration() cuts windows of ad01 as the benchmark does", async () => {
  const frames = Float32Array.from({ length: 128 * 7 }, (_, i) => Math.floor(i / 128));
  const path = await folder({ "ad.bin": new Uint8Array(frames.buffer) });
  const { inputs } = await readCalibration(path, tensor([1, 640]));
  assert.equal(inputs.length, 3 * 640);
  assert.deepEqual([inputs[0], inputs[640], inputs[1280], inputs.at(-1)], [0, 1, 2, 6]);
  await Deno.remove(path, { recursive: true });
});

Deno.test("readCalibration() names the file that does not fit", async () => {
  const path = await folder({ "a.f32": floats(1, 2, 3) });
  for (
    const [where, shape] of [
      [path, [1, 2]],
      [`${path}/none.f32`, [1, 2]],
      ["/", [1, 2]],
    ] as const
  ) {
    await assert.rejects(readCalibration(where, tensor([...shape])), InputError);
  }
  await Deno.writeFile(`${path}/a.f32`, new Uint8Array(7));
  await assert.rejects(readCalibration(path, tensor([1, 1])), /7 bytes/);
  await Deno.remove(`${path}/a.f32`);
  await Deno.writeFile(`${path}/b.bin`, new Uint8Array(10));
  await assert.rejects(readCalibration(path, tensor([1, 10])), /10 values/);
  await Deno.remove(path, { recursive: true });
});

Deno.test("checkCalibrationList() keeps the closed division's rule", () => {
  checkCalibrationList(["x/frog_1.bin", "deer_2.f32"], ["deer_2", "frog_1", "cat_3"]);
  assert.throws(() => checkCalibrationList(["dog_9.bin", "cow_1.bin"], ["deer_2"]), /nor 1 others/);
});
