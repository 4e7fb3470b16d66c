/** What waits of a device for a host that does not read, in bytes; what comes beyond it is lost, as on any line. */
const mostBytes = 65_536;

/** Bytes on their way to a reader; see `Wire.read`. */
export class ByteQueue {
  #unread: Uint8Array[] = [];
  #bytes = 0;
  #isOver = false;
  #error: unknown;
  #wake: (() => void) | undefined;

  /** Takes bytes. */
  put(bytes: Uint8Array): void {
    if (this.#isOver || bytes.length === 0 || this.#bytes + bytes.length > mostBytes) return;
    this.#bytes += bytes.length;
    this.#unread.push(bytes);
    this.#wake?.();
  }

  /** Nothing more will come: after what is there, the reader gets null, or `error` where there is one. */
  end(error?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#error = error;
    this.#wake?.();
  }

  /** All that is there, or what comes next. */
  async read(): Promise<Uint8Array | null> {
    while (this.#unread.length === 0) {
      if (this.#error !== undefined) throw this.#error;
      if (this.#isOver) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const bytes = new Uint8Array(this.#bytes);
    let at = 0;
    for (const piece of this.#unread.splice(0)) {
      bytes.set(piece, at);
      at += piece.length;
    }
    this.#bytes = 0;
    return bytes;
  }
}
