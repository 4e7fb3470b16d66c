/**
 * TFLite files, written.
 *
 * @module
 */
import { checkGraph } from "../check_graph.ts";
import type { Graph, Operator, Quantization, Tensor } from "../graph.ts";
import { type Field, type Part, writeFlatbuffer } from "./flatbuffer_writer.ts";
import { int4Code, packableTensors, packInt4 } from "./int4.ts";
import { operatorVersion } from "./operator_version.ts";
import {
  activations,
  operatorSchemas,
  type OptionField,
  paddings,
  slots,
  typeCodes,
} from "./schema.ts";

/** Codes from here on do not fit the older code field, which then holds this one. */
const PLACEHOLDER_FOR_GREATER_CODES = 127;

/** How {@linkcode writeTflite} writes. */
export interface WriteTfliteOptions {
  /**
   * Write int8 weights from −8 to 7 in 4 bits, two a byte. TFLite reads them since 2.13; some runtimes for
   * microcontrollers do not. [false]
   */
  packInt4?: boolean;
}

/**
 * Writes a TFLite model (schema version 3, identifier `TFL3`): operators in the lowest version that has what they use,
 * constants aligned to 16 bytes. The same graph gives the same bytes, and {@linkcode readTflite} gives the same graph.
 *
 * @throws {ModelError} The graph is not consistent; see {@linkcode checkGraph}.
 *
 * @example
 * ```ts
 * import { type Graph, writeTflite } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const graph: Graph = {
 *   description: "",
 *   tensors: [
 *     { name: "x", shape: [1, 2], type: "float32" },
 *     { name: "y", shape: [1, 2], type: "float32" },
 *   ],
 *   operators: [{ kind: "SOFTMAX", inputs: [0], outputs: [1], options: { beta: 1 } }],
 *   inputs: [0],
 *   outputs: [1],
 * };
 * const bytes = writeTflite(graph);
 * assert.equal(new TextDecoder().decode(bytes.subarray(4, 8)), "TFL3");
 * ```
 */
export function writeTflite(graph: Graph, options: WriteTfliteOptions = {}): Uint8Array {
  checkGraph(graph);
  const packed = options.packInt4 ? packableTensors(graph) : new Set<number>();
  const versions = graph.operators.map((operator) =>
    operatorVersion(graph, operator, packed.has(operator.inputs[1]))
  );
  const codes = new Map<string, { index: number; part: Part }>();
  const codeIndices = graph.operators.map(({ kind }, i) => {
    const key = `${kind} ${versions[i]}`;
    const known = codes.get(key);
    if (known) return known.index;
    const index = codes.size;
    codes.set(key, { index, part: operatorCode(operatorSchemas[kind].code, versions[i]) });
    return index;
  });
  const constants = graph.tensors.flatMap(({ data }, index) =>
    data ? [packed.has(index) ? packInt4(data) : data] : []
  );
  // Buffer 0 is empty: activations refer to it.
  const buffers: Part[] = [{ table: [] }, ...constants.map(bufferOf)];
  let bufferIndex = 0;
  const tensors = graph.tensors.map((tensor, index) =>
    tensorPart(
      tensor,
      tensor.data ? ++bufferIndex : 0,
      packed.has(index) ? int4Code : typeCodes[tensor.type],
    )
  );
  const operators = graph.operators.map((operator, i) => operatorPart(operator, codeIndices[i]));

  const { model, subgraph } = slots;
  return writeFlatbuffer(
    table({
      [model.version]: { int32: 3 },
      [model.operatorCodes]: { to: { tables: [...codes.values()].map(({ part }) => part) } },
      [model.subgraphs]: {
        to: {
          tables: [table({
            [subgraph.tensors]: { to: { tables: tensors } },
            [subgraph.inputs]: { to: { int32s: graph.inputs } },
            [subgraph.outputs]: { to: { int32s: graph.outputs } },
            [subgraph.operators]: { to: { tables: operators } },
            [subgraph.name]: { to: { string: "main" } },
          })],
        },
      },
      [model.description]: { to: { string: graph.description } },
      [model.buffers]: { to: { tables: buffers } },
    }),
    "TFL3",
  );
}

function operatorCode(code: number, version: number): Part {
  const slot = slots.operatorCode;
  return table({
    [slot.deprecatedCode]: { uint8: Math.min(code, PLACEHOLDER_FOR_GREATER_CODES) },
    [slot.version]: { int32: version },
    [slot.code]: { int32: code },
  });
}

function bufferOf(data: Uint8Array): Part {
  return table({ [slots.buffer.data]: { to: { bytes: data, alignment: 16 } } });
}

function tensorPart(tensor: Tensor, buffer: number, typeCode: number): Part {
  const slot = slots.tensor;
  return table({
    [slot.shape]: { to: { int32s: tensor.shape } },
    [slot.type]: { uint8: typeCode },
    [slot.buffer]: { int32: buffer },
    [slot.name]: { to: { string: tensor.name } },
    [slot.quantization]: tensor.quantization && { to: quantizationPart(tensor.quantization) },
    // Tells a scalar from a tensor of unknown rank.
    [slot.hasRank]: { uint8: 1 },
  });
}

function quantizationPart({ scale, zeroPoint, axis }: Quantization): Part {
  const slot = slots.quantization;
  return table({
    [slot.scale]: { to: { float32s: scale } },
    [slot.zeroPoint]: { to: { int64s: zeroPoint } },
    [slot.axis]: { int32: axis },
  });
}

function operatorPart(operator: Operator, codeIndex: number): Part {
  const slot = slots.operator;
  const schema = operatorSchemas[operator.kind];
  const options = operator.options as Record<string, unknown>;
  const fields: [string, OptionField][] = Object.entries(schema.fields);
  const optionFields = fields.map(([name, field]) =>
    [field.slot, optionField(field, options[name])] as const
  );
  // Where no option is given, as with a RESHAPE to the shape of its second input, the table is left out.
  const isBare = fields.length > 0 && optionFields.every(([, field]) => field === undefined);
  const optionsType = isBare ? 0 : schema.optionsType;
  return table({
    [slot.codeIndex]: { int32: codeIndex },
    [slot.inputs]: { to: { int32s: operator.inputs } },
    [slot.outputs]: { to: { int32s: operator.outputs } },
    [slot.optionsType]: optionsType ? { uint8: optionsType } : undefined,
    [slot.options]: optionsType ? { to: table(Object.fromEntries(optionFields)) } : undefined,
  });
}

function optionField({ type }: OptionField, value: unknown): Field {
  switch (type) {
    case "padding":
      return { uint8: paddings.indexOf(value as typeof paddings[number]) };
    case "activation":
      return { uint8: activations.indexOf(value as typeof activations[number]) };
    case "int32":
      return { int32: value as number };
    case "float32":
      return { float32: value as number };
    case "bool":
      return { uint8: value ? 1 : 0 };
    case "int32s":
      return value === undefined ? undefined : { to: { int32s: value as number[] } };
  }
}

/** A table from its fields by slot. */
function table(bySlot: Readonly<Record<number, Field>>): Part {
  const fields: Field[] = [];
  for (const [slot, field] of Object.entries(bySlot)) fields[Number(slot)] = field;
  return { table: Array.from(fields) };
}
