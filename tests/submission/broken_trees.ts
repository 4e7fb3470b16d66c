/**
 * One broken submission for each rule, and what the official checker makes of it.
 */
import type { OfficialReaction } from "../../lib/submission/finding.ts";
import type { OfficialReference } from "../../lib/submission/official_reference.ts";
import type { Round } from "../../lib/submission/rounds.ts";
import { noLabels } from "../../lib/sessions/labels.ts";
import { writeTflite } from "../../lib/model/tflite/write_tflite.ts";
import type { Graph } from "../../lib/model/graph.ts";
import {
  description,
  energyEdges,
  energyRunnerTree,
  energyTrace,
  type Files,
  openTree,
  pythonAccuracy,
  pythonEnergy,
  pythonPerformance,
  pythonStreaming,
  pythonTree,
  shortList,
} from "./example_tree.ts";

/** A tree in which one thing is wrong. */
export interface BrokenTree {
  /** What is wrong. */
  name: string;
  /** The rule that it breaks, and no other. */
  rule: string;
  /** The round; v1.4 by default. */
  round?: Round;
  /** Where the finding is. */
  path: string;
  /** The line, where it is about one. */
  line?: number;
  /** What the official checker does; undefined for notes and rounds before v1.3. */
  official?: OfficialReaction;
  /** Official models and lists that the check is given. */
  reference?: OfficialReference;
  /** The tree. */
  files: () => Files;
  /** Changes it on disk, where files in memory cannot be so. */
  onDisk?: (folder: string) => Promise<void>;
}

const home = "closed/acme";
const board = `${home}/results/board-1`;
const ad = `${board}/ad`;
const sww = `${board}/sww`;
const system = `${home}/systems/board-1.json`;

/** A tree with some files changed (or put in), and others taken out. */
function changed(
  files: Files,
  changes: Record<string, string | Uint8Array | null | undefined>,
): Files {
  for (const [path, content] of Object.entries(changes)) {
    if (content === undefined) files.delete(path);
    else files.set(path, content);
  }
  return files;
}

/** A tree with every path changed. */
function moved(files: Files, from: string, to: string): Files {
  return new Map([...files].map(([path, content]) => [path.replace(from, to), content]));
}

function without(files: Files, prefix: string): Files {
  return new Map([...files].filter(([path]) => !path.startsWith(prefix)));
}

function merged(...trees: Files[]): Files {
  return new Map(trees.flatMap((tree) => [...tree]));
}

/** A model of one layer, with these weights. */
export function smallModel(weights: readonly number[], kind: "RELU" | "TANH" = "RELU"): Uint8Array {
  const graph: Graph = {
    description: "",
    tensors: [
      { name: "x", shape: [1, 2], type: "float32" },
      {
        name: "w",
        shape: [1, 2],
        type: "float32",
        data: new Uint8Array(Float32Array.from(weights).buffer),
      },
      { name: "y", shape: [1, 1], type: "float32" },
      { name: "z", shape: [1, 1], type: "float32" },
    ],
    operators: [
      {
        kind: "FULLY_CONNECTED",
        inputs: [0, 1, -1],
        outputs: [2],
        options: { activation: "none", keepNumDims: false },
      },
      { kind, inputs: [2], outputs: [3], options: {} },
    ],
    inputs: [0],
    outputs: [3],
  };
  return writeTflite(graph);
}

const { readTflite } = await import("../../lib/model/tflite/read_tflite.ts");

/** A reference of one small model and one short calibration list. */
export const smallReference: OfficialReference = {
  models: new Map([["ad01", [readTflite(smallModel([1, 2]))]]]),
  calibrations: new Map([["ad01", new Set(["normal_1", "normal_2"])]]),
  labels: noLabels(),
};

/** ic and ic2 without labels that matter: 200 images, of which the first is EnergyRunner's. */
function images(folder: string, model: "ic01" | "ic02"): Files {
  const files = [
    "lippizaner_s_000613.bin",
    ...Array.from({ length: 199 }, (_, i) => `fallow_deer_s_${String(i).padStart(6, "0")}.bin`),
  ];
  // Class 7 is the horse, 4 the deer.
  const outputs = files.map((_, i) => Array.from({ length: 10 }, (_, c) => +(c === (i ? 4 : 7))));
  const objects = files.map((file, i) => ({
    file,
    classes: "10",
    class: i ? "4" : "7",
    infer: { results: outputs[i], iterations: 1, warmups: 0 },
    mode: "a",
  }));
  const accuracy = pythonAccuracy(`${folder}/accuracy`, { model, files });
  accuracy.set(`${folder}/accuracy/results.json`, JSON.stringify(objects));
  accuracy.set(
    `${folder}/accuracy/results.txt`,
    "0803.212419 ulp-mlperf: Top 1% = 100.0\n0803.212419 ulp-mlperf: AUC = 1.000\n",
  );
  return merged(accuracy, pythonPerformance(`${folder}/performance`, { model }));
}

/** Trees by what is wrong with them. */
export const brokenTrees: readonly BrokenTree[] = [
  {
    name: "a folder beside the divisions",
    rule: "division-folder",
    path: "network",
    official: "warns",
    files: () => changed(pythonTree(), { "network/README.md": "x" }),
  },
  {
    name: "nothing at all",
    rule: "results-present",
    path: "",
    official: "passes",
    files: () => new Map([["README.md", "x"]]),
  },
  {
    name: "an organisation's folder in place of the submission's",
    rule: "results-present",
    path: "",
    official: "passes",
    files: () => changed(without(moved(pythonTree(), "closed/acme/", ""), "code"), {}),
  },
  {
    name: "an organisation without results",
    rule: "organisation-results",
    path: "closed/other",
    official: "passes",
    files: () => changed(pythonTree(), { "closed/other/code/README.md": "x" }),
  },
  {
    name: "a system without benchmarks",
    rule: "organisation-results",
    path: `${home}/results/board-2`,
    official: "passes",
    files: () =>
      changed(pythonTree(), {
        [`${home}/results/board-2/README.md`]: "x",
        [`${home}/systems/board-2.json`]: description(),
      }),
  },
  {
    name: "no code",
    rule: "code-folder",
    path: home,
    official: "passes",
    files: () => without(pythonTree(), `${home}/code`),
  },
  {
    name: "a benchmark by its long name",
    rule: "benchmark-folder",
    path: `${board}/anomaly_detection`,
    official: "refuses",
    files: () => moved(pythonTree(), `${ad}/`, `${board}/anomaly_detection/`),
  },
  {
    name: "a benchmark by its long name, in the open division",
    rule: "benchmark-folder",
    path: "open/acme/results/board-1/anomaly_detection",
    official: "stops",
    files: () => moved(openTree(), "/ad/", "/anomaly_detection/"),
  },
  {
    name: "a benchmark before its round",
    rule: "benchmark-folder",
    round: "v1.2",
    path: `${board}/sww`,
    files: () => merged(energyRunnerTree(), pythonStreaming(`${sww}/energy`)),
  },
  {
    name: "a level of folders for the model",
    rule: "result-levels",
    path: `${ad}/AD08`,
    official: "omits",
    files: () => moved(pythonTree(), `${ad}/`, `${ad}/AD08/`),
  },
  {
    name: "a level of folders for the board",
    rule: "result-levels",
    path: `${board}/rev2/ad`,
    official: "refuses",
    files: () => moved(pythonTree(), `${ad}/`, `${board}/rev2/ad/`),
  },
  {
    name: "power for energy",
    rule: "run-folder",
    path: `${ad}/power`,
    official: "passes",
    files: () => moved(pythonTree(), `${ad}/energy/`, `${ad}/power/`),
  },
  {
    name: "a folder that is no run",
    rule: "other-folder",
    path: `${ad}/plots`,
    official: "passes",
    files: () => changed(pythonTree(), { [`${ad}/plots/a.png`]: "x" }),
  },
  {
    name: "no performance",
    rule: "required-runs",
    path: ad,
    official: "omits",
    files: () => without(pythonTree(), `${ad}/performance`),
  },
  {
    name: "no accuracy",
    rule: "required-runs",
    path: ad,
    official: "refuses",
    files: () => without(pythonTree(), `${ad}/accuracy`),
  },
  {
    name: "no log",
    rule: "required-files",
    path: `${ad}/performance`,
    official: "warns",
    files: () => changed(pythonTree(), { [`${ad}/performance/log.txt`]: undefined }),
  },
  {
    name: "no results of accuracy",
    rule: "required-files",
    path: `${ad}/accuracy`,
    official: "refuses",
    files: () => changed(pythonTree(), { [`${ad}/accuracy/results.txt`]: undefined }),
  },
  {
    name: "no results of energy",
    rule: "required-files",
    path: `${ad}/energy`,
    official: "omits",
    files: () => changed(pythonTree(), { [`${ad}/energy/results.txt`]: undefined }),
  },
  {
    name: "no script of EnergyRunner",
    rule: "required-files",
    round: "v1.2",
    path: `${ad}/accuracy`,
    files: () => changed(energyRunnerTree(), { [`${ad}/accuracy/script.async`]: undefined }),
  },
  {
    name: "names of v0.5",
    rule: "required-files",
    round: "v1.2",
    path: `${ad}/performance`,
    files: () =>
      moved(energyRunnerTree(), "performance/log.txt", "performance/performance_log.txt"),
  },
  {
    name: "a picture beside a log",
    rule: "extra-files",
    path: `${ad}/performance/plot.png`,
    official: "warns",
    files: () => changed(pythonTree(), { [`${ad}/performance/plot.png`]: "x" }),
  },
  {
    name: "EnergyRunner's sessions without its mark",
    rule: "runner-mark",
    round: "v1.3",
    path: ad,
    official: "warns",
    files: energyRunnerTree,
  },
  {
    name: "EnergyRunner's mark without its sessions",
    rule: "runner-mark",
    path: ad,
    official: "warns",
    files: () => changed(pythonTree(), { [`${ad}/EEMBC_RUNNER`]: "" }),
  },
  {
    name: "EnergyRunner in v1.4",
    rule: "runner-of-round",
    path: ad,
    official: "passes",
    files: () => changed(energyRunnerTree(), { [`${ad}/EEMBC_RUNNER`]: "" }),
  },
  {
    name: "the Python runner in v1.2",
    rule: "runner-of-round",
    round: "v1.2",
    path: ad,
    files: () => without(pythonTree(), sww),
  },
  {
    name: "no session at all",
    rule: "readable-session",
    path: `${ad}/performance`,
    official: "passes",
    files: () =>
      changed(pythonTree(), {
        [`${ad}/performance/log.txt`]: "",
        [`${ad}/performance/results.json`]: new Uint8Array(0),
      }),
    onDisk: (folder) => Deno.truncate(`${folder}/${ad}/performance/results.json`, 400_000_000),
  },
  {
    name: "a log that is cut off",
    rule: "whole-run",
    path: `${ad}/performance/log.txt`,
    official: "passes",
    files: () => {
      const files = pythonTree();
      const log = files.get(`${ad}/performance/log.txt`) as string;
      return changed(files, {
        [`${ad}/performance/log.txt`]: log.replace(
          "Session logged in file sessions/1/log.txt\n",
          "",
        ),
      });
    },
  },
  {
    name: "a log without its beginning",
    rule: "session-oddity",
    path: `${ad}/performance/log.txt`,
    line: 1,
    files: () => {
      const files = pythonTree();
      const log = files.get(`${ad}/performance/log.txt`) as string;
      return changed(files, {
        [`${ad}/performance/log.txt`]: log.slice(log.indexOf("\n") + 1),
      });
    },
  },
  {
    name: "accuracy with a capital letter",
    rule: "run-folder",
    path: `${ad}/Accuracy`,
    official: "refuses",
    files: () => moved(pythonTree(), `${ad}/accuracy/`, `${ad}/Accuracy/`),
  },
  {
    name: "results that are no text",
    rule: "results-text",
    path: `${ad}/accuracy/results.txt`,
    official: "stops",
    files: () =>
      changed(pythonTree(), {
        [`${ad}/accuracy/results.txt`]: new Uint8Array([0x20, 0xff, 0xfe, 0x0a]),
      }),
  },
  {
    name: "a folder in the place of results",
    rule: "required-files",
    path: `${ad}/accuracy`,
    official: "stops",
    files: () =>
      changed(pythonTree(), {
        [`${ad}/accuracy/results.txt`]: undefined,
        [`${ad}/accuracy/results.txt/a`]: "x",
      }),
  },
  {
    name: "a throughput of nought",
    rule: "printed-throughput",
    path: `${ad}/performance/results.txt`,
    line: 1,
    official: "refuses",
    files: () => {
      const files = without(pythonTree(), `${ad}/energy`);
      return changed(files, {
        [`${ad}/performance/results.txt`]: "x Median throughput is 0.000 inf./sec.\n",
      });
    },
  },
  {
    name: "no throughput",
    rule: "printed-throughput",
    path: `${ad}/performance/results.txt`,
    official: "omits",
    files: () => changed(pythonTree(), { [`${ad}/performance/results.txt`]: "none\n" }),
  },
  {
    name: "no energy",
    rule: "printed-energy",
    path: `${ad}/energy/results.txt`,
    official: "omits",
    files: () => changed(pythonTree(), { [`${ad}/energy/results.txt`]: "none\n" }),
  },
  {
    name: "no accuracy printed",
    rule: "printed-accuracy",
    path: `${ad}/accuracy/results.txt`,
    official: "refuses",
    files: () => changed(pythonTree(), { [`${ad}/accuracy/results.txt`]: "none\n" }),
  },
  {
    name: "no accuracy printed in the open division",
    rule: "printed-accuracy",
    path: "open/acme/results/board-1/ad/accuracy/results.txt",
    official: "passes",
    files: () =>
      changed(openTree(), { "open/acme/results/board-1/ad/accuracy/results.txt": "none\n" }),
  },
  {
    name: "an accuracy that is no number",
    rule: "printed-accuracy",
    path: `${ad}/accuracy/results.txt`,
    line: 1,
    official: "stops",
    files: () => changed(pythonTree(), { [`${ad}/accuracy/results.txt`]: "x AUC = .\n" }),
  },
  {
    name: "an accuracy below the target",
    rule: "quality-target",
    path: `${ad}/accuracy/results.txt`,
    line: 1,
    official: "refuses",
    // Half of the sounds that are not normal seem more normal than those that are.
    files: () =>
      merged(
        pythonTree(),
        pythonAccuracy(`${ad}/accuracy`, {
          auc: "0.500",
          outputs: (file, i) => file.startsWith("normal") ? 10 : i % 2 ? 5 : 20,
        }),
      ),
  },
  {
    name: "an accuracy below the target, printed as above it",
    rule: "computed-accuracy",
    path: `${ad}/accuracy/log.txt`,
    official: "passes",
    files: () =>
      merged(
        pythonTree(),
        pythonAccuracy(`${ad}/accuracy`, {
          auc: "0.850",
          // Five seem more normal than all that are, and one more than half of them: 30.5 / 36 is 0.847.
          outputs: (file, i) =>
            file.startsWith("normal") ? 10 + i / 100 : i < 41 ? 5 : i === 41 ? 10.175 : 50,
        }),
      ),
  },
  {
    name: "a throughput that the log does not give",
    rule: "figures-agree",
    path: `${ad}/performance/results.txt`,
    line: 1,
    official: "passes",
    files: () =>
      changed(pythonTree(), {
        [`${ad}/performance/results.txt`]: "x Median throughput is 120.000 inf./sec.\n",
      }),
  },
  {
    name: "four windows",
    rule: "window-count",
    path: `${ad}/performance/log.txt`,
    official: "passes",
    files: () => merged(pythonTree(), pythonPerformance(`${ad}/performance`, { windows: 4 })),
  },
  {
    name: "nine seconds",
    rule: "window-duration",
    path: `${ad}/performance/log.txt`,
    official: "passes",
    files: () => {
      const files = pythonTree();
      const path = `${ad}/performance/results.json`;
      const objects = JSON.parse(files.get(path) as string);
      objects[2].infer.end_time = objects[2].infer.start_time + 9_000_000;
      objects[2].infer.iterations = 900;
      return changed(files, { [path]: JSON.stringify(objects) });
    },
  },
  {
    name: "nine inferences",
    rule: "window-iterations",
    path: `${ad}/performance/log.txt`,
    official: "passes",
    files: () => {
      const options = { throughput: 0.5, iterations: 10 };
      const files = merged(pythonTree(), pythonPerformance(`${ad}/performance`, options));
      const path = `${ad}/performance/results.json`;
      const objects = JSON.parse(files.get(path) as string);
      objects[2].infer.end_time = objects[2].infer.start_time + 18_000_000;
      objects[2].infer.iterations = 9;
      return changed(files, { [path]: JSON.stringify(objects) });
    },
  },
  {
    name: "seventy-one inputs",
    rule: "input-count",
    path: `${ad}/accuracy/log.txt`,
    official: "passes",
    files: () =>
      merged(pythonTree(), pythonAccuracy(`${ad}/accuracy`, { files: shortList.slice(1) })),
  },
  {
    name: "an input of another list",
    rule: "input-list",
    path: `${ad}/accuracy/log.txt`,
    official: "passes",
    files: () => {
      const files = ["normal_id_01_00000004_hist_librosa.bin", ...shortList.slice(1)];
      return merged(pythonTree(), pythonAccuracy(`${ad}/accuracy`, { files }));
    },
  },
  {
    name: "an energy trace that is none",
    rule: "energy-trace",
    round: "v1.2",
    path: `${ad}/energy/trace1-timestamps.json`,
    files: () =>
      changed(energyRunnerTree(), { [`${ad}/energy/trace1-energy.bin`]: new Uint8Array([1, 2]) }),
  },
  {
    name: "a trace that ends too early",
    rule: "energy-samples",
    round: "v1.2",
    path: `${ad}/energy/trace1-timestamps.json`,
    files: () =>
      changed(energyRunnerTree(), { [`${ad}/energy/trace1-energy.bin`]: energyTrace(55_400) }),
  },
  {
    name: "an edge too many",
    rule: "energy-edges",
    round: "v1.2",
    path: `${ad}/energy/trace1-timestamps.json`,
    files: () =>
      changed(energyRunnerTree(), {
        [`${ad}/energy/trace1-timestamps.json`]: JSON.stringify([...energyEdges, 56]),
      }),
  },
  {
    name: "an edge that was lost",
    rule: "energy-edges",
    path: `${ad}/energy/results.json`,
    official: "passes",
    files: () => {
      const files = pythonTree();
      const path = `${ad}/energy/results.json`;
      return changed(files, { [path]: (files.get(path) as string).replace('"01"', '"02"') });
    },
  },
  {
    name: "no detections printed",
    rule: "printed-detections",
    path: `${sww}/energy/results.txt`,
    official: "refuses",
    files: () => {
      const files = pythonTree();
      const path = `${sww}/energy/results.txt`;
      return changed(files, { [path]: (files.get(path) as string).replace(/^Accuracy.*\n/m, "") });
    },
  },
  {
    name: "forty-nine wakewords",
    rule: "streaming-occurrences",
    path: `${sww}/energy/results.txt`,
    line: 2,
    official: "refuses",
    files: () => merged(pythonTree(), pythonStreaming(`${sww}/energy`, { said: 49, heard: 49 })),
  },
  {
    name: "nine wakewords that were not heard",
    rule: "streaming-target",
    path: `${sww}/energy/results.txt`,
    line: 2,
    official: "refuses",
    files: () => merged(pythonTree(), pythonStreaming(`${sww}/energy`, { heard: 41 })),
  },
  {
    name: "nine wakewords that nobody said",
    rule: "streaming-target",
    path: `${sww}/energy/results.txt`,
    line: 2,
    official: "refuses",
    files: () => merged(pythonTree(), pythonStreaming(`${sww}/energy`, { false: 9 })),
  },
  {
    name: "another firmware in accuracy",
    rule: "same-firmware",
    path: `${ad}/accuracy`,
    official: "passes",
    files: () =>
      merged(pythonTree(), pythonAccuracy(`${ad}/accuracy`, { profile: "acme firmware 1.1" })),
  },
  {
    name: "a session in the folder of another benchmark",
    rule: "model-of-benchmark",
    path: `${ad}/energy`,
    official: "passes",
    files: () => merged(pythonTree(), pythonEnergy(`${ad}/energy`, { model: "kws01" })),
  },
  {
    name: "simulated figures",
    rule: "measured",
    path: `${ad}/performance/results.txt`,
    line: 2,
    official: "passes",
    files: () => {
      const files = pythonTree();
      const path = `${ad}/performance/results.txt`;
      return changed(files, { [path]: files.get(path) + "Source: simulated, a cost model\n" });
    },
  },
  {
    name: "no description of the system",
    rule: "system-file",
    path: system,
    official: "refuses",
    files: () => without(pythonTree(), `${home}/systems`),
  },
  {
    name: "a description with a missing comma",
    rule: "system-json",
    path: system,
    line: 3,
    official: "stops",
    files: () => changed(pythonTree(), { [system]: description().replace('"acme",', '"acme"') }),
  },
  {
    name: "a status that there is not",
    rule: "system-status",
    path: system,
    line: 4,
    official: "refuses",
    files: () => changed(pythonTree(), { [system]: description({ Status: "Soon" }) }),
  },
  {
    name: "no status",
    rule: "system-status",
    path: system,
    official: "stops",
    files: () => changed(pythonTree(), { [system]: description({ Status: undefined }) }),
  },
  {
    name: "no name of the board",
    rule: "system-fields",
    path: system,
    line: 5,
    official: "passes",
    files: () => changed(pythonTree(), { [system]: description({ "Board Name": " " }) }),
  },
  {
    name: "a field that is no text",
    rule: "system-fields",
    path: system,
    line: 5,
    official: "passes",
    files: () => changed(pythonTree(), { [system]: description({ "Board Name": 7 }) }),
  },
  {
    name: "no clock of the processor",
    rule: "system-blanks",
    path: system,
    official: "passes",
    files: () =>
      changed(pythonTree(), { [system]: description({ "Processor(s) Frequencies": undefined }) }),
  },
  {
    name: "another division in the description",
    rule: "system-division",
    path: system,
    line: 3,
    official: "passes",
    files: () => changed(pythonTree(), { [system]: description({ Division: "Open" }) }),
  },
  {
    name: "a type of system",
    rule: "system-type",
    path: system,
    line: 9,
    official: "stops",
    files: () => changed(pythonTree(), { [system]: description({ system_type: "edge" }) }),
  },
  {
    name: "a description without results",
    rule: "system-without-results",
    path: `${home}/systems/board-2.json`,
    official: "passes",
    files: () => changed(pythonTree(), { [`${home}/systems/board-2.json`]: description() }),
  },
  {
    name: "ic2 without ic",
    rule: "ic2-needs-ic",
    path: `${board}/ic2`,
    official: "passes",
    files: () => merged(pythonTree(), images(`${board}/ic2`, "ic02")),
  },
  {
    name: "a link to a file",
    rule: "symbolic-link",
    path: `${home}/code/secret`,
    official: "refuses",
    files: pythonTree,
    onDisk: (folder) => Deno.symlink("/etc/hostname", `${folder}/${home}/code/secret`),
  },
  {
    name: "a link that goes round in a circle",
    rule: "symbolic-link",
    path: `${home}/code/loop`,
    official: "passes",
    files: pythonTree,
    onDisk: (folder) => Deno.symlink("..", `${folder}/${home}/code/loop`),
  },
  {
    name: "a log that is a link",
    rule: "symbolic-link",
    path: `${ad}/performance/log.txt`,
    official: "refuses",
    files: () => changed(pythonTree(), { [`${ad}/performance/log.txt`]: undefined }),
    onDisk: (folder) => Deno.symlink("/etc/passwd", `${folder}/${ad}/performance/log.txt`),
  },
  {
    name: "a pipe",
    rule: "special-file",
    path: `${ad}/performance/log.txt`,
    official: "passes",
    files: () => changed(pythonTree(), { [`${ad}/performance/log.txt`]: undefined }),
    onDisk: async (folder) => {
      const { success } = await new Deno.Command("mkfifo", {
        args: [`${folder}/${ad}/performance/log.txt`],
      }).output();
      if (!success) throw new Error("mkfifo failed");
    },
  },
  {
    name: "a file of 501 MiB",
    rule: "file-size",
    path: `${home}/code/weights.bin`,
    official: "refuses",
    files: () => changed(pythonTree(), { [`${home}/code/weights.bin`]: "" }),
    onDisk: (folder) => Deno.truncate(`${folder}/${home}/code/weights.bin`, 501 * 1024 * 1024),
  },
  {
    name: "an empty folder",
    rule: "empty-folder",
    path: `${home}/code/build`,
    official: "refuses",
    files: () => changed(pythonTree(), { [`${home}/code/build`]: null }),
  },
  {
    name: "what Python leaves",
    rule: "python-cache",
    path: `${home}/code/__pycache__`,
    official: "refuses",
    files: () => changed(pythonTree(), { [`${home}/code/__pycache__/a.pyc`]: "x" }),
  },
  {
    name: "folders within folders",
    rule: "tree-bounds",
    path: `${home}/code${"/a".repeat(38)}`,
    official: "passes",
    files: () => changed(pythonTree(), { [`${home}/code${"/a".repeat(60)}/b`]: "x" }),
  },
  {
    name: "an AppleDouble file",
    rule: "hidden-name",
    path: `${ad}/performance/._log.txt`,
    official: "warns",
    files: () => changed(pythonTree(), { [`${ad}/performance/._log.txt`]: "x" }),
  },
  {
    name: "a space in a name",
    rule: "space-in-name",
    path: `${home}/code/read me.txt`,
    official: "warns",
    files: () => changed(pythonTree(), { [`${home}/code/read me.txt`]: "x" }),
  },
  {
    name: "a name that Windows does not know",
    rule: "portable-name",
    path: `${home}/code/a:b`,
    official: "passes",
    files: () => changed(pythonTree(), { [`${home}/code/a:b`]: "x" }),
  },
  {
    name: "a name that Windows keeps to itself",
    rule: "portable-name",
    path: `${home}/code/aux.c`,
    official: "passes",
    files: () => changed(pythonTree(), { [`${home}/code/aux.c`]: "x" }),
  },
  {
    name: "two names that differ in case",
    rule: "name-in-two-cases",
    path: `${home}/code/readme.md`,
    official: "passes",
    files: () => changed(pythonTree(), { [`${home}/code/readme.md`]: "x" }),
  },
  {
    name: "other weights",
    rule: "model-weights",
    path: `${home}/code/ad/model.tflite`,
    official: "passes",
    reference: smallReference,
    files: () => changed(pythonTree(), { [`${home}/code/ad/model.tflite`]: smallModel([1, 2.5]) }),
  },
  {
    name: "another graph",
    rule: "model-graph",
    path: `${home}/code/ad/model.tflite`,
    official: "passes",
    reference: smallReference,
    files: () =>
      changed(pythonTree(), { [`${home}/code/ad/model.tflite`]: smallModel([1, 2], "TANH") }),
  },
  {
    name: "a model that is none",
    rule: "model-graph",
    path: `${home}/code/ad/model.tflite`,
    official: "passes",
    reference: smallReference,
    files: () => changed(pythonTree(), { [`${home}/code/ad/model.tflite`]: "TFL3?" }),
  },
  {
    name: "a model and nothing to compare it with",
    rule: "model-not-compared",
    path: `${home}/code/ad/model.tflite`,
    files: () => changed(pythonTree(), { [`${home}/code/ad/model.tflite`]: smallModel([1, 2]) }),
  },
  {
    name: "a calibration sample of one's own",
    rule: "calibration-samples",
    path: `${home}/code/ad/calibration.txt`,
    line: 2,
    official: "passes",
    reference: smallReference,
    files: () =>
      changed(pythonTree(), { [`${home}/code/ad/calibration.txt`]: "normal_1.wav\nmine.wav\n" }),
  },
  {
    name: "a calibration list and nothing to compare it with",
    rule: "calibration-not-compared",
    path: `${home}/code/ad/calibration.txt`,
    files: () => changed(pythonTree(), { [`${home}/code/ad/calibration.txt`]: "normal_1.wav\n" }),
  },
  {
    name: "no word of deviations",
    rule: "deviations",
    path: "open/acme",
    official: "passes",
    files: () =>
      moved(
        changed(openTree(), { "open/acme/DEVIATIONS.md": undefined }),
        "code/README.md",
        "code/Makefile",
      ),
  },
];
