/** The lines of a file that grows. */
export class LineTail {
  readonly #path: string;
  #offset = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Whole lines that have come since the last call.
   *
   * @throws {Deno.errors.NotFound} There is no such file.
   */
  async read(): Promise<string[]> {
    using file = await Deno.open(this.#path);
    const { size } = await file.stat();
    if (size <= this.#offset) return [];
    await file.seek(this.#offset, Deno.SeekMode.Start);
    const bytes = new Uint8Array(size - this.#offset);
    let length = 0;
    while (length < bytes.length) {
      const count = await file.read(bytes.subarray(length));
      if (count === null) break;
      length += count;
    }
    const whole = bytes.subarray(0, length).lastIndexOf(10) + 1;
    this.#offset += whole;
    return new TextDecoder().decode(bytes.subarray(0, whole)).split("\n").slice(0, -1);
  }
}
