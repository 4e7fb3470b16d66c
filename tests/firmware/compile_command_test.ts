/** `thimble compile`: files, figures, a firmware that says how it was built. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { totalOf } from "../../lib/model/compile/memory_part.ts";
import { ProcessPort } from "../../lib/serial/process_port.ts";
import { demoModel } from "../../lib/runner/demo_data.ts";
import { inFolder, thimble } from "../cli/thimble.ts";
import { dequantize } from "../../lib/model/int8/quantize_input.ts";
import { elementCount } from "../../lib/model/graph.ts";
import { Int8Executor } from "../../lib/model/int8/int8_executor.ts";
import { Dut } from "../../lib/serial/dut.ts";
import { writeTflite } from "../../lib/model/tflite/write_tflite.ts";
import { SeededRandom } from "../model/seeded_random.ts";
import { smallGraph } from "../model/small_graph.ts";
import { testWith } from "../reference.ts";
import { answer } from "../serial/expected_protocol.ts";
import { Line } from "./ports_conversation.ts";
import { gcc, qemu } from "./ports_tools.ts";

Deno.test("thimble compile writes C and says what it takes", () =>
  inFolder(async (folder) => {
    const text = await thimble(["compile", demoModel(), "--out", "model"], folder);
    assert.equal(text.code, 0, text.err);
    assert.match(text.out, /Wrote 'model\/model.c' and 'model\/weights.h':\nkws01, \d operators/);
    const names = Array.from(Deno.readDirSync(`${folder}/model`), ({ name }) => name).sort();
    assert.deepEqual(names, ["model.c", "weights.h"]);
    const hash = createHash("sha256").update(await Deno.readFile(demoModel())).digest("hex");
    assert.ok((await Deno.readTextFile(`${folder}/model/model.c`)).includes(`.hash = "${hash}"`));
    const json = await thimble(["compile", demoModel(), "--out", "m", "--json"], folder);
    const { benchmark, operators, parts, macros } = JSON.parse(json.out);
    assert.equal(benchmark, "kws01");
    assert.equal(operators[0], "CONV_2D");
    assert.equal(macros.TH_INPUT_BYTES, 490 + 16);
    const arena = /arena\[(\d+) \+ ENGINE_SLACK\]/.exec(
      await Deno.readTextFile(`${folder}/m/model.c`),
    );
    const { flashBytes, ramBytes } = totalOf(parts);
    assert.equal(ramBytes, Number(arena![1]) + 16 + macros.TH_INPUT_BYTES);
    assert.ok(flashBytes > 24 * 40 + 12 * 24);
  }));

Deno.test("thimble compile says what it cannot do", () =>
  inFolder(async (folder) => {
    const refused = async (args: string[], message: RegExp) => {
      const { code, err } = await thimble(["compile", ...args], folder);
      assert.equal(code, 2);
      assert.match(err, message);
    };
    await refused([demoModel()], /without --out/);
    await refused([demoModel(), "--out", "x", "--port", "toString"], /port 'toString'/);
    await refused(
      [demoModel(), "--out", "x", "--port", "stm32l4", "--board", "nucleo"],
      /board 'nucleo'(.|\n)*nucleo-l4r5zi or b-l475e/,
    );
    await refused([demoModel(), "--out", "x", "--board", "b-l475e"], /board 'b-l475e'/);
    await refused([demoModel(), "--out", "x", "--energy"], /for energy mode by the port 'native'/);
    await refused([demoModel(), "--out", "x", "--benchmark", "ic01"], /Cannot run 'ic01'/);
    const graph = smallGraph();
    for (
      const [type, hint] of [["uint8", "--io int8"], ["float32", "Quantize the model"]] as const
    ) {
      const tensors = graph.tensors.map((tensor, i) =>
        graph.inputs.includes(i)
          ? { ...tensor, type, quantization: type === "uint8" ? tensor.quantization : undefined }
          : tensor
      );
      await Deno.writeFile(`${folder}/${type}.tflite`, writeTflite({ ...graph, tensors }));
      const message = new RegExp(`is '${type}': expected 'int8'(.|\\n)*${hint}`);
      await refused([`${type}.tflite`, "--out", "x"], message);
    }
    await refused(["absent.tflite", "--out", "x"], /Cannot open the model 'absent.tflite'/);
    await Deno.writeTextFile(`${folder}/file`, "");
    await refused([demoModel(), "--out", "file"], /Cannot (make the folder|write) 'file/);
  }));

for (
  const [port, board, needed, sizes, bits] of [
    ["native", [], gcc, "size", 64],
    ["mps2-an386", [], qemu, "arm-none-eabi-size", 32],
    ["stm32l4", [], qemu, "arm-none-eabi-size", 32],
    ["stm32l4", ["--board", "b-l475e", "--energy"], qemu, "arm-none-eabi-size", 32],
  ] as const
) {
  testWith(
    needed,
    `thimble compile --build makes firmware for ${[port, ...board].join(" ")}`,
    () =>
      inFolder(async (folder) => {
        const target = ["--port", port, ...board];
        const args = ["compile", demoModel(), ...target, "--out", "m", "--build", "--json"];
        const { code, out, err } = await thimble(args, folder);
        assert.equal(code, 0, err);
        const { program, parts } = JSON.parse(out);
        assert.equal(program.file, `m/thimble-${port}${port === "stm32l4" ? ".elf" : ""}`);
        const size = (await promisify(execFile)(sizes, [`${folder}/${program.file}`])).stdout;
        const [text, data, bss] = size.trim().split("\n")[1].trim().split(/\s+/).map(Number);
        const { flashBytes, ramBytes } = totalOf(program.parts);
        assert.deepEqual([flashBytes, ramBytes], [text + data, data + bss]);
        const [model, kernels, rest] = program.parts;
        for (const part of [model, kernels, rest]) assert.ok(part.flashBytes > 500, part.name);
        // The linked model is what was planned, and its functions.
        const planned = totalOf(parts);
        assert.ok(model.flashBytes > planned.flashBytes);
        assert.ok(model.flashBytes < planned.flashBytes + (bits === 32 ? 1000 : 4000));
        assert.equal(kernels.ramBytes, 0);
        if (port === "stm32l4") {
          const image = await Deno.readFile(`${folder}/m/thimble-stm32l4.bin`);
          assert.equal(image.length, flashBytes);
          const flags = /-mcpu=cortex-m4[^\0]*/.exec(new TextDecoder("latin1").decode(image))![0];
          assert.equal(flags.includes("-DTH_ENERGY_MODE"), target.includes("--energy"), flags);
          assert.equal(flags.includes("-DTH_BOARD_B_L475E"), target.includes("b-l475e"), flags);
          const back = ["-I", "ihex", "-O", "binary", "m/thimble-stm32l4.hex", "m/back.bin"];
          await promisify(execFile)("arm-none-eabi-objcopy", back, { cwd: folder });
          assert.deepEqual(await Deno.readFile(`${folder}/m/back.bin`), image);
        }
      }),
  );
}

testWith(gcc, "compiled firmware says what it was built from", () =>
  inFolder(async (folder) => {
    const args = ["compile", demoModel(), "--out", "m", "--build", "--arithmetic", "single"];
    const { code, err } = await thimble(args, folder);
    assert.equal(code, 0, err);
    const port = new ProcessPort(`${folder}/m/thimble-native`);
    await port.open({ baudRate: 115_200 });
    await using line = new Line(port);
    await line.receive();
    await line.send("build%");
    const version = (await promisify(execFile)("gcc", ["-dumpfullversion"])).stdout.trim();
    const hash = createHash("sha256").update(await Deno.readFile(demoModel())).digest("hex");
    assert.equal(
      await line.receive(),
      answer(
        "m-build-version-[0.1.0]",
        "m-build-port-[native]",
        "m-build-board-[native]",
        `m-build-compiler-[gcc ${version}]`,
        "m-build-flags-[-std=c11 -O2 -DTH_INPUT_BYTES=506 -DENGINE_ROUNDING=1]",
        `m-build-model-[${hash}]`,
      ),
    );
    for (const command of ["chunk 490%", "db load 490%", `db ${"07".repeat(490)}%`]) {
      await line.send(command);
      await line.receive();
    }
    await line.send("optime 2%");
    assert.match(
      await line.receive(),
      /^m-optime-\[0,CONV_2D,\d+\]\r\nm-optime-\[1,[A-Z0-9_]+,\d+\]\r\n(m-optime-.*\r\n)*m-ready\r\n$/,
    );
  }));

/** The small network of tests/model, as a file. */
async function smallModel(folder: string): Promise<string> {
  await Deno.writeFile(`${folder}/small.tflite`, writeTflite(smallGraph()));
  return "small.tflite";
}

testWith(
  gcc,
  "thimble compile takes a model that is for no benchmark",
  () =>
    inFolder(async (folder) => {
      const path = await smallModel(folder);
      const text = await thimble(["compile", path, "--out", "m", "--build"], folder);
      assert.equal(text.code, 0, text.err);
      assert.match(text.out, /\nFor no benchmark, \d+ operators/);
      const json = await thimble(["compile", path, "--out", "m", "--json"], folder);
      assert.equal(JSON.parse(json.out).benchmark, null);
      await using dut = await Dut.connect(new ProcessPort(`${folder}/m/thimble-native`));
      assert.equal((await dut.profile()).model, "custom");
      const executor = new Int8Executor(smallGraph());
      const random = new SeededRandom(7);
      for (let i = 0; i < 5; i++) {
        const input = random.int8s(elementCount(executor.input.shape));
        await dut.load(new Uint8Array(input.buffer));
        const { results } = await dut.infer({ iterations: 1 });
        const expected = dequantize(executor.run(input), executor.output);
        assert.deepEqual(results, Array.from(expected, (value) => Number(value.toFixed(6))));
      }
      // What it is not for, it is not taken for.
      const { code, err } = await thimble(
        ["compile", path, "--out", "m", "--benchmark", "kws01"],
        folder,
      );
      assert.equal(code, 2);
      assert.match(err, /Cannot run 'kws01' on the model/);
    }),
);
