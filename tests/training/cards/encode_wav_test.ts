import assert from "node:assert/strict";
import { encodeWav, readWav } from "../../../mod.ts";

Deno.test("encodeWav() cuts off what is beyond full scale, and keeps all else to 16 bits", () => {
  const wav = readWav(encodeWav(Float32Array.of(0, 0.25, -1, 1, 7, -7, 1 / 32_768), 8000));
  assert.equal(wav.sampleRate, 8000);
  assert.equal(wav.encoding, "int16");
  const most = 32_767 / 32_768;
  assert.deepEqual([...wav.channels[0]], [0, 0.25, -1, most, most, -1, 1 / 32_768]);
  assert.equal(readWav(encodeWav(new Float32Array(), 16_000)).channels[0].length, 0);
});
