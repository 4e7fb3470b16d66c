/**
 * What a step of training costs (batch 32, Adam, forward, backward and optimiser): kernels on one thread and on two,
 * quantization-aware with weights of 4 bits, and TensorFlow where `python3` has it.
 *
 *     deno task bench training
 *
 * Threads take turns, so that all see the same machine. A second thread helps as far as nothing else runs there: the
 * minimum is what the machine can do, the median what it did. Processor time is that of all threads, and hardly depends
 * on what else runs.
 */
import { cpus, loadavg } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { architectures } from "../lib/training/architectures/architectures.ts";
import { buildTrainingPlan } from "../lib/training/plan/build_training_plan.ts";
import type { InputValues, LabelValues } from "../lib/training/plan/training_plan.ts";
import { buildQatPlan } from "../lib/training/qat/build_qat_plan.ts";

const BATCH = 32;
const ROUNDS = 12;
const ROUND_MS = 400;
const THREADS = [1, 2];
/** How the steps of weights are chosen in quantization-aware training, on one thread. */
const QAT_METHODS = ["max", "mse"] as const;

/** Names, and what each is to reach on two threads, in ms a step. */
const models = { ic: 45, kws: 14, vww: 42, ad: 1.5 } as const;
type ModelName = keyof typeof models;

const figures = (durations: number[]) => {
  durations.sort((a, b) => a - b);
  const [least, middle] = [0, durations.length >> 1].map((at) => durations[at].toFixed(2));
  return `min ${least.padStart(7)} ms, median ${middle.padStart(7)} ms, ${durations.length} steps`;
};

async function measure(name: ModelName): Promise<void> {
  const model = await architectures[name]();
  const [inputs, outputs] = [model.inputs[0], model.outputs[0]]
    .map(({ shape }) => shape.slice(1).reduce<number>((size, length) => size * length!, 1));
  const x: InputValues = Float32Array.from(
    { length: BATCH * inputs },
    (_, i) => Math.sin(i * 0.37) + Math.cos(i * 0.011),
  );
  const y: LabelValues = name === "ad"
    ? x
    : Uint8Array.from({ length: BATCH }, (_, i) => i % outputs);
  const options = {
    batchSize: BATCH,
    loss: name === "ad" ? "meanSquaredError" : "categoricalCrossentropy",
    fallback: false,
  } as const;
  const plans = await Promise.all([
    ...THREADS.map((threads) => buildTrainingPlan(model, { ...options, threads })),
    ...QAT_METHODS.map((weightMethod) =>
      buildQatPlan(model, { ...options, weightBits: 4, weightMethod })
    ),
  ]);
  const labels = [
    ...THREADS.map((threads) => `${threads} thread(s)`),
    ...QAT_METHODS.map((method) => `QAT, ${method}`),
  ];
  const durations: number[][] = plans.map(() => []);
  const processorMs = plans.map(() => 0);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [i, plan] of plans.entries()) {
      const before = process.cpuUsage();
      for (const end = performance.now() + ROUND_MS; performance.now() < end;) {
        const start = performance.now();
        await plan.step(x, y);
        if (round > 0) durations[i].push(performance.now() - start);
      }
      const { user, system } = process.cpuUsage(before);
      if (round > 0) processorMs[i] += (user + system) / 1000;
    }
  }
  console.log(`${name}: ${model.countParams()} weights, goal ${models[name]} ms on two threads`);
  plans.forEach((plan, i) => {
    const processor = (processorMs[i] / durations[i].length).toFixed(2);
    console.log(
      `  ${labels[i].padEnd(12)} ${figures(durations[i])}, ` +
        `processor time ${processor} ms a step`,
    );
    plan[Symbol.dispose]();
  });
  await measureTensorFlow(name);
}

/** The same model in Keras, as training.peer.py has it. */
async function measureTensorFlow(name: ModelName): Promise<void> {
  const script = fileURLToPath(new URL("training.peer.py", import.meta.url));
  const seconds = String(ROUNDS * ROUND_MS / 1000);
  try {
    const { success, stdout } = await new Deno.Command("python3", {
      args: [script, name, String(BATCH), seconds],
      env: { TF_CPP_MIN_LOG_LEVEL: "3" },
      stderr: "null",
    }).output();
    const durations = success ? JSON.parse(new TextDecoder().decode(stdout)) as number[] : [];
    console.log(
      durations.length > 0
        ? `  TensorFlow   ${figures(durations)}`
        : "  TensorFlow   absent: python3 does not have it",
    );
  } catch {
    console.log("  TensorFlow   absent: no python3");
  }
}

const processors = cpus();
console.log(
  `${processors.length} × ${
    processors[0]?.model
  }, ${Deno.build.target}, Deno ${Deno.version.deno}, ` +
    `load ${loadavg()[0].toFixed(1)}: ms a step, batch ${BATCH}`,
);
for (const name of Object.keys(models) as ModelName[]) await measure(name);
