/** Sessions of Thimble's own that call themselves measured; they are made up for tests. */
import { SessionFolder } from "../../lib/sessions/session_folder.ts";
import type { RunMode, RunRecord, Source } from "../../lib/sessions/events.ts";
import { shortList } from "./example_tree.ts";

const time = "2026-01-02T03:04:05Z";

/** Writes a session of ad01 into `folder`. */
export async function writeMeasuredSession(
  folder: string,
  mode: RunMode,
  source: Source = "measured",
): Promise<void> {
  using session = await SessionFolder.open(folder);
  for (const record of records(mode, source)) session.append(record);
  await session.writeOfficialFiles();
}

function* records(mode: RunMode, source: Source): Generator<RunRecord> {
  yield {
    type: "start",
    time,
    format: 1,
    benchmark: "ad01",
    mode,
    source,
    dut: { name: "acme", profile: "acme firmware 1.0", model: "ad01" },
    port: "/dev/ttyACM0",
    baudRate: 115_200,
    planned: mode === "performance" ? 5 : shortList.length,
    files: shortList.length,
    labelsSha256: "00",
  };
  const common = (index: number) => ({
    time,
    index,
    file: shortList[index],
    label: Number(shortList[index].startsWith("anomaly")),
  });
  if (mode === "performance") {
    for (let index = 0; index < 5; index++) {
      const startUs = 1_000_000 + index * 20_000_000;
      yield {
        type: "window",
        ...common(index),
        iterations: 1050,
        warmups: 10,
        startUs,
        endUs: startUs + 10_500_000,
        results: [10],
      };
    }
  } else {
    for (let index = 0; index < shortList.length; index++) {
      const { label } = common(index);
      yield {
        type: "inference",
        ...common(index),
        segment: 0,
        segments: 1,
        results: [label ? 50 : 10],
      };
    }
  }
  yield { type: "stop", time, reason: "done" };
}
