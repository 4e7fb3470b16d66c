import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { buildFirmware } from "../../firmware/ports/build.ts";
import { Dut } from "../../lib/serial/dut.ts";
import { PosixSerialPort } from "../../lib/serial/posix_port.ts";
import { ProcessPort } from "../../lib/serial/process_port.ts";
import { answer } from "../serial/expected_protocol.ts";
import { testWith } from "../reference.ts";
import { holdConversation, Line, loadEcho, type Speaker, useDut } from "./ports_conversation.ts";
import { clang, gcc, withFirmware } from "./ports_tools.ts";

const speaker: Speaker = {
  name: "thimble-native",
  profile: "Thimble firmware 0.1.0 on the host",
  model: "echo",
  extensions: "load-binary,stride,chunk,optime",
};

const sanitized = { flags: ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"] };

async function open(file: string, args: string[] = []): Promise<Line> {
  const port = new ProcessPort(file, { args });
  await port.open({ baudRate: 115_200 });
  return new Line(port);
}

testWith(gcc, "the native firmware holds the conversation, with sanitizers", async () => {
  await withFirmware("native", sanitized, async (file) => {
    await using line = await open(file);
    await holdConversation(line, speaker);
  });
});

testWith(gcc, "the native firmware gives edges in energy mode", async () => {
  await withFirmware("native", sanitized, async (file) => {
    let text = "";
    {
      const port = new ProcessPort(file, {
        args: ["--energy", "--trace"],
        onStderr: (bytes) => text += new TextDecoder().decode(bytes),
      });
      await port.open({ baudRate: 115_200 });
      await using line = new Line(port);
      await holdConversation(line, { ...speaker, mode: "energy" });
    }
    const edges = [...text.matchAll(/^F (\d+) 1\nS \d+ 1$/gm)].map((match) => Number(match[1]));
    // one `timestamp`, and four windows with two each
    assert.equal(edges.length, 9);
    assert.deepEqual(edges, edges.toSorted((a, b) => a - b));
  });
});

testWith(gcc, "Dut drives the native firmware", async () => {
  await withFirmware("native", {}, async (file) => {
    await using dut = await Dut.connect(new ProcessPort(file));
    assert.equal(await dut.name(), "thimble-native");
    assert.equal((await dut.profile()).model, "echo");
    assert.equal(dut.mode, "performance");
    await useDut(dut);
    const [first, second] = [await dut.timestamp(), await dut.timestamp()];
    assert.ok(second! >= first!);
  });
});

testWith(gcc, "the native firmware ends an inference at CTRL-C", async () => {
  await withFirmware("native", sanitized, async (file) => {
    await using line = await open(file);
    await line.receive();
    await loadEcho(line);
    await line.send("infer 10000000 0%");
    await line.send("\x03");
    assert.match(
      await line.receive(),
      /^m-warmup-start-0\r\nm-warmup-done\r\nm-infer-start-10000000\r\nm-lap-us-\d+\r\ne-\[Interrupted after \d+ inferences\]\r\nm-ready\r\n$/,
    );
    await line.send("name%");
    assert.equal(await line.receive(), answer("m-name-dut-[thimble-native]"));
  });
});

testWith(gcc, "the native firmware ends what was asked for when its input ends", async () => {
  await withFirmware("native", sanitized, async (file) => {
    const hex = "00".repeat(490);
    const child = new Deno.Command(file, { stdin: "piped", stdout: "piped" }).spawn();
    const writer = child.stdin.getWriter();
    const text = `chunk 490%db load 490%db ${hex}%infer 1000 1%name`;
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
    const { code, stdout } = await child.output();
    assert.equal(code, 0);
    assert.match(new TextDecoder().decode(stdout), /m-results-\[0\.0.*\]\r\nm-ready\r\n$/);
  });
});

testWith(
  gcc,
  "the native firmware gives up a binary load where the host falls silent",
  async () => {
    const macros = { TH_RAW_QUIET_US: 1 };
    await withFirmware("native", { macros }, async (file) => {
      await using line = await open(file);
      await line.receive();
      await line.send("db load 10%db raw 10 00000000%");
      await line.receive();
      await line.receive();
      assert.equal(
        await line.receive(),
        answer("e-[Too few bytes: 0 of 10 raw bytes arrived]"),
      );
    });
  },
);

testWith(
  gcc,
  "the native firmware ends when its host is gone, whatever it was asked for",
  async () => {
    await withFirmware("native", {}, async (file) => {
      const child = new Deno.Command(file, { stdin: "piped", stdout: "piped" }).spawn();
      const writer = child.stdin.getWriter();
      const hex = (bytes: number) => "07".repeat(bytes);
      const text = `chunk 490%db load 490%db ${hex(490)}%infer 10000000 10000000%`;
      await writer.write(new TextEncoder().encode(text));
      const reader = child.stdout.getReader();
      let heard = "";
      while (!heard.includes("m-warmup-start")) {
        heard += new TextDecoder().decode((await reader.read()).value);
      }
      await writer.close();
      await reader.cancel();
      // It would be killed by what it writes, minutes later.
      assert.equal((await child.status).code, 1);
    });
  },
);

testWith(gcc, "the native firmware has a terminal of its own when it is asked to", async () => {
  await withFirmware("native", {}, async (file) => {
    await using port = new ProcessPort(file, { args: ["--pty"] });
    await port.open({ baudRate: 115_200 });
    const reader = port.readable!.getReader();
    const { value } = await reader.read();
    reader.releaseLock();
    const path = new TextDecoder().decode(value).trim();
    await using dut = await Dut.connect(new PosixSerialPort(path));
    assert.equal(await dut.name(), "thimble-native");
    await useDut(dut, 1);
  });
});

testWith(gcc, "the native firmware runs a model that is linked in, on the engine", async () => {
  const model = new URL("ports_model/", import.meta.url).pathname;
  await withFirmware("native", { ...sanitized, model }, async (file) => {
    await using dut = await Dut.connect(new ProcessPort(file));
    assert.equal((await dut.profile()).model, "lookup");
    await dut.load(new Uint8Array([0x00, 0x01, 0xff, 0x80]));
    const { results } = await dut.infer({ iterations: 1 });
    assert.deepEqual(results, [-1, -2, 0, 127]);
  });
});

testWith(gcc, "the firmware says how it was built", async () => {
  const macros = { TH_INPUT_BYTES: 1000 };
  await withFirmware("native", { macros }, async (file) => {
    await using line = await open(file);
    await line.receive();
    await line.send("build%");
    const version = (await promisify(execFile)("gcc", ["-dumpfullversion"])).stdout.trim();
    assert.equal(
      await line.receive(),
      answer(
        "m-build-version-[0.1.0]",
        "m-build-port-[native]",
        "m-build-board-[native]",
        `m-build-compiler-[gcc ${version}]`,
        "m-build-flags-[-std=c11 -O2 -DTH_INPUT_BYTES=1000]",
        "m-build-model-[none]",
      ),
    );
    await line.send("stack%");
    assert.equal(await line.receive(), answer("e-[This board does not measure its stack]"));
    await line.send("db load 1001%");
    assert.equal(
      await line.receive(),
      answer("e-[Supplied buffer size 1001 exceeds maximum of 1000]"),
    );
  });
});

testWith(gcc, "buildFirmware() prints the size, and says why it cannot build", async () => {
  const dir = await Deno.makeTempDir();
  try {
    assert.match(await buildFirmware("native", `${dir}/dut`), /text.*\n\s*\d{5}/);
    await assert.rejects(buildFirmware("toaster", `${dir}/dut`), /Cannot build 'toaster'/);
    await assert.rejects(buildFirmware("native", `${dir}/dut`, { model: dir }), /Cannot find C/);
    await assert.rejects(
      buildFirmware("stm32l4", `${dir}/dut`, { board: "nucleo" }),
      /Cannot build 'stm32l4' for 'nucleo': expected nucleo-l4r5zi or b-l475e/,
    );
    assert.match(await buildFirmware("template", `${dir}/dut`), /text.*\n\s*\d{5}/);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

testWith(
  clang,
  "the native firmware builds with clang, and with the smallest buffers",
  async () => {
    const macros = { TH_CHUNK_BYTES: 0, TH_OPERATORS: 1, TH_INPUT_BYTES: 490 };
    await withFirmware("native", { compiler: "clang-14", macros }, async (file) => {
      await using dut = await Dut.connect(new ProcessPort(file));
      await useDut(dut, 1);
    });
  },
);
