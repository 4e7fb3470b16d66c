import { KeyedRandom } from "../synthetic/keyed_random.ts";

/** Places from 0 to before `count`, shuffled by a key of whole numbers. */
export function shuffledPlaces(count: number, ...key: number[]): Uint32Array<ArrayBuffer> {
  const random = new KeyedRandom(...key);
  const places = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.whole(i + 1);
    const other = places[j];
    places[j] = places[i];
    places[i] = other;
  }
  return places;
}

/** Some of a list by chance, in the order of the list. */
export function chooseSome<T>(list: readonly T[], count: number, ...key: number[]): T[] {
  return [...shuffledPlaces(list.length, ...key).subarray(0, count)].sort((a, b) => a - b)
    .map((place) => list[place]);
}
