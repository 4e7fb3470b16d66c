/** Measures with a Joulescope and prints what came as JSON; run by joulescope_test.ts with the permission to call its library. */
import type { Quantity } from "../../../lib/serial/monitors/energy_monitor.ts";
import { Joulescope } from "../../../lib/serial/monitors/joulescope/joulescope.ts";
import { takeEvents } from "./take_events.ts";

const { quantity, samples, kind, serialNumber, abort, ...start } = JSON.parse(Deno.args[0]) as {
  quantity: Quantity;
  samples: number;
  kind: "js110" | "js220";
  serialNumber?: string;
  sampleRateHz: number;
  abort?: boolean;
};

try {
  await using monitor = await Joulescope.connect({ kind, serialNumber });
  await monitor.powerOn();
  const aborter = new AbortController();
  const acquisition = await monitor.start({ quantity, ...start, signal: aborter.signal });
  let count = 0;
  const counted = {
    ...acquisition,
    sampleRateHz: acquisition.sampleRateHz,
    startMs: acquisition.startMs,
    async *[Symbol.asyncIterator]() {
      for await (const event of acquisition) {
        yield event;
        if (event.type !== "samples") continue;
        count += event.count;
        if (count < samples) continue;
        if (abort) aborter.abort(new Error("enough"));
        else await monitor.stop();
      }
    },
  };
  const { values, edges, lost, events, error } = await takeEvents(counted, quantity);
  console.log(JSON.stringify({
    info: monitor.info,
    values: values.slice(0, samples),
    edges,
    lost,
    clocks: events.filter(({ type }) => type === "clock").slice(0, 5),
    error: error && String(error),
  }));
} catch (error) {
  const { name, message, hint } = error as Error & { hint?: string };
  console.log(JSON.stringify({ thrown: { name, message, hint } }));
}
