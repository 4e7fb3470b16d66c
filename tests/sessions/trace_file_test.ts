import assert from "node:assert/strict";
import { InputError } from "../../lib/errors.ts";
import { EnergyTraceFile, readEnergySamples } from "../../lib/sessions/trace_file.ts";
import { mutate } from "./mutate.ts";
import { withFiles } from "./with_files.ts";

Deno.test("EnergyTraceFile appends, reads back while it is open, and is read after a crash", () =>
  withFiles({}, async (folder) => {
    const path = `${folder}/trace1-energy.bin`;
    const samples = Float32Array.from({ length: 1000 }, (_, i) => i / 8);
    {
      using trace = EnergyTraceFile.create(path, 48_828.125);
      assert.throws(() => EnergyTraceFile.create(path, 1000), InputError);
      trace.append(samples.subarray(0, 300));
      assert.deepEqual(trace.read(10, 20), samples.slice(10, 20));
      // Reading does not move the end.
      trace.append(Float64Array.from(samples.subarray(300)));
      assert.equal(trace.length, 1000);
      assert.deepEqual(trace.read(295, 305), samples.slice(295, 305));
      assert.equal(trace.read(990, 2000).length, 10);
      // What was appended is there, though nothing was closed.
      assert.deepEqual((await readEnergySamples(path)).samplesUj, samples);
    }
    const whole = await readEnergySamples(path);
    assert.deepEqual([whole.sampleRateHz, whole.extraBytes], [48_828.125, 0]);
    await Deno.truncate(path, 5 + 4 * 700 + 3);
    const cut = await readEnergySamples(path);
    assert.deepEqual([cut.samplesUj.length, cut.extraBytes], [700, 3]);
  }));

Deno.test("readEnergySamples() names the file, and survives damage", () =>
  withFiles({ "energy.bin": new Uint8Array(3) }, async (folder) => {
    const path = `${folder}/energy.bin`;
    await assert.rejects(readEnergySamples(path), InputError);
    await assert.rejects(readEnergySamples(`${folder}/none.bin`), /none\.bin/);
    await assert.rejects(readEnergySamples(folder), InputError);
    using trace = EnergyTraceFile.create(`${folder}/good.bin`, 1000);
    trace.append(new Float32Array(100).fill(3));
    const good = await Deno.readFile(`${folder}/good.bin`);
    let read = 0;
    for (let seed = 0; seed < 200; seed++) {
      await Deno.writeFile(path, mutate(good, seed));
      try {
        await readEnergySamples(path);
        read++;
      } catch (error) {
        assert.ok(error instanceof InputError, String(error));
      }
    }
    assert.ok(read > 50, `${read}`);
  }));
