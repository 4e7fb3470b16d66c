import { seededRandom } from "../../lib/seeded_random.ts";

/**
 * Damages bytes in ways that files get damaged: bytes change, parts vanish, are repeated, or land elsewhere. The same
 * seed gives the same damage.
 */
export function mutate(bytes: Uint8Array, seed: number): Uint8Array {
  const random = seededRandom(seed);
  const below = (count: number) => Math.floor(random() * count);
  let result: Uint8Array = bytes.slice();
  for (let i = 0; i <= below(4); i++) {
    const at = below(result.length);
    const end = Math.min(result.length, at + 1 + below(200));
    const part = result.slice(at, end);
    switch (below(5)) {
      case 0:
        for (let k = 0; k < 5; k++) result[below(result.length)] = below(256);
        break;
      case 1:
        result = join(result.subarray(0, at), result.subarray(end));
        break;
      case 2:
        result = join(result.subarray(0, at), part, part, part, result.subarray(at));
        break;
      case 3:
        result = result.slice(0, at);
        break;
      default: {
        const to = below(result.length);
        result = join(result.subarray(0, to), part, result.subarray(to));
      }
    }
    if (result.length === 0) return new Uint8Array([10]);
  }
  return result;
}

function join(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
