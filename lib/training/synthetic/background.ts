import type { KeyedRandom } from "./keyed_random.ts";

/** What background sounds like. */
export type BackgroundKind = "white" | "pink" | "brown" | "hum" | "taps" | "murmur";

/** All kinds. */
export const backgroundKinds: readonly BackgroundKind[] = [
  "white",
  "pink",
  "brown",
  "hum",
  "taps",
  "murmur",
];

const SAMPLE_RATE = 16_000;

/**
 * Noise as it is found in rooms.
 *
 * @returns Samples at 16 kHz, root mean square 1.
 */
export function background(
  count: number,
  kind: BackgroundKind,
  random: KeyedRandom,
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(count);
  let state = random.bits() | 1;
  const hiss = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 2_147_483_648;
  };
  const fillers: Record<BackgroundKind, () => void> = {
    white: () => {
      for (let i = 0; i < count; i++) out[i] = hiss();
    },
    pink: () => {
      // Three low-pass filters an octave and more apart: within a decibel of 1/f (Kellet's economy filter).
      let [a, b, c] = [0, 0, 0];
      for (let i = 0; i < count; i++) {
        const x = hiss();
        a = 0.99765 * a + 0.099046 * x;
        b = 0.963 * b + 0.2965164 * x;
        c = 0.57 * c + 1.0526913 * x;
        out[i] = a + b + c + 0.1848 * x;
      }
    },
    brown: () => {
      let y = 0;
      for (let i = 0; i < count; i++) out[i] = y = 0.985 * y + hiss();
    },
    hum: () => {
      const step = 2 * Math.PI * random.pick([50, 60, 100, 120]) / SAMPLE_RATE;
      const parts = [1, 2, 3, 5, 7].map((k) => ({ k, size: random.next() / k, at: random.next() }));
      for (let i = 0; i < count; i++) out[i] = 0.15 * hiss();
      for (const { k, size, at } of parts) {
        for (let i = 0; i < count; i++) out[i] += size * Math.sin(step * k * i + 6.28 * at);
      }
    },
    taps: () => {
      for (let i = 0; i < count; i++) out[i] = 0.05 * hiss();
      for (let at = random.whole(4000); at < count; at += 800 + random.whole(6000)) {
        const step = 2 * Math.PI * random.betweenLog(300, 3500) / SAMPLE_RATE;
        const size = random.betweenLog(0.2, 2);
        const decay = Math.exp(-1 / random.betweenLog(40, 600));
        let height = size;
        for (let i = at; i < count && height > 0.002; i++, height *= decay) {
          out[i] += height * Math.sin(step * (i - at));
        }
      }
    },
    murmur: () => {
      // Noise in a few bands of speech whose loudness comes and goes as syllables do.
      for (let band = 0; band < 3; band++) {
        const hz = random.betweenLog(250, 2600);
        const radius = 0.97;
        const b = 2 * radius * Math.cos(2 * Math.PI * hz / SAMPLE_RATE);
        const syllable = 2 * Math.PI * random.between(2, 6) / SAMPLE_RATE;
        const start = 6.28 * random.next();
        let [y1, y2] = [0, 0];
        for (let i = 0; i < count; i++) {
          const y = hiss() + b * y1 - radius * radius * y2;
          y2 = y1;
          y1 = y;
          const loud = 1 + Math.sin(start + syllable * i);
          out[i] += y * loud * loud;
        }
      }
    },
  };
  fillers[kind]();
  scaleTo(out, 1);
  return out;
}

/** Root mean square. */
export function rms(samples: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i] * samples[i];
  return Math.sqrt(sum / Math.max(1, samples.length));
}

/** Scales to a root mean square, in place; silence stays. */
export function scaleTo(samples: Float32Array, level: number): void {
  const now = rms(samples);
  if (now === 0) return;
  const factor = level / now;
  for (let i = 0; i < samples.length; i++) samples[i] *= factor;
}
