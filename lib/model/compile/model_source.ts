/**
 * The text of model.c and weights.h.
 *
 * @module
 */
import { SLACK_BYTES } from "../engine/layout.ts";
import { activationArena } from "../engine/memory_image.ts";
import type { KernelCall, KernelName, Plan } from "../engine/plan.ts";
import { roundingNumbers } from "../engine/weight_fields.ts";
import { ModelError } from "../errors.ts";
import { elementCount, type Graph } from "../graph.ts";
import { cFloat, cInt, cString, wrapped } from "./c_text.ts";
import { ConstantsSource } from "./constants_source.ts";
import type { MemoryPart } from "./memory_part.ts";
import { oneScale, type WireInput } from "./wire_input.ts";

/** What model.c holds beside the plan. */
export interface SourceOptions {
  benchmark: string;
  sha256: string;
  fold?: boolean;
  input: WireInput;
  /** Whether the result is the mean squared error between input and output. */
  isError: boolean;
}

/** A model in C. */
export interface ModelSource {
  files: Record<"model.c" | "weights.h", string>;
  parts: MemoryPart[];
  operators: string[];
}

/** An operator as a C function. */
interface OperatorFunction {
  name: string;
  kind: string;
  text: string;
}

/** Kernels work on at most this much, as they count in int32. */
const LARGEST_ARENA_BYTES = 2 ** 30;

const withScratch: ReadonlySet<KernelName> = new Set(["conv_2d", "depthwise_conv_2d"]);

/** Writes a plan as C. */
export function modelSource(graph: Graph, plan: Plan, options: SourceOptions): ModelSource {
  const { input, benchmark, sha256, isError } = options;
  const constants = new ConstantsSource();
  const memory = new Memory(plan, input, constants);
  const params: string[] = [];
  const operators: OperatorFunction[] = [];
  if (input.convert) {
    const text = input.convert(memory.address(plan.input.slot));
    operators.push(operatorFunction("convert_input", "QUANTIZE", "the input to int8", text));
  }
  for (const [index, calls] of callsByOperator(plan)) {
    const { kind, outputs } = graph.operators[index];
    const text = calls.map(([number, call]) => {
      const name = `${call.kernel}_${number}`;
      const initializer = constants.initializer(name, call.params);
      params.push(wrapped(`static const ${structOf(call.kernel)} ${name} = ${initializer};`));
      return `  engine_${call.kernel}(${memory.arguments(name, number, call).join(", ")});\n`;
    }).join("");
    const shape = graph.tensors[outputs[0]].shape.join("x");
    operators.push(operatorFunction(`operator_${index}`, kind, `gives ${shape}`, text));
  }
  if (plan.calls.length === 0) {
    throw new ModelError("Cannot compile the model as it computes nothing");
  }
  const results = isError ? 1 : elementCount(plan.output.tensor.shape);
  const names = operators.map(({ kind }) => cString(kind)).join(", ");
  const model =
    `// A model as calls of the kernels in firmware/engine, written by 'thimble compile': constants stay in flash, there is no
// interpreter and no heap. To be linked with firmware/core, firmware/engine and a port.
//
// SHA-256 of its file: ${sha256.replace(/[^0-9a-f]/gi, "?")}
// Rounding: ${plan.rounding}; constant channels: ${options.fold ? "left out" : "kept"}
#include "core.h"
#include "engine.h"
#include "weights.h"

_Static_assert(ENGINE_LAYOUT == ENGINE_LAYOUT_BOARD, "weights are packed for boards");
_Static_assert(TH_INPUT_BYTES >= ${input.bufferBytes}, "an input has to fit");
_Static_assert(TH_RESULTS >= ${results}, "all results have to be printed");
#if defined ENGINE_ROUNDING && ENGINE_ROUNDING != ${roundingNumbers[plan.rounding]}
#error "The model is for the other rounding"
#endif

// Activations and working memory; those that are not needed at the same time share their place.
static _Alignas(16) int8_t arena[${memory.arenaBytes} + ENGINE_SLACK];

${input.declarations}
${params.join("\n")}

${operators.map(({ text }) => text).join("\n")}
${
      wrapped(
        `static void (*const operators[])(void) = {${
          operators.map(({ name }) => name).join(", ")
        }};`,
      )
    }

${wrapped(`static const char *const operator_names[] = {${names}};`)}

const th_model_info *th_model(void) {
  static const th_model_info info = {
    .benchmark = ${cString(benchmark)},
    .hash = ${cString(sha256)},
    .input_bytes = ${input.bytes},
    .results = ${results},
    .decimals = ${isError ? 3 : 6},
    .operators = ${operators.length},
    .operator_names = operator_names,
  };
  return &info;
}

const char *th_load_tensor(const uint8_t *bytes) {
${input.load}  return 0;
}

void th_operator(uint32_t index) {
  operators[index]();
}

const char *th_infer(void) {
${operators.map(({ name }) => `  ${name}();\n`).join("")}  return 0;
}

${isError ? errorResult(plan, memory) : outputResult(plan, memory)}`;
  const weights =
    `// Constants of the model in model.c, in the order in which its kernels read them.
#include "engine.h"

${constants.text}`;
  return {
    files: { "model.c": lines(model), "weights.h": lines(weights) },
    parts: [...constants.parts, ...memory.parts],
    operators: operators.map(({ kind }) => kind),
  };
}

/** Where everything lies. */
class Memory {
  readonly arenaBytes: number;
  readonly #plan: Plan;
  readonly #input: WireInput;
  readonly #slots: readonly (number | undefined)[];
  readonly #scratch: readonly (number | undefined)[];

  constructor(plan: Plan, input: WireInput, constants: ConstantsSource) {
    this.#plan = plan;
    this.#input = input;
    plan.slots.forEach(({ data }, slot) => {
      const isRead = plan.calls.some(({ inputs }) => inputs.includes(slot));
      if (data && isRead) constants.tensor(`constant_${slot}`, data);
    });
    // An input outside of the arena takes no place in it, as a constant does.
    const slots = plan.slots.map((slot, i) =>
      i === plan.input.slot && input.address ? { ...slot, data: new Uint8Array(0) } : slot
    );
    const arena = activationArena({ ...plan, slots });
    if (arena.bytes > LARGEST_ARENA_BYTES) {
      throw new ModelError(
        `Cannot compile the model as its activations take ${arena.bytes} bytes: expected at most ${LARGEST_ARENA_BYTES}`,
      );
    }
    this.arenaBytes = arena.bytes;
    this.#slots = arena.slots;
    this.#scratch = arena.scratch;
  }

  get parts(): MemoryPart[] {
    const { bufferBytes, ramBytes } = this.#input;
    const part = (name: string, bytes: number) => ({ name, flashBytes: 0, ramBytes: bytes });
    return [
      part("activations", this.arenaBytes + SLACK_BYTES),
      ...(ramBytes > 0 ? [part("input as int8", ramBytes)] : []),
      part("input buffer of the core", bufferBytes),
    ];
  }

  /** The place of a slot's values, as C. */
  address(slot: number): string {
    if (slot === this.#plan.input.slot && this.#input.address) return this.#input.address;
    return this.#plan.slots[slot].data ? `constant_${slot}` : `arena + ${this.#slots[slot]}`;
  }

  /** What a kernel is called with. */
  arguments(params: string, number: number, { kernel, inputs, output }: KernelCall): string[] {
    const place = (slot: number, isFloat: boolean, pointer: string) =>
      isFloat ? `(${pointer})(${this.address(slot)})` : this.address(slot);
    const scratch = this.#scratch[number];
    return [
      `&${params}`,
      ...inputs.map((slot) => place(slot, kernel === "quantize", "const void *")),
      place(output, kernel === "dequantize", "void *"),
      ...(withScratch.has(kernel) ? [scratch === undefined ? "0" : `arena + ${scratch}`] : []),
    ];
  }
}

function callsByOperator({ calls }: Plan): Map<number, [number: number, call: KernelCall][]> {
  const groups = new Map<number, [number, KernelCall][]>();
  calls.forEach((call, number) => {
    const group = groups.get(call.operator) ?? [];
    groups.set(call.operator, [...group, [number, call]]);
  });
  return groups;
}

function operatorFunction(
  name: string,
  kind: string,
  what: string,
  text: string,
): OperatorFunction {
  return { name, kind, text: `// ${kind}: ${what}\nstatic void ${name}(void) {\n${text}}\n` };
}

function structOf(kernel: KernelName): string {
  return kernel.endsWith("_pool_2d") ? "engine_pool_2d_params" : `engine_${kernel}_params`;
}

function outputResult(plan: Plan, memory: Memory): string {
  const { scale, zeroPoint } = oneScale(plan.output.tensor);
  return `float th_result(uint32_t index) {
  const int8_t *output = ${memory.address(plan.output.slot)};
  return ${cFloat(scale)} * (float)(output[index] - ${inBrackets(zeroPoint)});
}
`;
}

function errorResult(plan: Plan, memory: Memory): string {
  const { scale, zeroPoint } = oneScale(plan.output.tensor);
  const count = elementCount(plan.output.tensor.shape);
  return `// The mean squared error between the input and what the model makes of it, in float32, one value after the other.
float th_result(uint32_t index) {
  const int8_t *output = ${memory.address(plan.output.slot)};
  float sum = 0;
  (void)index;
  for (int32_t i = 0; i < ${count}; i++) {
    const float value = ${cFloat(scale)} * (float)(output[i] - ${inBrackets(zeroPoint)});
    const float difference = value - window[i];
    const float square = difference * difference; // by itself: a fused multiplication and addition rounds once
    sum += square;
  }
  return sum / ${count};
}
`;
}

function inBrackets(value: number): string {
  return value < 0 ? `(${cInt(value)})` : cInt(value);
}

/** One line's end at the end. */
function lines(text: string): string {
  return `${text.trimEnd()}\n`;
}
