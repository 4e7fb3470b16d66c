import assert from "node:assert/strict";
import { DataError } from "../../../lib/training/data/data_error.ts";
import {
  openSpeechCommands,
  readBackground,
  splitOfName,
} from "../../../lib/training/data/speech_commands.ts";
import { inFolder } from "../../in_folder.ts";
import { sound, speechCommands, writeFiles } from "./make_originals.ts";

Deno.test("openSpeechCommands() splits by the lists, silence by its recordings", () =>
  inFolder(async (folder) => {
    await writeFiles(folder, speechCommands);
    const { splits, classes, provenance } = await openSpeechCommands(folder);
    const of = (split: keyof typeof splits) =>
      splits[split].map(({ id, label }) => `${id} ${classes[label]}`);
    assert.deepEqual(of("train"), [
      "marvin/11_nohash_0.wav unknown",
      "no/11_nohash_0.wav no",
      "yes/11_nohash_0.wav yes",
      // 33,000 samples: seconds that begin before sample 17,000.
      "_background_noise_/white_noise.wav_0 silence",
      "_background_noise_/white_noise.wav_8000 silence",
      "_background_noise_/white_noise.wav_16000 silence",
    ]);
    assert.deepEqual(of("validation"), [
      "no/22_nohash_0.wav no",
      "yes/22_nohash_0.wav yes",
      "_background_noise_/running_tap.wav_0 silence",
      "_background_noise_/running_tap.wav_8000 silence",
      "_background_noise_/running_tap.wav_16000 silence",
      "_background_noise_/running_tap.wav_24000 silence",
    ]);
    // One clip of a keyword, so one of other words and one of silence.
    const test = of("test");
    assert.equal(test.length, 3);
    assert.equal(test[0], "yes/33_nohash_0.wav yes");
    assert.match(test[1], /^_background_noise_\/running_tap.wav_(4|12|20)000 silence$/);
    assert.match(test[2], /^(marvin|bird)\/33_nohash_[01].wav unknown$/);
    assert(provenance.notes.some((note) => note.startsWith("Test: of the testing list")));
    assert.match(provenance.sources[0].sha256!, /^[0-9a-f]{64}$/);
    const { values, shape } = await splits.train[4].read();
    const whole = await readBackground(folder);
    assert.equal(whole.length, 2);
    assert.deepEqual(values, whole[1].slice(8000, 24_000));
    assert.deepEqual([...shape], [16_000]);
  }));

Deno.test("openSpeechCommands() takes the data set's own test clips, and a list to calibrate with", () =>
  inFolder(async (folder) => {
    await writeFiles(`${folder}/all`, speechCommands);
    await writeFiles(`${folder}/test`, {
      "_silence_/a.wav": sound(16_000, 1),
      "_unknown_/a.wav": sound(16_000, 2),
      "go/a.wav": sound(16_000, 3),
    });
    const calibration = `${folder}/list.txt`;
    await Deno.writeTextFile(calibration, "1\nno/22_nohash_0.wav\n");
    const { splits } = await openSpeechCommands(`${folder}/all`, {
      test: `${folder}/test`,
      calibration,
    });
    assert.deepEqual(splits.test.map(({ label }) => label), [10, 11, 1]);
    assert.deepEqual(splits.calibration.map(({ id }) => id), [
      "yes/22_nohash_0.wav",
      "no/22_nohash_0.wav",
    ]);
  }));

Deno.test("openSpeechCommands() goes by hashes where there are no lists", () =>
  inFolder(async (folder) => {
    const { "validation_list.txt": _, "testing_list.txt": __, ...clips } = speechCommands;
    await writeFiles(folder, clips);
    const { splits, provenance } = await openSpeechCommands(folder);
    for (const { id, label } of splits.train) {
      if (label !== 10) assert.equal(splitOfName(id.split("/")[1]), "train");
    }
    assert.match(provenance.notes[0], /no lists/);
  }));

Deno.test("splitOfName() keeps a speaker's clips together, eight tenths to train with", () => {
  // As the data set's own `which_set` in Python has it.
  assert.equal(splitOfName("2.wav"), "validation");
  assert.equal(splitOfName("9.wav"), "validation");
  assert.equal(splitOfName("0a7c2a8d_nohash_0.wav"), "train");
  const counts = { train: 0, validation: 0, test: 0 };
  for (let speaker = 0; speaker < 5000; speaker++) {
    const name = speaker.toString(16).padStart(8, "0");
    const split = splitOfName(`${name}_nohash_0.wav`);
    assert.equal(split, splitOfName(`${name}_nohash_7.wav`));
    counts[split]++;
  }
  assert(Math.abs(counts.train / 5000 - 0.8) < 0.02);
  assert(Math.abs(counts.test / 5000 - 0.1) < 0.02);
});

Deno.test("openSpeechCommands() says what is wrong", () =>
  inFolder(async (folder) => {
    await assert.rejects(openSpeechCommands(folder), /Cannot find a clip in/);
    await writeFiles(folder, { ...speechCommands, "hello/a.wav": sound(16_000, 1) });
    await assert.rejects(openSpeechCommands(folder), (error) => {
      assert(error instanceof DataError);
      assert.equal(error.source, `${folder}/hello`);
      assert.match(error.message, /no word of Speech Commands/);
      return true;
    });
    await Deno.remove(`${folder}/hello`, { recursive: true });
    await writeFiles(folder, { "yes/44_nohash_0.wav": new Uint8Array(50) });
    const { splits } = await openSpeechCommands(folder);
    const broken = splits.train.find(({ id }) => id === "yes/44_nohash_0.wav")!;
    await assert.rejects(broken.read(), { name: "WavError", offset: 0 });
    await writeFiles(folder, { "testing_list.txt": "yes\n" });
    await assert.rejects(openSpeechCommands(folder), /Cannot read line 1 of '.*testing_list.txt'/);
    await writeFiles(folder, { "testing_list.txt": "../../x.wav\n" });
    await assert.rejects(openSpeechCommands(folder), /Cannot read line 1/);
    await Deno.remove(`${folder}/testing_list.txt`);
    await assert.rejects(openSpeechCommands(folder), /Cannot find '.*testing_list.txt' beside/);
  }));
