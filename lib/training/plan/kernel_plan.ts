import type { LayersModel } from "@tensorflow/tfjs";
import { InputError } from "../../errors.ts";
import { itemCount, labelValues } from "./batch_values.ts";
import { type Crew, OwnThread, WorkerCrew } from "./crew.ts";
import { DivergedError, TrainingError } from "./errors.ts";
import { fuseLimits } from "./fuse_limits.ts";
import type { TrainingGraph } from "./graph.ts";
import type { PlacedProgram, ThreadJob } from "./kernel_thread.ts";
import { lossInput, type LossMemory, recordLoss, recordPenalties } from "./loss.ts";
import { lowerLayers } from "./lower_layers.ts";
import { copyNamed } from "./named_tensors.ts";
import {
  checkedRate,
  type Optimizer,
  optimizerOf,
  optimizerSlots,
  recordOptimizer,
  stepFactors,
  writeFactors,
} from "./optimizer.ts";
import { type Buffer, controlWords, PlanMemory } from "./plan_memory.ts";
import { recordOperations } from "./record_operations.ts";
import { elementParts, type RecordedProgram, Recorder } from "./recorder.ts";
import type {
  InputValues,
  LabelValues,
  LossResult,
  NamedTensor,
  NamedTensors,
  OptimizerState,
  StepOptions,
  StepResult,
  TrainingPlan,
  TrainingPlanOptions,
} from "./training_plan.ts";
import type { Weight } from "./value.ts";
import { WeightMemory } from "./weight_memory.ts";
import { writeToModel } from "./write_to_model.ts";

/** Where everything of a plan lies. */
interface Layout {
  memory: PlanMemory;
  weights: WeightMemory;
  input: Buffer;
  loss: LossMemory;
  slots: Buffer[];
}

/** A plan whose steps are kernel calls. */
export class KernelPlan implements TrainingPlan {
  readonly executor = "kernels";
  readonly #options: TrainingPlanOptions;
  readonly #optimizer: Optimizer;
  readonly #graph: TrainingGraph;
  /** Names of the weights that the model has; a rewritten graph may have more. */
  readonly #modelWeights: ReadonlySet<string>;
  readonly #layout: Layout;
  readonly #outputSize: number;
  readonly #output: Buffer;
  readonly #training: PlacedProgram;
  readonly #evaluation: PlacedProgram;
  readonly #words: Int32Array;
  readonly #floats: Float32Array;
  readonly #doubles: Float64Array;
  readonly #jobs: ThreadJob[];
  #crew!: Crew;
  #step = 0;
  #seed: number;
  #busy = false;

  private constructor(
    graph: TrainingGraph,
    modelWeights: ReadonlySet<string>,
    options: TrainingPlanOptions,
  ) {
    this.#modelWeights = modelWeights;
    this.#options = options;
    this.#graph = graph;
    this.#optimizer = optimizerOf(options.optimizer ?? { type: "adam" });
    this.#seed = options.seed ?? 0;
    const { batchSize, shards = 8, threads = 1, loss } = options;
    const memory = new PlanMemory(batchSize, shards);
    const weights = new WeightMemory(memory, graph.weights);
    const labelled = lossInput(graph, loss);
    if (loss === "categoricalCrossentropy" && labelled.shape.length !== 1) {
      throw new InputError(
        `Cannot take the cross-entropy of outputs of shape [${labelled.shape}]: expected one of classes`,
        { source: "loss" },
      );
    }
    const layout: Layout = {
      memory,
      weights,
      input: memory.allocateItems(graph.input.size),
      loss: { labels: memory.allocateItems(labelled.size), totals: memory.allocate(6) },
      slots: optimizerSlots[this.#optimizer.type].map(() => memory.allocate(weights.trainedFloats)),
    };
    this.#layout = layout;
    this.#outputSize = graph.output.size;
    this.#output = memory.allocateItems(graph.output.size);
    const recorded = [true, false].map((training) => this.#record(training));
    const scratchFloats = Math.max(...recorded.map((program) => program.scratchFloats));
    const places = Array.from({ length: threads }, (_, thread) => ({
      stack: thread === 0 ? undefined : memory.allocateStack(),
      control: memory.control.offset,
      scratch: memory.allocate(scratchFloats).offset,
    }));
    const arena = memory.reserve(Math.max(...recorded.map((program) => program.arenaBytes)));
    const placed = recorded.map((program) => {
      const words = program.encode(arena);
      return { offset: memory.reserve(words.byteLength), words };
    });
    const shared = memory.create();
    this.#words = new Int32Array(shared.buffer);
    this.#floats = new Float32Array(shared.buffer);
    this.#doubles = new Float64Array(shared.buffer);
    for (const { offset, words } of placed) this.#words.set(words, offset / 4);
    [this.#training, this.#evaluation] = placed.map(({ offset, words }) => ({
      offset,
      words: words.length,
    }));
    this.#jobs = places.map((place) => ({ memory: shared, ...place }));
    for (const weight of graph.weights) this.#valuesOf(weights.of(weight)).set(weight.initial);
    this.#setWord("threads", threads);
    this.#setWord("shards", shards);
  }

  /**
   * Plans a model and starts the threads.
   *
   * @param rewrite Changes the graph before it is planned, to train something else than the layers say.
   */
  static async build(
    model: LayersModel,
    options: TrainingPlanOptions,
    rewrite: (graph: TrainingGraph) => TrainingGraph = (graph) => graph,
  ): Promise<KernelPlan> {
    const graph = lowerLayers(model);
    const names = new Set(graph.weights.map(({ name }) => name));
    const plan = new KernelPlan(fuseLimits(rewrite(graph)), names, options);
    const finished = plan.#layout.memory.control.offset / 4 + controlWords.finished;
    plan.#crew = plan.#jobs.length === 1 ? new OwnThread(plan.#jobs[0]) : await WorkerCrew.start(
      plan.#jobs,
      options.stallMs ?? 30_000,
      () => Atomics.load(plan.#words, finished),
    );
    return plan;
  }

  /** For tests: the threads. */
  get crew(): Crew {
    return this.#crew;
  }

  get stepCount(): number {
    return this.#step;
  }

  async step(x: InputValues, y: LabelValues, options: StepOptions = {}): Promise<StepResult> {
    const items = this.#setBatch(x, y);
    const step = this.#step + 1;
    const { learningRate = 1e-3 } = this.#options;
    const rate = checkedRate(
      options.learningRate ??
        (typeof learningRate === "number" ? learningRate : learningRate(step)),
    );
    const { memory } = this.#layout;
    writeFactors(this.#floats, memory.control, stepFactors(this.#optimizer, rate, step));
    this.#setWord("update", 1);
    await this.#run(this.#training, step);
    const result = this.#result(items);
    if (this.#floats[memory.finite.offset / 4] !== 1) throw new DivergedError(step, result.loss);
    this.#step = step;
    return { step, ...result };
  }

  async gradients(x: InputValues, y: LabelValues) {
    const items = this.#setBatch(x, y);
    this.#setWord("update", 0);
    await this.#run(this.#training, this.#step + 1);
    const { weights } = this.#layout;
    return {
      result: this.#result(items),
      gradients: this.#named(this.#trained(), (weight) => weights.gradientOf(weight)),
    };
  }

  async evaluate(x: InputValues, y: LabelValues): Promise<LossResult> {
    const { input, output } = this.#sizes();
    const items = itemCount(x, input);
    const labels = labelValues(y, items, output, this.#options.loss);
    const { batchSize } = this.#options;
    let data = 0, correct = 0, penalty = 0;
    for (let first = 0; first < items; first += batchSize) {
      const end = Math.min(first + batchSize, items);
      this.#setBatch(
        x.subarray(first * input, end * input),
        labels.subarray(first * output, end * output),
      );
      await this.#run(this.#evaluation, this.#step);
      const result = this.#result(end - first);
      penalty = result.penalty;
      data += (result.loss - penalty) * (end - first);
      correct += (result.accuracy ?? 0) * (end - first);
    }
    return this.#lossResult(data / items, penalty, correct / items);
  }

  async predict(x: InputValues): Promise<Float32Array> {
    const { input } = this.#sizes();
    const items = itemCount(x, input);
    const { batchSize } = this.#options;
    const size = this.#outputSize;
    const outputs = new Float32Array(items * size);
    for (let first = 0; first < items; first += batchSize) {
      const end = Math.min(first + batchSize, items);
      this.#setInput(x.subarray(first * input, end * input), end - first);
      await this.#run(this.#evaluation, this.#step);
      const start = this.#output.offset / 4;
      outputs.set(this.#floats.subarray(start, start + (end - first) * size), first * size);
    }
    return outputs;
  }

  weights(): NamedTensors {
    return this.#named(this.#graph.weights, (weight) => this.#layout.weights.of(weight));
  }

  setWeights(weights: ReadonlyMap<string, NamedTensor>): void {
    const known = new Map(this.#graph.weights.map((weight) => [weight.name, weight]));
    for (const [name, tensor] of weights) {
      const weight = known.get(name);
      const values = weight && this.#valuesOf(this.#layout.weights.of(weight));
      copyNamed(name, tensor, weight && { shape: weight.shape, values: values! });
    }
  }

  optimizerState(): OptimizerState {
    return { step: this.#step, seed: this.#seed, slots: this.#slotTensors() };
  }

  setOptimizerState({ step, seed, slots }: OptimizerState): void {
    const places = new Map(this.#slotPlaces().map((place) => [place.name, place]));
    for (const [name, tensor] of slots) {
      const place = places.get(name);
      copyNamed(
        name,
        tensor,
        place && { shape: place.weight.shape, values: this.#valuesOf(place.buffer) },
      );
    }
    this.#step = step;
    this.#seed = seed;
  }

  copyTo(model: LayersModel): Promise<void> {
    const own = [...this.weights()].filter(([name]) => this.#modelWeights.has(name));
    return writeToModel(model, new Map(own));
  }

  [Symbol.dispose](): void {
    this.#crew[Symbol.dispose]();
  }

  #record(training: boolean): RecordedProgram {
    const { memory, weights, input, loss, slots } = this.#layout;
    const recorder = new Recorder(memory, weights, training);
    const graph = this.#graph;
    recorder.place(graph.input, input);
    recordOperations(
      recorder,
      graph.operations,
      () => recordLoss(recorder, graph, this.#options.loss, loss),
    );
    if (!training) {
      recorder.call("forward", "transfer", {
        x: recorder.data(graph.output),
        y: this.#output,
        size: graph.output.size,
        accumulate: 0,
      });
    } else {
      recordPenalties(recorder, graph.weights, elementParts);
      recordOptimizer(recorder, this.#optimizer, slots);
    }
    return recorder.finish();
  }

  async #run(program: PlacedProgram, step: number): Promise<void> {
    if (this.#busy) {
      throw new TrainingError("Cannot use a training plan while it is at work", {
        hint: "Await what was asked before",
      });
    }
    this.#setWord("step", step);
    this.#setWord("seed", this.#seed);
    this.#busy = true;
    try {
      await this.#crew.run(program);
    } finally {
      this.#busy = false;
    }
  }

  #sizes() {
    return {
      input: this.#graph.input.size,
      output: lossInput(this.#graph, this.#options.loss).size,
    };
  }

  #setInput(x: InputValues, items: number): void {
    this.#floats.set(x, this.#layout.input.offset / 4);
    this.#setWord("items", items);
  }

  /** Puts a batch where the kernels read it; gives back how many items it has. */
  #setBatch(x: InputValues, y: LabelValues): number {
    const { input, output } = this.#sizes();
    const { batchSize, loss } = this.#options;
    const items = itemCount(x, input);
    if (items > batchSize) {
      throw new InputError(
        `Cannot train on ${items} items at once: the batch size is ${batchSize}`,
        { source: "x" },
      );
    }
    const labels = labelValues(y, items, output, loss);
    this.#setInput(x, items);
    this.#floats.set(labels, this.#layout.loss.labels.offset / 4);
    return items;
  }

  #result(items: number): LossResult {
    const start = this.#layout.loss.totals.offset / 8;
    const [data, correct, penalty] = this.#doubles.subarray(start, start + 3);
    return this.#lossResult(data, penalty, correct / items);
  }

  #lossResult(data: number, penalty: number, accuracy: number): LossResult {
    const classes = this.#options.loss === "categoricalCrossentropy";
    return { loss: data + penalty, penalty, ...classes ? { accuracy } : {} };
  }

  #setWord(name: keyof typeof controlWords, value: number): void {
    this.#words[this.#layout.memory.control.offset / 4 + controlWords[name]] = value;
  }

  #valuesOf(buffer: Buffer): Float32Array {
    return this.#floats.subarray(buffer.offset / 4, (buffer.offset + buffer.bytes) / 4);
  }

  #trained(): Weight[] {
    return this.#graph.weights.filter(({ trainable }) => trainable);
  }

  #named(weights: readonly Weight[], place: (weight: Weight) => Buffer): NamedTensors {
    return new Map(weights.map((weight) => [weight.name, {
      shape: weight.shape,
      values: this.#valuesOf(place(weight)).slice(),
    }]));
  }

  #slotPlaces() {
    const { weights, slots } = this.#layout;
    return optimizerSlots[this.#optimizer.type].flatMap((slot, i) =>
      this.#trained().map((weight) => ({
        name: `${weight.name}/${slot}`,
        weight,
        buffer: weights.within(slots[i], weight),
      }))
    );
  }

  #slotTensors(): NamedTensors {
    return new Map(
      this.#slotPlaces().map(({ name, weight, buffer }) => [name, {
        shape: weight.shape,
        values: this.#valuesOf(buffer).slice(),
      }]),
    );
  }
}
