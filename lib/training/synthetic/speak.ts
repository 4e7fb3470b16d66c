/**
 * Words by formant synthesis: a glottal source and noise, shaped by resonators whose frequencies glide from sound to
 * sound. It is no recorded speech and is not taken for it, but has what makes keyword spotting hard: speakers of other
 * pitch, vocal tract, rate and accent, and sounds that run into each other.
 *
 * After Klatt, "Software for a cascade/parallel formant synthesizer" (1980); glottal pulse of his KLGLOTT88.
 *
 * @module
 */
import { difficulty } from "./difficulty.ts";
import type { KeyedRandom } from "./keyed_random.ts";
import { segmentsOf, type Word } from "./phonemes.ts";

const SAMPLE_RATE = 16_000;
/** Samples for which resonators stay as they are: 4 ms. */
const FRAME = 64;
const FRAME_MS = 1000 * FRAME / SAMPLE_RATE;
const FORMANTS = 4;

/** Who speaks. */
export interface Speaker {
  /** Of the voice, on average. */
  pitchHz: number;
  /** Formants as a multiple of a man's: shorter vocal tracts have higher ones. */
  tract: number;
  /** Speed of speaking. */
  rate: number;
  /** Noise in the voice, 0 to 1. */
  breathiness: number;
  /** How much weaker high frequencies of the voice are, 0 to before 1. */
  tilt: number;
  /** Of each phoneme's formants: this person's habit, as a multiple. */
  accent: readonly (readonly number[])[];
}

/** A speaker by chance: a man, a woman or a child. */
export function makeSpeaker(random: KeyedRandom): Speaker {
  const { accentSpread, rateSpread } = difficulty.kws;
  const [pitchLow, pitchHigh, tractLow, tractHigh] = random.pick([
    [85, 150, 0.94, 1.06],
    [160, 250, 1.1, 1.22],
    [230, 320, 1.2, 1.34],
  ]);
  return {
    pitchHz: random.betweenLog(pitchLow, pitchHigh),
    tract: random.between(tractLow, tractHigh),
    rate: random.betweenLog(1 / rateSpread, rateSpread),
    breathiness: random.between(0.02, 0.2),
    tilt: random.between(0.1, 0.75),
    accent: Array.from(
      { length: 40 },
      () => [1, 1, 0.6].map((part) => 1 + part * accentSpread * clamp(random.normal(), -2, 2)),
    ),
  };
}

/** What the synthesizer is told for each frame of 4 ms. */
interface Track {
  /** [frames] each. */
  formants: Float64Array[];
  damping: Float64Array;
  voice: Float64Array;
  breath: Float64Array;
  noise: Float64Array;
  noiseHz: Float64Array;
  noiseWidthHz: Float64Array;
}

/**
 * Speaks a word.
 *
 * @returns Samples at 16 kHz, as long as the word; of no certain level.
 */
export function speak(word: Word, speaker: Speaker, random: KeyedRandom): Float32Array {
  const track = trackOf(word, speaker, random);
  const frames = track.voice.length;
  const samples = new Float32Array(frames * FRAME);
  const pitch = speaker.pitchHz * random.betweenLog(1 / 1.12, 1.12);
  const fall = random.between(-0.05, 0.3);
  const filters = new Resonators();
  let phase = 0;
  let period = 1;
  let tilted = 0;
  let noiseState = random.bits() | 1;
  for (let frame = 0; frame < frames; frame++) {
    const next = Math.min(frame + 1, frames - 1);
    filters.tune(track, frame);
    const step = pitch * (1 - fall * (frame / frames - 0.5)) / SAMPLE_RATE;
    for (let i = 0; i < FRAME; i++) {
      const part = i / FRAME;
      const mixed = (of: Float64Array) => of[frame] + (of[next] - of[frame]) * part;
      noiseState ^= noiseState << 13;
      noiseState ^= noiseState >>> 17;
      noiseState ^= noiseState << 5;
      const hiss = noiseState / 2_147_483_648;
      phase += step * period;
      if (phase >= 1) {
        phase -= 1;
        period = 1 + 0.02 * hiss;
      }
      // The derivative of the flow through the glottis, which is open for six tenths of a period.
      const open = phase / 0.6;
      const pulse = open < 1 ? 2 * open - 3 * open * open : 0;
      tilted = pulse * (1 - speaker.tilt) + speaker.tilt * tilted;
      const source = mixed(track.voice) * (tilted + speaker.breathiness * hiss * (0.4 + open)) +
        0.35 * mixed(track.breath) * hiss;
      samples[frame * FRAME + i] = filters.voice(source) +
        0.14 * mixed(track.noise) * filters.noise(hiss);
    }
  }
  return samples;
}

/** Targets of the word in a row, rounded off: the shorter a sound, the less its own target is reached. */
function trackOf(word: Word, speaker: Speaker, random: KeyedRandom): Track {
  const { utteranceSpread, durationSpread } = difficulty.kws;
  const segments = segmentsOf(word).map(({ segment, phoneme }) => ({
    segment,
    formants: segment.formantsHz.map((hz, k) =>
      hz * speaker.tract * speaker.accent[phoneme][k] *
      (1 + utteranceSpread * clamp(random.normal(), -2, 2))
    ),
    frames: Math.max(
      2,
      Math.round(
        segment.durationMs * random.betweenLog(1 / durationSpread, durationSpread) /
          (speaker.rate * FRAME_MS),
      ),
    ),
  }));
  const edge = 8;
  const total = segments.reduce((sum, { frames }) => sum + frames, 0) + 2 * edge;
  const values = () => new Float64Array(total);
  const track: Track = {
    formants: [values(), values(), values()],
    damping: values(),
    voice: values(),
    breath: values(),
    noise: values(),
    noiseHz: values(),
    noiseWidthHz: values(),
  };
  let at = 0;
  segments.forEach(({ segment, formants, frames }, index) => {
    const isFirst = index === 0;
    const isLast = index === segments.length - 1;
    const count = frames + (isFirst ? edge : 0) + (isLast ? edge : 0);
    for (let i = 0; i < count; i++, at++) {
      const isSounding = !(isFirst && i < edge) && !(isLast && i >= count - edge);
      formants.forEach((hz, k) => track.formants[k][at] = hz);
      track.damping[at] = segment.damping;
      track.noiseHz[at] = segment.noiseHz * Math.sqrt(speaker.tract);
      track.noiseWidthHz[at] = segment.noiseWidthHz;
      if (!isSounding) continue;
      track.voice[at] = segment.voice;
      track.breath[at] = segment.breath;
      track.noise[at] = segment.noise;
    }
  });
  for (const formant of track.formants) smooth(smooth(formant, 4), 4);
  smooth(track.damping, 2);
  smooth(smooth(track.voice, 2), 2);
  smooth(track.breath, 1);
  smooth(track.noise, 1);
  smooth(track.noiseHz, 1);
  return track;
}

/** Means over `reach` frames to both sides, in place. */
function smooth(values: Float64Array, reach: number): Float64Array {
  const last = values.length - 1;
  const from = values.slice();
  for (let i = 0; i <= last; i++) {
    let sum = 0;
    for (let k = -reach; k <= reach; k++) sum += from[clamp(i + k, 0, last)];
    values[i] = sum / (2 * reach + 1);
  }
  return values;
}

/** Four formants in a cascade, and one resonator of its own for noise. */
class Resonators {
  readonly #a = new Float64Array(FORMANTS + 1);
  readonly #b = new Float64Array(FORMANTS + 1);
  readonly #c = new Float64Array(FORMANTS + 1);
  readonly #y1 = new Float64Array(FORMANTS + 1);
  readonly #y2 = new Float64Array(FORMANTS + 1);

  tune(track: Track, frame: number): void {
    const [first, second, third] = track.formants.map((formant) => formant[frame]);
    const damping = track.damping[frame];
    this.#set(0, first, damping * (50 + 0.04 * first));
    this.#set(1, second, damping * (60 + 0.03 * second));
    this.#set(2, third, damping * (80 + 0.03 * third));
    this.#set(3, Math.max(third + 600, 3500), 250);
    this.#set(FORMANTS, track.noiseHz[frame], track.noiseWidthHz[frame]);
  }

  /** y = a·x + b·y₁ + c·y₂, with a gain of 1 at 0 Hz. */
  #set(k: number, hz: number, widthHz: number): void {
    const radius = Math.exp(-Math.PI * widthHz / SAMPLE_RATE);
    this.#c[k] = -radius * radius;
    this.#b[k] = 2 * radius * Math.cos(2 * Math.PI * Math.min(hz, 7800) / SAMPLE_RATE);
    this.#a[k] = 1 - this.#b[k] - this.#c[k];
  }

  #filter(k: number, x: number): number {
    const y = this.#a[k] * x + this.#b[k] * this.#y1[k] + this.#c[k] * this.#y2[k];
    this.#y2[k] = this.#y1[k];
    this.#y1[k] = y;
    return y;
  }

  voice(x: number): number {
    return this.#filter(0, this.#filter(1, this.#filter(2, this.#filter(3, x))));
  }

  /** Noise without the low frequencies that a gain of 1 at 0 Hz would leave. */
  noise(x: number): number {
    return this.#filter(FORMANTS, x) / (0.3 + this.#a[FORMANTS]);
  }
}

function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}
