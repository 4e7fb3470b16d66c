/**
 * ONNX files: plain data → protobuf bytes.
 *
 * @module
 */
import { ModelError } from "../errors.ts";
import { AttributeType } from "./onnx_model.ts";
import type { OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo } from "./onnx_model.ts";
import { ProtoWriter } from "./protobuf.ts";

/** {@linkcode OnnxModel} → bytes. */
export function encodeOnnxModel(model: OnnxModel): Uint8Array {
  const writer = new ProtoWriter().int(1, model.irVersion).string(2, model.producerName);
  if (model.docString) writer.string(6, model.docString);
  writer.message(7, (graph) => {
    for (const node of model.nodes) graph.message(1, (w) => encodeNode(w, node));
    graph.string(2, model.graphName);
    for (const tensor of model.initializers) graph.message(5, (w) => encodeTensor(w, tensor));
    for (const input of model.inputs) graph.message(11, (w) => encodeValueInfo(w, input));
    for (const output of model.outputs) graph.message(12, (w) => encodeValueInfo(w, output));
  });
  for (const [domain, version] of model.opsets) {
    writer.message(8, (opset) => opset.string(1, domain).int(2, version));
  }
  return writer.finish();
}

function encodeNode(writer: ProtoWriter, node: OnnxNode) {
  for (const input of node.inputs) writer.string(1, input);
  for (const output of node.outputs) writer.string(2, output);
  writer.string(3, node.name).string(4, node.opType);
  for (const [name, attribute] of node.attributes) {
    writer.message(5, (w) => {
      w.string(1, name);
      if (attribute.type === "float") w.float(2, attribute.value);
      else if (attribute.type === "int") w.int(3, attribute.value);
      else if (attribute.type === "string") w.string(4, attribute.value);
      else if (attribute.type === "tensor") w.message(5, (t) => encodeTensor(t, attribute.value));
      else if (attribute.type === "floats") w.floats(7, attribute.value);
      else if (attribute.type === "ints") w.ints(8, attribute.value);
      else throw new ModelError(`Cannot write attribute '${name}' as its type is not known`);
      w.int(20, AttributeType[attribute.type]);
    });
  }
  if (node.domain) writer.string(7, node.domain);
}

function encodeTensor(writer: ProtoWriter, tensor: OnnxTensor) {
  writer.ints(1, tensor.dims).int(2, tensor.dataType).string(8, tensor.name).bytes(9, tensor.data);
}

function encodeValueInfo(writer: ProtoWriter, value: OnnxValueInfo) {
  writer.string(1, value.name).message(2, (type) =>
    type.message(1, (tensorType) => {
      tensorType.int(1, value.dataType);
      if (!value.shape) return;
      tensorType.message(2, (shape) => {
        for (const size of value.shape!) {
          shape.message(1, (dimension) => {
            if (typeof size === "number") dimension.int(1, size);
            else if (size !== undefined) dimension.string(2, size);
          });
        }
      });
    }));
}
