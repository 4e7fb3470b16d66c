import assert from "node:assert/strict";
import { memoryPortPair } from "../../lib/serial/memory_port.ts";
import type { SerialPort } from "../../lib/serial/serial_port.ts";

/** What the host must send next, and what the device then answers. */
export type Exchange = readonly [sent: string, received: string];

/** A port whose device holds exactly one conversation. */
export interface ExpectedPort {
  port: SerialPort;
  /** Fails where the host sent anything else, or has not sent everything. */
  verify(): void;
}

/** A device that expects these bytes, in this order, and no other. */
export async function expectedProtocol(exchanges: readonly Exchange[]): Promise<ExpectedPort> {
  const [port, device] = memoryPortPair();
  await device.open({ baudRate: 115_200 });
  let at = 0;
  let received = "";
  let mismatch = "";
  (async () => {
    const writer = device.writable!.getWriter();
    for await (const chunk of device.readable!) {
      received += new TextDecoder("latin1").decode(chunk);
      while (received !== "") {
        const expected = exchanges[at]?.[0] ?? "";
        if (received.startsWith(expected) && expected !== "") {
          received = received.slice(expected.length);
          await writer.write(new TextEncoder().encode(exchanges[at++][1]));
        } else if (!expected.startsWith(received)) {
          mismatch ||= `exchange ${at}: '${received}' came, '${expected}' was expected`;
          received = "";
        } else {
          break;
        }
      }
    }
  })().catch(() => {});
  return {
    port,
    verify() {
      assert.equal(mismatch, "");
      assert.equal(at, exchanges.length, `the host sent ${at} of ${exchanges.length} commands`);
      assert.equal(received, "");
    },
  };
}

/** An answer: its lines and `m-ready`. */
export function answer(...lines: string[]): string {
  return [...lines, "m-ready"].map((line) => line + "\r\n").join("");
}
