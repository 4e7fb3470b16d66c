/**
 * CIFAR-10's files are called by a noun, `fallow_deer_s_000481`, and each noun belongs to one class. So the class of an
 * ic01 input can be told from its name.
 *
 * @module
 */

// By the index of the class. A word stands for itself and for every name that ends in it ("dump_truck"), or, where it is
// a genus, begins with it ("bufo_bufo").
const words = [
  // airplane
  "airbus airliner aircraft airplane aeroplane biplane bomber fighter jet jetliner jumbojet monoplane plane twinjet " +
  "warplane seaplane floatplane",
  // automobile
  "ambulance auto automobile brake car compact convertible coupe funny_wagon hatchback limousine minivan motorcar " +
  "police_cruiser roadster sedan taxi wagon",
  // bird
  "accentor alauda anthus apteryx bird bird_of_passage cassowary cock dunnock emu finch hen honey_eater lark nandu " +
  "ostrich passerine pipit prunella rhea skylark songbird sparrow struthio wagtail",
  // cat
  "cat felis mouser tabby tomcat",
  // deer
  "alces capreolus caribou cervus dama deer elk fawn moose muntjac odocoileus rangifer reindeer sambar sika stag wapiti",
  // dog
  "canis chihuahua dog feist lapdog maltese mongrel mutt peke pekinese pekingese puppy spaniel toy",
  // frog
  "alytes anuran bufo bullfrog crapaud frog natterjack rana spadefoot toad",
  // horse
  "appaloosa arabian broodmare cow_pony gelding horse lipizzan lippizan lippizaner mare palfrey stallion " +
  "tennessee_walker",
  // ship
  "barge boat cabin_cruiser containership dredger freighter gondola gunboat houseboat hydrofoil iceboat icebreaker " +
  "lifeboat lightship merchantman minelayer pontoon powerboat scow ship speedboat supertanker tanker vessel wherry",
  // truck
  "bookmobile camion car_transporter delivery_van dumper dustcart fire_engine lorry moving_van semi tipper truck " +
  "trucking_rig wrecker",
];

const classOfWord = new Map(
  words.flatMap((list, index) => list.split(" ").map((word) => [word, index] as const)),
);

/**
 * Class index of a CIFAR-10 file by its name; undefined where the noun is not known.
 *
 * @param file Such as `fallow_deer_s_000481.bin`.
 *
 * @example
 * ```ts
 * import { benchmarks, cifarClass } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const index = cifarClass("fallow_deer_s_000481.bin")!;
 * assert.equal(benchmarks.ic01.classes[index], "deer");
 * assert.equal(cifarClass("image_1.bin"), undefined);
 * ```
 */
export function cifarClass(file: string): number | undefined {
  const noun = /^([a-z_-]{1,60})_s_\d+(?:\.\w+)?$/.exec(file)?.[1];
  if (noun === undefined) return undefined;
  const parts = noun.split("_");
  return classOfWord.get(noun) ?? classOfWord.get(parts.at(-1)!) ?? classOfWord.get(parts[0]);
}
