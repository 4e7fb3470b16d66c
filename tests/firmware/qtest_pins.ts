/** What the pins of a GPIO port do in QEMU, from the first instruction on, by its protocol for tests. */
export class QtestPins implements AsyncDisposable {
  /** Arguments for QEMU; it connects, and waits for {@linkcode start}. */
  readonly options: string[];
  /** All changes, such as "lower 5"; the pins are low at first. */
  readonly changes: string[] = [];
  readonly #qtest: Deno.UnixListener;
  readonly #monitor: Deno.UnixListener;
  #reading?: Promise<void>;

  constructor(dir: string) {
    const [qtest, monitor] = [`${dir}/qtest.sock`, `${dir}/monitor.sock`];
    this.options = [
      ...["-qtest", `unix:${qtest}`, "-qtest-log", "none", "-accel", "tcg"],
      ...["-S", "-monitor", `unix:${monitor}`],
    ];
    this.#qtest = Deno.listen({ transport: "unix", path: qtest });
    this.#monitor = Deno.listen({ transport: "unix", path: monitor });
  }

  /** Follows the outputs of a device such as "/machine/soc/gpioa", and lets QEMU run. */
  async start(device: string): Promise<void> {
    const [qtest, monitor] = await Promise.all([this.#qtest.accept(), this.#monitor.accept()]);
    const accepted = Promise.withResolvers<void>();
    this.#reading = Promise.all([
      this.#read(qtest, accepted.resolve),
      this.#read(monitor, () => {}),
    ]).then(() => {});
    await qtest.write(new TextEncoder().encode(`irq_intercept_out ${device}\n`));
    await accepted.promise;
    await monitor.write(new TextEncoder().encode("cont\n"));
  }

  async #read({ readable }: Deno.UnixConn, accepted: () => void): Promise<void> {
    let rest = "";
    try {
      for await (const text of readable.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + text).split("\n");
        rest = lines.pop()!;
        for (const line of lines) {
          if (line.startsWith("OK")) accepted();
          else if (line.startsWith("IRQ ")) this.changes.push(line.slice(4).trim());
        }
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
    }
  }

  /** Waits until QEMU has ended, and with it the changes. */
  async end(): Promise<void> {
    await this.#reading;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    this.#qtest.close();
    this.#monitor.close();
  }
}
