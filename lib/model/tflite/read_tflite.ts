/**
 * TFLite files, read.
 *
 * @module
 */
import { checkGraph } from "../check_graph.ts";
import { ModelError } from "../errors.ts";
import {
  elementCount,
  type Graph,
  type Operator,
  type OperatorKind,
  type Quantization,
  type Tensor,
} from "../graph.ts";
import { FlatbufferReader, type Table } from "./flatbuffer_reader.ts";
import { int4Bytes, int4Code, unpackInt4 } from "./int4.ts";
import {
  activations,
  kindOfCode,
  operatorSchemas,
  type OptionField,
  paddings,
  slots,
  typeOfCode,
} from "./schema.ts";

/**
 * Reads a TFLite model (schema version 3, one subgraph).
 *
 * The bytes may come from anywhere: every offset is checked and the result satisfies {@linkcode checkGraph}. Constants
 * are views into `bytes`; weights of 4 bits become int8. What a {@linkcode Graph} does not hold (metadata, signatures, the range recorded beside a
 * scale) is left out.
 *
 * @throws {ModelError} The file is damaged, or holds an operator, type or feature that is not supported; the error
 * names it.
 *
 * @example Read a model that was just written
 * ```ts
 * import { type Graph, readTflite, writeTflite } from "thimble";
 * import assert from "node:assert/strict";
 *
 * const quantization = { scale: new Float32Array([0.5]), zeroPoint: new Int32Array([3]), axis: 0 };
 * const graph: Graph = {
 *   description: "one ReLU",
 *   tensors: [
 *     { name: "x", shape: [1, 4], type: "int8", quantization },
 *     { name: "y", shape: [1, 4], type: "int8", quantization },
 *   ],
 *   operators: [{ kind: "RELU", inputs: [0], outputs: [1], options: {} }],
 *   inputs: [0],
 *   outputs: [1],
 * };
 * assert.deepEqual(readTflite(writeTflite(graph)), graph);
 * ```
 */
export function readTflite(file: Uint8Array): Graph {
  // A Node Buffer's own slice() shares memory; constants must be plain arrays.
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
  const identifier = String.fromCharCode(...bytes.subarray(4, 8));
  if (identifier !== "TFL3") {
    throw new ModelError("Cannot read the model as it is not a TFLite file: 'TFL3' is missing", {
      offset: 4,
    });
  }
  const model = new FlatbufferReader(bytes).root();
  const version = model.uint32(slots.model.version);
  if (version !== 3) {
    throw new ModelError(`Cannot read the model as its schema version is ${version}: expected 3`, {
      offset: model.position,
    });
  }
  const kinds = model.tables(slots.model.operatorCodes).map(readKind);
  const buffers = model.tables(slots.model.buffers);
  const subgraphs = model.tables(slots.model.subgraphs);
  if (subgraphs.length !== 1) {
    throw new ModelError(
      `Cannot read the model as it has ${subgraphs.length} subgraphs: expected 1`,
      {
        offset: model.position,
      },
    );
  }
  const subgraph = subgraphs[0];
  const graph: Graph = {
    description: model.string(slots.model.description),
    tensors: subgraph.tables(slots.subgraph.tensors)
      .map((table, index) => readTensor(table, index, buffers)),
    operators: subgraph.tables(slots.subgraph.operators)
      .map((table, index) => readOperator(table, index, kinds)),
    inputs: subgraph.int32s(slots.subgraph.inputs) ?? [],
    outputs: subgraph.int32s(slots.subgraph.outputs) ?? [],
  };
  checkGraph(graph);
  return graph;
}

/** An operator that is not supported is an error only where it is used. */
type ReadKind = { kind: OperatorKind } | { unsupported: string };

function readKind(table: Table): ReadKind {
  // The older field holds codes below 127, the newer one all of them; a file has either or both.
  const code = Math.max(
    table.int8(slots.operatorCode.deprecatedCode),
    table.int32(slots.operatorCode.code),
  );
  const kind = kindOfCode.get(code);
  if (kind) return { kind };
  const custom = table.string(slots.operatorCode.customCode);
  return { unsupported: custom ? `CUSTOM ${custom}` : `operator code ${code}` };
}

function readTensor(table: Table, index: number, buffers: readonly Table[]): Tensor {
  const slot = slots.tensor;
  const at = { tensor: { index, name: table.string(slot.name) }, offset: table.position };
  const { name } = at.tensor;
  const refuse = (why: string) => new ModelError(`Cannot read tensor '${name}' as ${why}`, at);
  const typeCode = table.int8(slot.type);
  const type = typeCode === int4Code ? "int8" : typeOfCode.get(typeCode);
  if (!type) throw refuse(`its element type ${typeCode} is not supported`);
  if (table.uint8(slot.isVariable)) throw refuse("it is a variable: state is not supported");
  if (table.field(slot.sparsity, 4)) throw refuse("it is sparse: expected dense data");
  const tensor: Tensor = { name, shape: table.int32s(slot.shape) ?? [], type };
  const unpacked = (data: Uint8Array) => {
    // The shape is not checked yet: it may ask for anything.
    if (data.length !== int4Bytes(tensor)) {
      throw refuse(
        `its ${data.length} bytes are not those of its shape [${tensor.shape}] in 4 bits`,
      );
    }
    return unpackInt4(data, elementCount(tensor.shape));
  };

  const quantization = table.table(slot.quantization);
  const detailsType = quantization?.uint8(slots.quantization.detailsType);
  if (detailsType) throw refuse("its quantization is a custom one");
  const affine = quantization && readQuantization(quantization, refuse);
  if (affine) tensor.quantization = affine;

  const buffer = table.uint32(slot.buffer);
  if (buffer >= buffers.length) {
    throw refuse(`its buffer is number ${buffer} of ${buffers.length}`);
  }
  // Buffer 0 is the empty one, by convention; others are empty for activations too.
  if (buffer > 0) {
    if (buffers[buffer].field(slots.buffer.offset, 8)) {
      throw refuse("its data lies outside of the file's tables");
    }
    const data = buffers[buffer].bytes(slots.buffer.data);
    if (data && data.length > 0) tensor.data = typeCode === int4Code ? unpacked(data) : data;
  }
  if (typeCode === int4Code && !tensor.data) {
    throw refuse("it is an activation of 4 bits: only weights may be");
  }
  return tensor;
}

function readQuantization(
  table: Table,
  refuse: (why: string) => ModelError,
): Quantization | undefined {
  const scale = table.float32s(slots.quantization.scale) ?? [];
  if (scale.length === 0) return undefined;
  const zeroPoint = table.int64s(slots.quantization.zeroPoint) ?? scale.map(() => 0n);
  if (zeroPoint.some((z) => BigInt.asIntN(32, z) !== z)) {
    throw refuse("a zero point of it is beyond 32 bits");
  }
  return {
    scale: Float32Array.from(scale),
    zeroPoint: Int32Array.from(zeroPoint, Number),
    axis: table.int32(slots.quantization.axis),
  };
}

function readOperator(table: Table, index: number, kinds: readonly ReadKind[]): Operator {
  const slot = slots.operator;
  const codeIndex = table.uint32(slot.codeIndex);
  const used = kinds[codeIndex] ?? { unsupported: `operator code number ${codeIndex}` };
  if ("unsupported" in used) {
    const kind = used.unsupported;
    throw new ModelError(`Cannot read operator ${index} as '${kind}' is not supported`, {
      operator: { index, kind },
      offset: table.position,
      hint: `Supported are ${Object.keys(operatorSchemas).join(", ")}`,
    });
  }
  const { kind } = used;
  const refuse = (why: string) =>
    new ModelError(`Cannot read operator ${index} '${kind}' as ${why}`, {
      operator: { index, kind },
      offset: table.position,
    });
  const schema = operatorSchemas[kind];
  const fields: [string, OptionField][] = Object.entries(schema.fields);
  const optionsType = table.uint8(slot.optionsType);
  const optionsTable = optionsType ? table.table(slot.options) : undefined;
  if (optionsTable && fields.length > 0 && optionsType !== schema.optionsType) {
    throw refuse(`its options are of type ${optionsType}: expected ${schema.optionsType}`);
  }
  const options: Record<string, unknown> = {};
  for (const [name, field] of fields) {
    const value = readOption(optionsTable, field, refuse);
    if (value !== undefined) options[name] = value;
  }
  if (kind === "FULLY_CONNECTED" && optionsTable?.uint8(slots.fullyConnected.weightsFormat)) {
    throw refuse("its weights are shuffled");
  }
  if (kind === "STRIDED_SLICE" && optionsTable?.uint8(slots.stridedSlice.offset)) {
    throw refuse("its end is an offset from its begin");
  }
  return {
    kind,
    inputs: table.int32s(slot.inputs) ?? [],
    outputs: table.int32s(slot.outputs) ?? [],
    options,
    // The schema's fields carry the names and types of the kind's options.
  } as unknown as Operator;
}

function readOption(
  table: Table | undefined,
  field: OptionField,
  refuse: (why: string) => ModelError,
): unknown {
  switch (field.type) {
    case "padding": {
      const code = table?.uint8(field.slot) ?? 0;
      if (code >= paddings.length) throw refuse(`its padding ${code} is unknown`);
      return paddings[code];
    }
    case "activation": {
      const code = table?.uint8(field.slot) ?? 0;
      if (code >= activations.length) {
        throw refuse(`its fused activation ${code} is not supported`);
      }
      return activations[code];
    }
    case "int32":
      return table?.int32(field.slot, field.absent) ?? field.absent;
    case "float32":
      return table?.float32(field.slot) ?? 0;
    case "bool":
      return (table?.uint8(field.slot) ?? 0) !== 0;
    case "int32s":
      return table?.int32s(field.slot);
  }
}
