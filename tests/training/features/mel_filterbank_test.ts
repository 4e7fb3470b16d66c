import assert from "node:assert/strict";
import {
  htkMelFilterbank,
  slaneyMelFilterbank,
} from "../../../lib/training/features/mel_filterbank.ts";

const htk = { bands: 40, fftSize: 512, sampleRate: 16_000, lowHz: 20, highHz: 4000 };
const slaney = { bands: 128, fftSize: 1024, sampleRate: 16_000, lowHz: 0, highHz: 8000 };

Deno.test("htkMelFilterbank() shares each bin out among two bands", () => {
  const bank = htkMelFilterbank(htk);
  const rows = Array.from({ length: 40 }, (_, band) => bank.row(band, 257));
  const mel = (hz: number) => 1127 * Math.log(1 + hz / 700);
  const step = (mel(4000) - mel(20)) / 41;
  let checked = 0;
  for (let bin = 1; bin < 257; bin++) {
    const at = mel(bin * 16_000 / 512);
    const total = rows.reduce((sum, row) => sum + row[bin], 0);
    if (at > mel(20) + step && at < mel(4000) - step) {
      assert(Math.abs(total - 1) < 1e-5, `bin ${bin}: ${total}`);
      checked++;
    }
    if (at >= mel(4000)) assert.equal(total, 0);
  }
  assert(checked > 100);
  assert.equal(bank.firstBin, 1);
  assert.equal(bank.endBin, 128);
});

Deno.test("slaneyMelFilterbank() gives each band unit area over its hertz", () => {
  const bank = slaneyMelFilterbank(slaney);
  const last = bank.row(127, 513);
  const area = last.reduce((sum, weight) => sum + weight, 0) * 16_000 / 1024;
  assert(Math.abs(area - 1) < 0.02, `${area}`);
  for (let band = 0; band < 128; band++) {
    assert(bank.row(band, 513).some((weight) => weight > 0), `band ${band} hears something`);
  }
});

Deno.test("MelFilterbank.apply() is the product with its dense rows", () => {
  for (const bank of [htkMelFilterbank(htk), slaneyMelFilterbank(slaney)]) {
    const bins = 513;
    const spectrum = Float32Array.from({ length: bins }, (_, bin) => Math.abs(Math.sin(bin)));
    const out = new Float32Array(bank.bands);
    bank.apply(spectrum, out);
    for (let band = 0; band < bank.bands; band++) {
      const row = bank.row(band, bins);
      const expected = row.reduce((sum, weight, bin) => sum + weight * spectrum[bin], 0);
      assert(Math.abs(out[band] - expected) <= 1e-6 * expected, `band ${band}`);
    }
  }
});
