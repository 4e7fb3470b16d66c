import { SLACK_BYTES } from "../engine/layout.ts";
import { ModelError } from "../errors.ts";
import { elementCount, type Tensor } from "../graph.ts";
import type { InputRounding } from "../int8/quantize_input.ts";
import { cFloat } from "./c_text.ts";

/** Element types of inputs on the wire. */
export type WireType = "int8" | "uint8" | "float32";

/** How an input gets from the wire to the model, in C. */
export interface WireInput {
  /** Bytes of an input on the wire. */
  bytes: number;
  /** Bytes of the core's buffer: where the model reads the input in place, what kernels read past it too. */
  bufferBytes: number;
  /** Where the model finds its int8; undefined where that is a place in the arena. */
  address?: string;
  /** File-scope declarations. */
  declarations: string;
  /** Statements of th_load_tensor(). */
  load: string;
  /** What every inference begins with, given the input's place; undefined where nothing is to be done. */
  convert?: (address: string) => string;
  /** RAM for itself. */
  ramBytes: number;
}

/**
 * An input stays with the core for as long as inferences run on it, and the model's own copy in the arena does not: other
 * values take its place. So
 * - int8 is read where it is, and costs nothing;
 * - images are converted at the start of each inference, a subtraction a value, and cost no memory;
 * - float32 is quantized once, before the first inference, as a division a value takes long, into a place of its own, a
 *   quarter of what it has on the wire.
 */
export function wireInput(type: WireType, tensor: Tensor, rounding: InputRounding): WireInput {
  const count = elementCount(tensor.shape);
  if (type === "int8") {
    return {
      bytes: count,
      bufferBytes: count + SLACK_BYTES,
      address: "input",
      declarations: "// The input, where the core holds it.\nstatic const int8_t *input;\n",
      load: "  input = (const int8_t *)bytes;\n",
      ramBytes: 0,
    };
  }
  if (type === "uint8") {
    return {
      bytes: count,
      bufferBytes: count,
      declarations: "// The input, where the core holds it.\nstatic const uint8_t *image;\n",
      load: "  image = bytes;\n",
      convert: (address) => `  engine_quantize_uint8(${count}, image, ${address});\n`,
      ramBytes: 0,
    };
  }
  const { scale, zeroPoint } = oneScale(tensor);
  const truncate = rounding === "truncate" ? 1 : 0;
  return {
    bytes: 4 * count,
    bufferBytes: 4 * count,
    address: "input",
    declarations: `// The input, where the core holds it, and as int8.
static const float *window;
static _Alignas(16) int8_t input[${count} + ENGINE_SLACK];

static const engine_quantize_params quantize_input = {.count = ${count}, .scale = ${cFloat(scale)},
  .zero_point = ${zeroPoint}, .truncate = ${truncate}};
`,
    load: `  window = (const float *)(const void *)bytes;
  engine_quantize(&quantize_input, window, input);
`,
    ramBytes: count + SLACK_BYTES,
  };
}

/** The scale and zero point of the model's input or output. */
export function oneScale({ name, quantization }: Tensor): { scale: number; zeroPoint: number } {
  const count = quantization?.scale.length ?? 0;
  const scale = quantization?.scale[0] ?? NaN;
  if (count === 1 && Number.isFinite(scale) && scale > 0) {
    return { scale, zeroPoint: quantization!.zeroPoint[0] };
  }
  throw new ModelError(`Cannot compile the model as '${name}' has ${count} scales: expected 1`);
}
