/** Tasks of the tests. */
export function area({ a, b }: { a: number; b: number }) {
  return Promise.resolve({ area: a * b });
}

/** Fails for some. */
export function picky({ n }: { n: number }) {
  if (n === 2) return Promise.reject(new Error("Two is not liked"));
  return Promise.resolve({ n });
}

/** Takes the worker down. */
export function crash({ n }: { n: number }): Promise<{ n: number }> {
  if (n === 1) {
    queueMicrotask(() => {
      throw new Error("Down it goes");
    });
    return new Promise(() => {});
  }
  return Promise.resolve({ n });
}

/** Ends only when told so by a file. */
export async function slow({ gate, n }: { gate: string; n: number }) {
  await Deno.writeTextFile(`${gate}.begun`, "", { append: true });
  while (!await Deno.stat(gate).then(() => true, () => false)) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return { n };
}
