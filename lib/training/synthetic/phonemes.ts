/**
 * Sounds of English as a formant synthesizer takes them, and words made of them.
 *
 * Formants of vowels: averages over men of Peterson and Barney, "Control methods used in a study of the vowels" (1952).
 * The rest follows Klatt, "Software for a cascade/parallel formant synthesizer" (1980), in rounded values.
 *
 * @module
 */

/** A stretch of sound with one target; the synthesizer glides from one to the next. */
export interface Segment {
  /** At a rate of 1. */
  durationMs: number;
  /** Formants 1 to 3 of a man's vocal tract, in hertz. */
  formantsHz: readonly [number, number, number];
  /** Amplitude of the voice, 0 to 1. */
  voice: number;
  /** Amplitude of breath that goes through the formants. */
  breath: number;
  /** Amplitude of noise made in the mouth. */
  noise: number;
  /** Where that noise is strongest. */
  noiseHz: number;
  /** How wide it is. */
  noiseWidthHz: number;
  /** Bandwidths of the formants, as a multiple: nasals are damped. */
  damping: number;
}

type Formants = Segment["formantsHz"];

function segment(durationMs: number, formantsHz: Formants, rest: Partial<Segment> = {}): Segment {
  return {
    durationMs,
    formantsHz,
    voice: 0,
    breath: 0,
    noise: 0,
    noiseHz: 3000,
    noiseWidthHz: 2000,
    damping: 1,
    ...rest,
  };
}

const vowel = (durationMs: number, ...targets: Formants[]) =>
  targets.map((formants) => segment(durationMs / targets.length, formants, { voice: 1 }));
const glide = (durationMs: number, formants: Formants, voice = 0.7) => [
  segment(durationMs, formants, { voice }),
];
const nasal = (durationMs: number, formants: Formants) => [
  segment(durationMs, formants, { voice: 0.55, damping: 2.2 }),
];
const fricative = (
  durationMs: number,
  formants: Formants,
  noise: number,
  noiseHz: number,
  noiseWidthHz: number,
  voice = 0,
) => [segment(durationMs, formants, { noise, noiseHz, noiseWidthHz, voice })];

/** Closure, burst, and breath until the voice sets in. */
function stop(formants: Formants, burstHz: number, voiced: boolean): Segment[] {
  return [
    segment(voiced ? 45 : 60, formants, { voice: voiced ? 0.12 : 0, damping: 2 }),
    segment(14, formants, {
      noise: voiced ? 0.5 : 0.8,
      noiseHz: burstHz,
      noiseWidthHz: 0.5 * burstHz,
      voice: voiced ? 0.4 : 0,
    }),
    ...(voiced ? [] : [segment(35, formants, { breath: 0.45 })]),
  ];
}

const EH: Formants = [530, 1840, 2480];
const AH: Formants = [640, 1190, 2390];
const AA: Formants = [730, 1090, 2440];
const UW: Formants = [300, 870, 2240];
const IY: Formants = [270, 2290, 3010];
const IH: Formants = [390, 1990, 2550];
const AO: Formants = [570, 840, 2410];

/** By the names of the ARPAbet. */
const phonemes = {
  IY: vowel(130, IY),
  IH: vowel(100, IH),
  EH: vowel(130, EH),
  AE: vowel(160, [660, 1720, 2410]),
  AH: vowel(110, AH),
  AA: vowel(170, AA),
  AO: vowel(170, AO),
  UW: vowel(150, UW),
  ER: vowel(150, [490, 1350, 1690]),
  OW: vowel(210, [560, 980, 2400], [400, 830, 2300]),
  AW: vowel(220, [740, 1250, 2450], [430, 900, 2300]),
  AY: vowel(220, [740, 1180, 2450], [380, 2050, 2600]),
  EY: vowel(190, [500, 1850, 2500], [330, 2200, 2800]),
  Y: glide(60, [260, 2200, 3000]),
  W: glide(70, [290, 620, 2150]),
  R: glide(70, [320, 1060, 1450]),
  L: glide(75, [360, 1050, 2800], 0.6),
  M: nasal(80, [280, 950, 2200]),
  N: nasal(85, [280, 1600, 2550]),
  F: fricative(110, [340, 1100, 2080], 0.32, 3600, 4500),
  TH: fricative(100, [320, 1290, 2540], 0.25, 4500, 4500),
  S: fricative(130, [320, 1390, 2530], 0.9, 5600, 2200),
  SH: fricative(130, [300, 1840, 2750], 0.9, 2900, 1300),
  V: fricative(70, [220, 1100, 2080], 0.15, 3600, 4500, 0.45),
  Z: fricative(90, [240, 1390, 2530], 0.5, 5600, 2200, 0.4),
  HH: [segment(70, [500, 1500, 2500], { breath: 0.4 })],
  P: stop([300, 800, 2150], 900, false),
  T: stop([300, 1750, 2600], 4200, false),
  K: stop([300, 1900, 2300], 1900, false),
  B: stop([250, 850, 2150], 800, true),
  D: stop([250, 1700, 2600], 3800, true),
  G: stop([250, 1800, 2200], 1800, true),
} satisfies Record<string, Segment[]>;

type Phoneme = keyof typeof phonemes;

const words = {
  down: ["D", "AW", "N"],
  go: ["G", "OW"],
  left: ["L", "EH", "F", "T"],
  no: ["N", "OW"],
  off: ["AO", "F"],
  on: ["AA", "N"],
  right: ["R", "AY", "T"],
  stop: ["S", "T", "AA", "P"],
  up: ["AH", "P"],
  yes: ["Y", "EH", "S"],
  bed: ["B", "EH", "D"],
  bird: ["B", "ER", "D"],
  cat: ["K", "AE", "T"],
  dog: ["D", "AO", "G"],
  eight: ["EY", "T"],
  five: ["F", "AY", "V"],
  four: ["F", "AO", "R"],
  happy: ["HH", "AE", "P", "IY"],
  house: ["HH", "AW", "S"],
  marvin: ["M", "AA", "R", "V", "IH", "N"],
  nine: ["N", "AY", "N"],
  one: ["W", "AH", "N"],
  seven: ["S", "EH", "V", "AH", "N"],
  sheila: ["SH", "IY", "L", "AH"],
  six: ["S", "IH", "K", "S"],
  three: ["TH", "R", "IY"],
  tree: ["T", "R", "IY"],
  two: ["T", "UW"],
  wow: ["W", "AW"],
  zero: ["Z", "IH", "R", "OW"],
} satisfies Record<string, Phoneme[]>;

/** A word that can be spoken: those of Speech Commands. */
export type Word = keyof typeof words;

/** All of them. */
export const spokenWords: readonly Word[] = Object.keys(words) as Word[];

/** The segments of a word, each with the number of the sound that it is part of. */
export function segmentsOf(word: Word): { segment: Segment; phoneme: number }[] {
  const names = Object.keys(phonemes);
  return words[word].flatMap((name) =>
    phonemes[name as Phoneme].map((segment) => ({ segment, phoneme: names.indexOf(name) }))
  );
}
