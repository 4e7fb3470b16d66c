/**
 * ONNX files: protobuf bytes → plain data, nothing interpreted.
 *
 * @module
 */
import { elementCount } from "../graph.ts";
import { ModelError } from "../errors.ts";
import { AttributeType, DataType, elementSize } from "./onnx_model.ts";
import type {
  OnnxAttribute,
  OnnxModel,
  OnnxNode,
  OnnxTensor,
  OnnxValueInfo,
} from "./onnx_model.ts";
import { ProtoReader } from "./protobuf.ts";

/** Bytes → {@linkcode OnnxModel}. Throws {@linkcode ModelError} on anything damaged. */
export function decodeOnnxModel(bytes: Uint8Array): OnnxModel {
  // A Buffer's methods differ from those of the array that it is.
  const reader = new ProtoReader(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const opsets = new Map<string, number>();
  let irVersion = 0, producerName = "", docString = "";
  let graph: ReturnType<typeof decodeGraph> | undefined;
  while (reader.next()) {
    if (reader.field === 1) irVersion = reader.int();
    else if (reader.field === 2) producerName = reader.string();
    else if (reader.field === 6) docString = reader.string();
    else if (reader.field === 7) graph = decodeGraph(reader.message());
    else if (reader.field === 8) {
      const opset = reader.message();
      let domain = "", version = 0;
      while (opset.next()) {
        if (opset.field === 1) domain = opset.string();
        else if (opset.field === 2) version = opset.int();
        else opset.skip();
      }
      opsets.set(domain === "ai.onnx" ? "" : domain, version);
    } else reader.skip();
  }
  if (!graph) {
    throw new ModelError("Cannot read the ONNX file as it holds no graph", {
      hint: "Check that the file is an ONNX model and that it was copied whole",
    });
  }
  return { irVersion, producerName, docString, opsets, ...graph };
}

function decodeGraph(reader: ProtoReader) {
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  const inputs: OnnxValueInfo[] = [];
  const outputs: OnnxValueInfo[] = [];
  let graphName = "";
  while (reader.next()) {
    if (reader.field === 1) nodes.push(decodeNode(reader.message()));
    else if (reader.field === 2) graphName = reader.string();
    else if (reader.field === 5) initializers.push(decodeTensor(reader.message()));
    else if (reader.field === 11) inputs.push(decodeValueInfo(reader.message()));
    else if (reader.field === 12) outputs.push(decodeValueInfo(reader.message()));
    else if (reader.field === 15) {
      throw new ModelError("Cannot read the ONNX file as it holds sparse initializers", {
        offset: reader.offset,
        hint: "Export the model with dense weights",
      });
    } else reader.skip();
  }
  return { graphName, nodes, initializers, inputs, outputs };
}

function decodeNode(reader: ProtoReader): OnnxNode {
  const inputs: string[] = [], outputs: string[] = [];
  const attributes = new Map<string, OnnxAttribute>();
  let name = "", opType = "", domain = "";
  while (reader.next()) {
    if (reader.field === 1) inputs.push(reader.string());
    else if (reader.field === 2) outputs.push(reader.string());
    else if (reader.field === 3) name = reader.string();
    else if (reader.field === 4) opType = reader.string();
    else if (reader.field === 5) {
      const [key, value] = decodeAttribute(reader.message());
      attributes.set(key, value);
    } else if (reader.field === 7) domain = reader.string();
    else reader.skip();
  }
  return { name, opType, domain: domain === "ai.onnx" ? "" : domain, inputs, outputs, attributes };
}

function decodeAttribute(reader: ProtoReader): [string, OnnxAttribute] {
  const floats: number[] = [], ints: number[] = [];
  let name = "", type = 0, float = 0, int = 0, text = "";
  let tensor: OnnxTensor | undefined;
  while (reader.next()) {
    if (reader.field === 1) name = reader.string();
    else if (reader.field === 2) float = reader.float();
    else if (reader.field === 3) int = reader.int();
    else if (reader.field === 4) text = reader.string();
    else if (reader.field === 5) tensor = decodeTensor(reader.message());
    else if (reader.field === 7) reader.floats(floats);
    else if (reader.field === 8) reader.ints(ints);
    else if (reader.field === 20) type = reader.int();
    else reader.skip();
  }
  switch (type) {
    case AttributeType.float:
      return [name, { type: "float", value: float }];
    case AttributeType.int:
      return [name, { type: "int", value: int }];
    case AttributeType.string:
      return [name, { type: "string", value: text }];
    case AttributeType.floats:
      return [name, { type: "floats", value: floats }];
    case AttributeType.ints:
      return [name, { type: "ints", value: ints }];
    case AttributeType.tensor:
      if (tensor) return [name, { type: "tensor", value: tensor }];
  }
  return [name, { type: "other" }];
}

function decodeValueInfo(reader: ProtoReader): OnnxValueInfo {
  let name = "", dataType = 0;
  let shape: (number | string | undefined)[] | undefined;
  while (reader.next()) {
    if (reader.field === 1) name = reader.string();
    else if (reader.field === 2) {
      const type = reader.message();
      while (type.next()) {
        if (type.field !== 1) {
          type.skip();
          continue;
        }
        const tensorType = type.message();
        while (tensorType.next()) {
          if (tensorType.field === 1) dataType = tensorType.int();
          else if (tensorType.field === 2) shape = decodeShape(tensorType.message());
          else tensorType.skip();
        }
      }
    } else reader.skip();
  }
  return { name, dataType, shape };
}

function decodeShape(reader: ProtoReader): (number | string | undefined)[] {
  const shape: (number | string | undefined)[] = [];
  while (reader.next()) {
    if (reader.field !== 1) {
      reader.skip();
      continue;
    }
    const dimension = reader.message();
    let size: number | string | undefined;
    while (dimension.next()) {
      if (dimension.field === 1) size = dimension.int();
      else if (dimension.field === 2) size = dimension.string();
      else dimension.skip();
    }
    shape.push(size);
  }
  return shape;
}

function decodeTensor(reader: ProtoReader): OnnxTensor {
  const offset = reader.offset;
  const dims: number[] = [], floats: number[] = [], ints: number[] = [], doubles: number[] = [];
  let name = "", dataType = 0, location = 0;
  let raw: Uint8Array | undefined;
  while (reader.next()) {
    if (reader.field === 1) reader.ints(dims);
    else if (reader.field === 2) dataType = reader.int();
    else if (reader.field === 4) reader.floats(floats);
    else if (reader.field === 5 || reader.field === 7) reader.ints(ints);
    else if (reader.field === 8) name = reader.string();
    else if (reader.field === 9) raw = reader.bytes();
    else if (reader.field === 10) reader.doubles(doubles);
    else if (reader.field === 14) location = reader.int();
    else reader.skip();
  }
  const fail = (reason: string, hint?: string): never => {
    throw new ModelError(`Cannot read tensor '${name}' of the ONNX file as ${reason}`, {
      offset,
      hint,
    });
  };
  if (location !== 0) {
    fail("its data lies in another file", "Save the model with its weights inside (one file)");
  }
  const size = elementSize(dataType);
  if (size === undefined) return fail(`data type ${dataType} is not supported`);
  if (dims.some((n) => n < 0)) fail(`its shape is [${dims}]`);
  const data = raw ??
    pack(
      dataType,
      dataType === DataType.float ? floats : dataType === DataType.double ? doubles : ints,
    );
  const expected = elementCount(dims) * size;
  if (data.length !== expected) {
    fail(`it holds ${data.length} bytes: expected ${expected} for shape [${dims}]`);
  }
  return { name, dims, dataType: dataType as DataType, data };
}

/** Elements that stand in typed fields, as bytes. float16 and the small integers come as int32 values. */
function pack(dataType: number, values: number[]): Uint8Array {
  switch (dataType) {
    case DataType.float:
      return new Uint8Array(new Float32Array(values).buffer);
    case DataType.double:
      return new Uint8Array(new Float64Array(values).buffer);
    case DataType.int64:
      return new Uint8Array(new BigInt64Array(values.map(BigInt)).buffer);
    case DataType.int32:
      return new Uint8Array(new Int32Array(values).buffer);
    case DataType.int16:
    case DataType.float16:
      return new Uint8Array(new Uint16Array(values).buffer);
    default:
      return new Uint8Array(values);
  }
}
