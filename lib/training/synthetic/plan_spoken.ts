import { KeyedRandom } from "./keyed_random.ts";
import { keywordClip } from "./keyword_clip.ts";
import { type ExamplePlanner, splitNames } from "./make_splits.ts";
import { spokenWords, type Word } from "./phonemes.ts";
import { SpeakerPool } from "./speaker_pool.ts";

/**
 * Plans clips of spoken classes: words, `silence`, and `unknown` for all words that have no class of their own. Classes
 * take turns.
 *
 * @param stream Tells data sets of one seed apart.
 */
export function planSpoken(
  seed: number,
  classes: readonly string[],
  stream: number,
): ExamplePlanner {
  const unknown = spokenWords.filter((word) => !classes.includes(word));
  const wordOf = (name: string, random: KeyedRandom): Word | undefined => {
    if (name === "silence") return undefined;
    return name === "unknown" ? random.pick(unknown) : name as Word;
  };
  const pool = new SpeakerPool(seed);
  return (split, index) => {
    const label = index % classes.length;
    const key = [seed, stream, splitNames.indexOf(split), index];
    const speaker = pool.pick(split, new KeyedRandom(...key));
    const name = `${classes[label]}_${String(index).padStart(6, "0")}`;
    return {
      id: classes[label] === "silence"
        ? name
        : `speaker_${String(speaker).padStart(3, "0")}_${name}`,
      label,
      make: () => {
        const random = new KeyedRandom(...key, 1);
        const word = wordOf(classes[label], random);
        return { values: keywordClip(word, pool.speaker(speaker), random), shape: [16_000] };
      },
    };
  };
}
