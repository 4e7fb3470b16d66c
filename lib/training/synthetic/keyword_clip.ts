import { background, backgroundKinds, scaleTo } from "./background.ts";
import { difficulty } from "./difficulty.ts";
import type { KeyedRandom } from "./keyed_random.ts";
import type { Word } from "./phonemes.ts";
import { speak, type Speaker } from "./speak.ts";

const CLIP_SAMPLES = 16_000;
/**
 * One second with a word, or with none: its place, loudness, room and background by chance.
 *
 * @param word undefined for background alone.
 * @returns [16000], full scale ±1, in steps of 16 bits.
 */
export function keywordClip(
  word: Word | undefined,
  speaker: Speaker,
  random: KeyedRandom,
): Float32Array<ArrayBuffer> {
  const noise = background(CLIP_SAMPLES, random.pick(backgroundKinds), random);
  if (word === undefined) {
    scaleTo(noise, random.betweenLog(0.002, 0.1));
    return toSteps(noise);
  }
  const spoken = inRoom(speak(word, speaker, random), random);
  scaleTo(spoken, 1);
  const { noiseDb: [worst, best], shiftMs } = difficulty.kws;
  const noiseLevel = 10 ** (-random.between(worst, best) / 20);
  const start = Math.round(
    (CLIP_SAMPLES - spoken.length) / 2 + random.either(shiftMs) * CLIP_SAMPLES / 1000,
  );
  const clip = noise;
  for (let i = 0; i < CLIP_SAMPLES; i++) {
    const at = i - start;
    clip[i] = noiseLevel * clip[i] + (at >= 0 && at < spoken.length ? spoken[at] : 0);
  }
  let peak = 0;
  for (let i = 0; i < CLIP_SAMPLES; i++) peak = Math.max(peak, Math.abs(clip[i]));
  const level = random.betweenLog(0.1, 0.95) / peak;
  for (let i = 0; i < CLIP_SAMPLES; i++) clip[i] *= level;
  return toSteps(clip);
}

/** The colour of a microphone and a few early reflections. */
export function inRoom(samples: Float32Array, random: KeyedRandom): Float32Array<ArrayBuffer> {
  const out = new Float32Array(samples);
  for (let echo = 0; echo < 3; echo++) {
    const delay = Math.round(random.betweenLog(30, 700));
    const size = random.either(0.35);
    for (let i = delay; i < out.length; i++) out[i] += size * samples[i - delay];
  }
  const tilt = random.either(0.6);
  let previous = 0;
  for (let i = 0; i < out.length; i++) {
    const now = out[i];
    out[i] = now + tilt * previous;
    previous = now;
  }
  return out;
}

/** Rounds to 16 bits, so that a WAV file holds the same samples. */
export function toSteps(samples: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  for (let i = 0; i < samples.length; i++) {
    // Adding 0 makes 0 of -0, which no WAV file holds.
    samples[i] = Math.min(32_767, Math.max(-32_768, Math.round(samples[i] * 32_768))) / 32_768 + 0;
  }
  return samples;
}
