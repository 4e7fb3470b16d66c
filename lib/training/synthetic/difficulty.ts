/**
 * How hard the synthetic data sets are: the one place where it is set. The figures were chosen so that a linear model
 * fails where the reference architecture does not; tests hold the linear model to its bounds.
 *
 * @module
 */
export const difficulty = {
  kws: {
    /** Deviation of a speaker's formants, sound by sound. */
    accentSpread: 0.06,
    /** Deviation of formants from one utterance to the next. */
    utteranceSpread: 0.03,
    /** Speakers speak up to this much faster and slower. */
    rateSpread: 1.3,
    /** Sounds are up to this much longer and shorter. */
    durationSpread: 1.3,
    /** Words lie up to this far from the middle of the clip. */
    shiftMs: 140,
    /** Signal to noise, worst and best, in decibels. */
    noiseDb: [2, 25],
  },
  ic: {
    /** Least distance of the subject's colour from its ground. */
    contrast: 0.55,
    /** Depth of the clouds in the ground. */
    clouds: 0.15,
    /** Most lines and blots behind the subject. */
    clutter: 5,
    /** How often something hides a part of the subject. */
    occlusion: 0.25,
    /** The subject lies up to this far from the middle, as a part of the picture. */
    shift: 0.16,
    /** Its radius, as a part of the picture. */
    radius: [0.2, 0.38],
    /** Up to this much wider than high, or the other way round. */
    squeeze: 1.25,
    /** How much darker and brighter pictures get. */
    light: 0.35,
    /** How coloured the light is. */
    tint: 0.15,
    /** Noise of the sensor, at most. */
    noise: 0.06,
  },
  vww: {
    /** How often paint is of the colour of skin. */
    skinPaint: 0.05,
    /** How often something hides a part of the subject. */
    hidden: 0.15,
    /** Depth of the clouds in the background. */
    clouds: 0.08,
    /** Most things besides the subject. */
    things: 1,
    /** Height of the subject in pixels. */
    height: [66, 120],
    /** Up to this part of the subject is below the picture. */
    cut: 0.35,
    /** How much darker and brighter pictures get. */
    light: 0.25,
    /** How coloured the light is. */
    tint: 0.1,
    /** Noise of the sensor, at most. */
    noise: 0.04,
  },
  ad: {
    /**
     * Loudness of the gear, softest and loudest. Its tones move through many bands with the speed, which no few
     * components can follow: the louder it is, the larger is the error of a linear model, without any fault.
     */
    gear: [0.1, 0.9],
    /** Machine to background, worst and best, in decibels. */
    noiseDb: [8, 22],
    /** Recordings are up to this many times louder and quieter. */
    level: 1.25,
    /** Machines run up to this part slower than at full speed. */
    speedSpread: 0.45,
    /** Up to this part slower still, for a while, under load. */
    load: 0.12,
    /** How strong faults are, weakest and strongest. */
    strength: [0.25, 1.1],
  },
} as const;
