import assert from "node:assert/strict";
import { PinReceiver, PinSender } from "../../lib/lab/pin_uart.ts";
import { SeededRandom } from "../model/seeded_random.ts";

/** Time that goes from event to event. */
class Events {
  now = 0;
  #queue: { at: number; callback: () => void }[] = [];

  later = (cycles: number, callback: () => void) => {
    this.#queue.push({ at: this.now + cycles, callback });
  };

  run() {
    for (;;) {
      this.#queue.sort((a, b) => a.at - b.at);
      const next = this.#queue.shift();
      if (!next) return;
      this.now = next.at;
      next.callback();
    }
  }
}

function wire(senderBit: number, receiverBit: number) {
  const events = new Events();
  const got: number[] = [];
  const changes: [number, boolean][] = [];
  const receiver = new PinReceiver(receiverBit, (byte) => got.push(byte), events.later);
  let level = true;
  const sender = new PinSender(senderBit, (high) => {
    if (high !== level) {
      changes.push([events.now, high]);
      level = high;
      receiver.level(high);
    }
  }, events.later);
  return { events, got, receiver, sender, changes };
}

Deno.test("PinSender drives start bit, data from the lowest bit on, stop bit", () => {
  const { events, sender, changes } = wire(100.4, 100.4);
  sender.send(0b00001011);
  sender.send(0xff);
  events.run();
  assert.deepEqual(changes, [
    ...[[0, false], [100, true], [301, false], [402, true], [502, false], [904, true]],
    ...[[1004, false], [1104, true]],
  ]);
});

for (const percent of [-4, 0, 4]) {
  Deno.test(`PinReceiver reads what PinSender sends ${percent} % off`, () => {
    const { events, got, receiver, sender } = wire(1000 * (1 + percent / 100), 1000);
    const random = new SeededRandom(5);
    const bytes = Array.from({ length: 500 }, () => random.integer(0, 255));
    for (const byte of bytes) sender.send(byte);
    events.run();
    assert.deepEqual(got, bytes);
    assert.equal(receiver.errors, 0);
  });
}

Deno.test("PinReceiver counts spikes, and frames without a stop bit", () => {
  const { events, got, receiver } = wire(100, 100);
  receiver.level(false);
  events.later(20, () => receiver.level(true));
  events.run();
  assert.equal(receiver.errors, 1);
  receiver.level(false);
  events.run();
  assert.equal(receiver.errors, 2);
  assert.deepEqual(got, []);
});
