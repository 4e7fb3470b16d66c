/** Makes JPEG files for tests, by the encoder beside the decoder that is tested. */
type Encode = (
  image: { data: Uint8ClampedArray; width: number; height: number },
  options: { quality: number; progressive?: boolean },
) => Promise<ArrayBuffer>;

let encoder: Promise<Encode> | undefined;

async function load(): Promise<Encode> {
  const { default: encode, init } = await import("@jsquash/jpeg/encode.js");
  const wasm = import.meta.resolve("@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm");
  await init(await WebAssembly.compile(await Deno.readFile(new URL(wasm))));
  return encode as unknown as Encode;
}

/** A picture of red, green and blue; `colour` gives them for a pixel. */
export async function encodeJpeg(
  width: number,
  height: number,
  colour: (row: number, column: number) => readonly number[],
): Promise<Uint8Array<ArrayBuffer>> {
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) {
    data.set(colour(Math.floor(i / width), i % width).slice(0, 3), 4 * i);
  }
  const encode = await (encoder ??= load());
  return new Uint8Array(await encode({ data, width, height }, { quality: 80 }));
}
