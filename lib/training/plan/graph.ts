/**
 * What a training plan is made from: values and operations, close to a model's layers. Between a model's lowering and
 * the plan, a graph can be rewritten: operations put in, inputs exchanged.
 *
 * @module
 */
import type { Recorder } from "./recorder.ts";
import type { Value, Weight } from "./value.ts";

/** Records the calls of an operation's gradient. */
export type RecordGradient = () => void;

/**
 * An operation on values. What it does is a list of kernel calls, recorded once.
 *
 * `record` is called in the order of the graph, for training and (with `recorder.training` false) for evaluation. It
 * records the calls that compute the output from the inputs, and gives back a function that records those of its
 * gradient: these functions are called in reverse order. There, `recorder.gradient(output)` is the gradient of the
 * loss for the output, whole; what goes to an input is added with `recorder.addGradient(input)`, which says where to
 * and whether to add, or nothing where no gradient is needed.
 */
export interface Operation {
  /** Names the operation to people: its layer's. */
  readonly name: string;
  /** What it reads. To rewrite a graph, exchange them. */
  inputs: Value[];
  /** What it makes. */
  output: Value;
  /** Records its calls. */
  record(recorder: Recorder): RecordGradient | void;
}

/** A model as operations, in an order in which each comes after those that make its inputs. */
export interface TrainingGraph {
  /** The model's input, of each item. */
  input: Value;
  /** The model's output, of each item. */
  output: Value;
  /** What is done, in order. */
  operations: Operation[];
  /** All weights, in the model's order. */
  weights: Weight[];
}
