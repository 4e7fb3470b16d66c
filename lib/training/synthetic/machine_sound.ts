import { background } from "./background.ts";
import { difficulty } from "./difficulty.ts";
import type { KeyedRandom } from "./keyed_random.ts";
import { toSteps } from "./keyword_clip.ts";

const SAMPLE_RATE = 16_000;
const SAMPLES = 160_000;
/** Samples for which speed and gains stay as they are: 8 ms. */
const FRAME = 128;
const FRAMES = SAMPLES / FRAME;
/** Multiples of the speed of the shaft, and of its gear's teeth. */
const SHAFT_ORDERS = 12;
const GEAR_ORDERS = 5;

/** One tone of a row of multiples. */
interface Tone {
  size: number;
  phase: number;
}

/** One motor with its gear and case. */
export interface Machine {
  /** Turns a second at full speed. */
  speedHz: number;
  /** Of its gear. */
  teeth: number;
  /** Tones at 1, 2, 3, … times the speed. */
  shaft: readonly Tone[];
  /** Tones at 1, 2, 3, … times the speed and the number of teeth. */
  gear: readonly Tone[];
  /** Where its case rings: frequency, width, gain. */
  resonances: readonly { hz: number; widthHz: number; gain: number }[];
  /** Noise of its brushes, beside the tones. */
  brush: number;
}

/** What may be wrong with a machine. */
export type Fault = "bearing" | "imbalance" | "rattle" | "squeal";

/** All faults. */
export const faults: readonly Fault[] = ["bearing", "imbalance", "rattle", "squeal"];

/** A machine by chance. */
export function makeMachine(random: KeyedRandom): Machine {
  const tones = (count: number, size: number) =>
    Array.from({ length: count }, (_, k) => ({
      size: size / (k + 1) ** 0.5 * random.betweenLog(0.5, 1.5),
      phase: random.next() * 2 * Math.PI,
    }));
  return {
    speedHz: random.betweenLog(38, 70),
    teeth: 11 + random.whole(6),
    shaft: tones(SHAFT_ORDERS, 0.15),
    gear: tones(GEAR_ORDERS, 0.25),
    resonances: Array.from({ length: 3 }, () => ({
      hz: random.betweenLog(250, 3500),
      widthHz: random.betweenLog(60, 400),
      gain: random.between(1, 4),
    })),
    brush: random.between(0.1, 0.25),
  };
}

/**
 * Ten seconds of a machine: its speed wanders and gives way under load, other machines run behind it.
 *
 * @param fault What is wrong with it; undefined for a machine as it should be.
 * @returns [160000] at 16 kHz, full scale ±1, in steps of 16 bits.
 */
export function machineSound(
  machine: Machine,
  fault: Fault | undefined,
  random: KeyedRandom,
): Float32Array<ArrayBuffer> {
  const { noiseDb, level, strength, gear } = difficulty.ad;
  const speeds = speedsOf(machine, random);
  const out = new Float32Array(SAMPLES);
  const loudness = random.betweenLog(gear[0], gear[1]);
  addTones(out, machine.shaft, speeds, { ratio: 1, loudness: 1, machine }, random);
  addTones(out, machine.gear, speeds, { ratio: machine.teeth, loudness, machine }, random);
  addBrushes(out, machine, speeds, random);
  if (fault) {
    const size = random.betweenLog(strength[0], strength[1]);
    faultSounds[fault](out, speeds, size, random);
  }
  const noise = background(SAMPLES, random.pick(["pink", "brown"]), random);
  const quiet = 10 ** (-random.between(noiseDb[0], noiseDb[1]) / 20);
  const gain = 0.07 * random.betweenLog(1 / level, level);
  for (let i = 0; i < SAMPLES; i++) out[i] = gain * (out[i] + quiet * noise[i]);
  return toSteps(out);
}

/** [frames]: turns a second. */
function speedsOf(machine: Machine, random: KeyedRandom): Float64Array {
  const { speedSpread, load } = difficulty.ad;
  const base = machine.speedHz * random.between(1 - speedSpread, 1);
  const [slow, slower] = [random.between(0.2, 0.6), random.between(0.05, 0.2)];
  const [start, other] = [random.next() * 6.28, random.next() * 6.28];
  const loads = Array.from({ length: random.whole(4) }, () => ({
    from: random.whole(FRAMES),
    frames: random.between(0.5, 3) * SAMPLE_RATE / FRAME,
    part: random.next() * load,
  }));
  let held = 0;
  return Float64Array.from({ length: FRAMES }, (_, frame) => {
    const second = frame * FRAME / SAMPLE_RATE;
    let pull = 0;
    for (const { from, frames, part } of loads) {
      if (frame >= from && frame < from + frames) pull += part;
    }
    held += (pull - held) * 0.05;
    const wander = 0.012 * Math.sin(start + 6.28 * slow * second) +
      0.01 * Math.sin(other + 6.28 * slower * second);
    return base * (1 + wander - held);
  });
}

/** How strongly the case rings at a frequency. */
function ringing({ resonances }: Machine, hz: number): number {
  let gain = 1;
  for (const { hz: at, widthHz, gain: most } of resonances) {
    const off = (hz - at) / widthHz;
    gain += most / (1 + off * off);
  }
  return gain;
}

/** All multiples of a speed at once: e^(i·k·angle) by multiplying up. */
function addTones(
  out: Float32Array,
  tones: readonly Tone[],
  speeds: Float64Array,
  { ratio, loudness, machine }: { ratio: number; loudness: number; machine: Machine },
  random: KeyedRandom,
): void {
  const shift = random.next() * 2 * Math.PI;
  const real = new Float64Array(tones.length);
  const imaginary = new Float64Array(tones.length);
  let angle = 0;
  for (let frame = 0; frame < FRAMES; frame++) {
    const speed = ratio * speeds[frame];
    tones.forEach(({ size, phase }, k) => {
      const loud = loudness * size * ringing(machine, (k + 1) * speed);
      real[k] = loud * Math.cos(phase + shift * (k + 1));
      imaginary[k] = loud * Math.sin(phase + shift * (k + 1));
    });
    const step = 2 * Math.PI * speed / SAMPLE_RATE;
    for (let i = 0; i < FRAME; i++) {
      angle += step;
      const cos = Math.cos(angle);
      const sin = Math.sin(angle);
      let x = cos;
      let y = sin;
      let sum = 0;
      for (let k = 0; k < real.length; k++) {
        sum += real[k] * x - imaginary[k] * y;
        const next = x * cos - y * sin;
        y = x * sin + y * cos;
        x = next;
      }
      out[frame * FRAME + i] += sum;
    }
    angle %= 2 * Math.PI;
  }
}

/** Noise through the resonances of the case, in step with the turns. */
function addBrushes(
  out: Float32Array,
  machine: Machine,
  speeds: Float64Array,
  random: KeyedRandom,
): void {
  let state = random.bits() | 1;
  let turn = 0;
  const rings = machine.resonances.map(({ hz, widthHz, gain }) => {
    const radius = Math.exp(-Math.PI * widthHz / SAMPLE_RATE);
    return {
      gain: 0.3 * gain * (1 - radius),
      b: 2 * radius * Math.cos(2 * Math.PI * hz / SAMPLE_RATE),
      c: -radius * radius,
      y1: 0,
      y2: 0,
    };
  });
  for (let i = 0; i < SAMPLES; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    turn += speeds[i >> 7] / SAMPLE_RATE;
    if (turn >= 1) turn -= 1;
    const noise = machine.brush * (1 + (turn < 0.5 ? 0.5 : -0.5)) * state / 2_147_483_648;
    let sum = noise;
    for (const ring of rings) {
      const y = ring.gain * 8 * noise + ring.b * ring.y1 + ring.c * ring.y2;
      ring.y2 = ring.y1;
      ring.y1 = y;
      sum += y;
    }
    out[i] += sum;
  }
}

type AddFault = (
  out: Float32Array,
  speeds: Float64Array,
  size: number,
  random: KeyedRandom,
) => void;

const faultSounds: Readonly<Record<Fault, AddFault>> = {
  /** A ball passes a pit a few times a turn: clicks that ring. */
  bearing(out, speeds, size, random) {
    const ratio = random.between(2.3, 5.4);
    const hz = random.betweenLog(1800, 6000);
    let passed = 0;
    for (let i = 0; i < SAMPLES; i++) {
      passed += ratio * speeds[i >> 7] / SAMPLE_RATE;
      if (passed < 1) continue;
      passed -= 1 + 0.02 * random.either();
      click(out, i, hz, 0.8 * size * random.between(0.6, 1.4), 40);
    }
  },
  /** Half orders, as of a bent shaft or a loose mount. */
  imbalance(out, speeds, size, random) {
    const orders = Array.from({ length: 5 }, () => 4.5 + random.whole(20));
    const parts = orders.map(() => random.betweenLog(0.4, 1));
    for (let k = 0; k < orders.length; k++) {
      let angle = random.next();
      for (let i = 0; i < SAMPLES; i++) {
        angle += 2 * Math.PI * orders[k] * speeds[i >> 7] / SAMPLE_RATE;
        if (angle > Math.PI) angle -= 2 * Math.PI;
        out[i] += 0.4 * size * parts[k] * Math.sin(angle);
      }
    }
  },
  /** A loose part: bundles of clicks, now and then. */
  rattle(out, _speeds, size, random) {
    const hz = random.betweenLog(900, 4000);
    for (let at = 0; at < SAMPLES;) {
      const hits = 3 + random.whole(12);
      for (let k = 0; k < hits && at < SAMPLES; k++) {
        click(out, at, hz * random.betweenLog(0.8, 1.25), 2 * size * random.between(0.3, 1.3), 90);
        at += 120 + random.whole(500);
      }
      at += random.whole(9000);
    }
  },
  /** A dry bearing sings. */
  squeal(out, speeds, size, random) {
    const order = random.between(35, 90);
    const beat = 2 * Math.PI * random.between(0.3, 2) / SAMPLE_RATE;
    let turn = 0;
    for (let i = 0; i < SAMPLES; i++) {
      turn = (turn + order * speeds[i >> 7] / SAMPLE_RATE) % 1;
      const loud = 0.5 - 0.5 * Math.cos(beat * i);
      out[i] += 0.45 * size * loud * Math.sin(2 * Math.PI * turn);
    }
  },
};

/** A ringing click; `decay` in samples. */
function click(out: Float32Array, from: number, hz: number, size: number, decay: number): void {
  const step = 2 * Math.PI * hz / SAMPLE_RATE;
  const fall = Math.exp(-1 / decay);
  const end = Math.min(out.length, from + 5 * decay);
  let height = size;
  for (let i = from; i < end; i++, height *= fall) out[i] += height * Math.sin(step * (i - from));
}
