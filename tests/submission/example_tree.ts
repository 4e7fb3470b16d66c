/**
 * Small submissions that keep every rule, as files in memory; tests break one thing of them. Their sessions are made
 * up: no device was measured.
 */
import { dirname } from "node:path";

/** Files by path; null is an empty folder. */
export type Files = Map<string, string | Uint8Array | null>;

/** Writes a tree into a folder of its own, which is gone when `use` is done. */
export async function withTree<T>(files: Files, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "thimble-submission-" });
  try {
    for (const [path, content] of files) {
      const parent = content === null ? path : dirname(path);
      await Deno.mkdir(`${folder}/${parent}`, { recursive: true });
      if (typeof content === "string") await Deno.writeTextFile(`${folder}/${path}`, content);
      else if (content) await Deno.writeFile(`${folder}/${path}`, content);
    }
    return await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A system's description with all that has to be in it. */
export function description(fields: Record<string, unknown> = {}): string {
  return JSON.stringify(
    {
      "Submitter": "acme",
      "Division": "Closed",
      "Status": "Available",
      "Board Name": "Board One",
      "Processor(s) Name": "Arm Cortex-M33",
      "Processor(s) Frequencies": "160 MHz",
      "Inference Framework": "acme runtime 1.0",
      ...fields,
    },
    null,
    2,
  ) + "\n";
}

/** The official short list of ad01: 36 sounds that are normal, 36 that are not. */
export const shortList: readonly string[] = (["normal", "anomaly"] as const).flatMap((kind) =>
  [1, 2, 3, 4].flatMap((car) => {
    const numbers = [3, 13, 23, 33, 43, 53, 63, 73, 83];
    if (kind === "normal" && car === 4) numbers[8] = 343;
    if (kind === "anomaly" && car === 1) numbers[8] = 93;
    if (kind === "anomaly" && car === 2) numbers.splice(7, 2, 223, 93);
    return numbers.map((number) =>
      `${kind}_id_0${car}_${String(number).padStart(8, "0")}_hist_librosa.bin`
    );
  })
);

/** What a made-up session is like where it is not as it should be. */
export interface SessionOptions {
  /** Inferences a second. */
  throughput?: number;
  /** Windows. */
  windows?: number;
  /** Inferences of a window. */
  iterations?: number;
  /** Input files of an accuracy run. */
  files?: readonly string[];
  /** The error of each file; anomalies have the greater ones. */
  outputs?: (file: string, index: number) => number;
  /** What the device says of itself. */
  profile?: string;
  /** What the device says that it runs. */
  model?: string;
  /** What an accuracy run prints. */
  auc?: string;
}

const isAnomaly = (file: string) => file.startsWith("anomaly");

function pythonLog(lines: readonly string[], options: SessionOptions): string {
  const { profile = "acme firmware 1.0", model = "ad01" } = options;
  return [
    "Logging initialized. Writing output to sessions/1/log.txt",
    "Initializing SerialDevice on port: /dev/ttyACM0 at 115200 baud",
    "Device name retrieved: acme",
    `Device profile retrieved: ${profile}`,
    `Device model retrieved: ${model}`,
    ...lines,
    "Session logged in file sessions/1/log.txt",
    "",
  ].join("\n");
}

/** A performance session of the Python runner. */
export function pythonPerformance(folder: string, options: SessionOptions = {}): Files {
  const { throughput = 100, windows = 5, iterations = 1050 } = options;
  const elapsed = iterations / throughput * 1e6;
  const objects = Array.from({ length: windows }, (_, i) => ({
    file: shortList[i],
    classes: "2",
    class: "0",
    bytes_to_send: "2560",
    stride: "512",
    total_length: 1,
    infer: {
      start_time: 1_000_000 + i * 20_000_000,
      end_time: 1_000_000 + i * 20_000_000 + elapsed,
      results: [10.5],
      elapsed_time: elapsed,
      total_inferences: 1,
      iterations,
      warmups: 1,
      throughput,
    },
    mode: "p",
  }));
  const lines = objects.flatMap(({ file }) => [
    `0803.2126 ulp-mlperf: Loading file ${file} segment 0`,
    `Running inference with 1/${iterations} (warmup/measured) iterations ...`,
  ]);
  const results = `0803.212717 ulp-mlperf: Median throughput is ${
    throughput.toFixed(3)
  } inf./sec.\n`;
  return new Map([
    [`${folder}/log.txt`, pythonLog(lines, options)],
    [`${folder}/results.txt`, results],
    [`${folder}/results.json`, JSON.stringify(objects)],
  ]);
}

/** An accuracy session of ad01 by the Python runner: one window of each file. */
export function pythonAccuracy(folder: string, options: SessionOptions = {}): Files {
  const { files = shortList, auc = "1.000" } = options;
  const { outputs = (file: string, i: number) => (isAnomaly(file) ? 50 : 10) + i / 100 } = options;
  const objects = files.map((file, i) => ({
    file,
    classes: "2",
    class: isAnomaly(file) ? "1" : "0",
    bytes_to_send: "2560",
    stride: "512",
    total_length: 1,
    infer: { results: [outputs(file, i)], total_inferences: 1, iterations: 1, warmups: 0 },
    mode: "a",
  }));
  const lines = files.flatMap((file) => [
    `0803.2126 ulp-mlperf: Loading file ${file} segment 0`,
    "Running inference with 0/1 (warmup/measured) iterations ...",
  ]);
  return new Map([
    [`${folder}/log.txt`, pythonLog(lines, options)],
    [`${folder}/results.txt`, `0803.212419 ulp-mlperf: AUC = ${auc}\n`],
    [`${folder}/results.json`, JSON.stringify(objects)],
  ]);
}

/** 10 µJ a sample: 10 mW. */
const sampleJ = 1e-5;

/** An energy session of the Python runner. */
export function pythonEnergy(folder: string, options: SessionOptions = {}): Files {
  const { windows = 5, iterations = 100 } = options;
  const objects = Array.from({ length: windows }, (_, i) => ({
    file: shortList[i],
    classes: "2",
    class: "0",
    infer: { results: [10.5], total_inferences: 1, iterations, warmups: 1 },
    power: {
      samples: new Array(10_200).fill(sampleJ),
      timestamps: [["00", 100], ["01", 10_150]],
      voltage: 3000,
    },
    mode: "e",
  }));
  const lines = objects.flatMap(({ file }) => [
    `0803.2126 ulp-mlperf: Loading file ${file} segment 0`,
    `Running inference with 1/${iterations} (warmup/measured) iterations ...`,
  ]);
  const energyUj = 10_050 * sampleJ * 1e6 / iterations;
  return new Map([
    [`${folder}/log.txt`, pythonLog(lines, options)],
    [`${folder}/results.txt`, `Median energy cost is ${energyUj.toFixed(4)} uJ/inf.\n`],
    [`${folder}/results.json`, JSON.stringify(objects)],
  ]);
}

/** A streaming session of the Python runner: fifty wakewords, ten seconds apart. */
export function pythonStreaming(
  folder: string,
  counts: { heard?: number; false?: number; said?: number } = {},
): Files {
  const { heard = 50, said = 50 } = counts;
  const words = Array.from({ length: said }, (_, i) => [10 + 10 * i, 10.5 + 10 * i]);
  const objects = [{
    infer: {
      wav_file: "long_wav.wav",
      length_sec: 600,
      detection_windows: words,
      detections: [
        1000,
        ...words.slice(0, heard).map(([start]) => 1000 + start * 1000 + 600),
        ...Array.from({ length: counts.false ?? 0 }, (_, i) => 1000 + 16_000 + 10_000 * i),
      ],
      iterations: 1,
      warmups: 0,
    },
    power: {
      samples: new Array(1000).fill(sampleJ),
      timestamps: [["00", 0], ["01", 1000]],
      voltage: 3000,
    },
    dutycycle: { start_times_s: [0, 0.032, 0.064], stop_times_s: [0.008, 0.04, 0.072] },
    mode: "e",
  }];
  const results = [
    "Median energy cost is 10000.0000 uJ/inf.",
    `Accuracy: ${heard} True positives, ${said - heard} False negatives, ${
      counts.false ?? 0
    } False positives`,
    "Average duty cycle: 0.25",
    "Average period: 0.032 s",
    "Estimated throughput: 125 inf./sec.",
    "",
  ].join("\n");
  const played = "Playing long_wav.wav (length = 600.0s) at 14:28:11...";
  return new Map([
    [`${folder}/log.txt`, pythonLog([played], { model: "sww01" })],
    [`${folder}/results.txt`, results],
    [`${folder}/results.json`, JSON.stringify(objects)],
  ]);
}

/** A submission of the Python runner's sessions: ad01 and sww01 in the closed division. */
export function pythonTree(): Files {
  const results = "closed/acme/results/board-1";
  return new Map<string, string | Uint8Array | null>([
    ["closed/acme/systems/board-1.json", description()],
    ["closed/acme/code/README.md", "Build it with make\n"],
    ...pythonPerformance(`${results}/ad/performance`),
    ...pythonAccuracy(`${results}/ad/accuracy`),
    ...pythonEnergy(`${results}/ad/energy`),
    ...pythonStreaming(`${results}/sww/energy`),
  ]);
}

/** The same in the open division. */
export function openTree(): Files {
  const files: Files = new Map(
    [...pythonTree()].map(([path, content]) => [path.replace("closed/", "open/"), content]),
  );
  files.set("open/acme/systems/board-1.json", description({ Division: "Open" }));
  files.set("open/acme/DEVIATIONS.md", "Trained anew\n");
  return files;
}

function energyRunnerLog(
  lines: readonly string[],
  { profile, model = "ad01" }: SessionOptions,
): string {
  return [
    "session: m-session-start-id[20210603010201]",
    "dut: m-name-dut-[acme]",
    `dut: m-profile-[${profile ?? "acme firmware 1.0"}]`,
    `dut: m-model-[${model}]`,
    ...lines,
    "sequencer: m-sequencer-stop",
  ].map((line) => `00272.954 ${line}\n`).join("");
}

function energyRunnerRun(file: string, iterations: number, startUs: number, elapsedUs: number) {
  return [
    `parser: Command "bload dut "/data/ad01/${file}" 0"`,
    `parser: Command "dut infer ${iterations} 1"`,
    "dut: m-warmup-start-1",
    `dut: m-infer-start-${iterations}`,
    `dut: m-lap-us-${startUs}`,
    `dut: m-lap-us-${startUs + elapsedUs}`,
    "dut: m-infer-done",
    `dut: m-results-[${isAnomaly(file) ? 50 : 10}.500]`,
    "dut: m-ready",
  ];
}

/** EnergyRunner's samples at 1 kHz, 10 µJ each. */
export function energyTrace(samples: number): Uint8Array {
  const bytes = new Uint8Array(5 + 4 * samples);
  const view = new DataView(bytes.buffer);
  bytes[0] = 0xf1;
  view.setFloat32(1, 1000, true);
  for (let i = 0; i < samples; i++) view.setFloat32(5 + 4 * i, 10, true);
  return bytes;
}

/** Eleven edges: the start, then load and inferences of five windows, of 10.5 s each. */
export const energyEdges: readonly number[] = [
  0.5,
  ...[0, 1, 2, 3, 4].flatMap((i) => [1 + 11 * i, 11.5 + 11 * i]),
];

/** A submission of EnergyRunner's sessions, as v1.2 asks for it: ad01 in the closed division. */
export function energyRunnerTree(options: SessionOptions = {}): Files {
  const result = "closed/acme/results/board-1/ad";
  const windows = shortList.slice(0, 5).flatMap((file, i) =>
    energyRunnerRun(file, 1050, 1_000_000 + 20_000_000 * i, 10_500_000)
  );
  const accuracy = shortList.flatMap((file, i) => energyRunnerRun(file, 1, 1_000_000 * i, 10_000));
  const script = `[ { cmd: "dut infer 1050 1" } ]\n`;
  return new Map<string, string | Uint8Array | null>([
    ["closed/acme/systems/board-1.json", description()],
    ["closed/acme/code/README.md", "Build it with make\n"],
    [`${result}/performance/log.txt`, energyRunnerLog(windows, options)],
    [
      `${result}/performance/results.txt`,
      "00366.093 ulp-mlperf: Median throughput is 100.000 inf./sec.\n",
    ],
    [`${result}/performance/script.async`, script],
    [`${result}/accuracy/log.txt`, energyRunnerLog(accuracy, options)],
    [`${result}/accuracy/results.txt`, "03171.489 ulp-mlperf: AUC: 1.00\n"],
    [`${result}/accuracy/script.async`, script],
    [`${result}/energy/log.txt`, energyRunnerLog(windows, options)],
    [`${result}/energy/results.txt`, "00319.916 ulp-ml: Median energy cost is 100.000 uJ/inf.\n"],
    [`${result}/energy/script.async`, script],
    [`${result}/energy/trace1-energy.bin`, energyTrace(57_000)],
    [`${result}/energy/trace1-timestamps.json`, JSON.stringify(energyEdges)],
  ]);
}
