import type { Graph, Operator } from "../graph.ts";

/**
 * The lowest version of an operator that has what it uses, by the rules of TFLite's converter
 * (tensorflow/lite/tools/versioning/op_version.cc).
 *
 * @param isInt4 Whether its weights are written in 4 bits.
 */
export function operatorVersion(graph: Graph, operator: Operator, isInt4 = false): number {
  const inputs = operator.inputs.map((index) => index < 0 ? undefined : graph.tensors[index]);
  const output = graph.tensors[operator.outputs[0]];
  const [x, weights] = inputs;
  const type = x?.type;
  const isInt8 = type === "int8";
  const isHybrid = type === "float32" && weights?.type === "int8";
  const isPerChannel = (weights?.quantization?.scale.length ?? 0) > 1;
  const rank = Math.max(...inputs.map((input) => input?.shape.length ?? 0));
  switch (operator.kind) {
    case "CONV_2D":
      if (type === "int16") return 4;
      if (isInt4) return 7;
      return isInt8 ? 3 : isHybrid ? (isPerChannel ? 5 : 2) : 1;
    case "DEPTHWISE_CONV_2D": {
      const { dilationHeight, dilationWidth } = operator.options;
      if (type === "int16") return 5;
      if (isHybrid) return isPerChannel ? 6 : 4;
      if (isInt4) return 7;
      return isInt8 ? 3 : dilationHeight !== 1 || dilationWidth !== 1 ? 2 : 1;
    }
    case "FULLY_CONNECTED":
      if (isHybrid && isPerChannel) return 12;
      if (type === "int16") return 7;
      if (inputs.length === 2) return 6;
      if (operator.options.keepNumDims) return 5;
      if (isInt4) return 10;
      return isInt8 ? 4 : isHybrid ? 3 : 1;
    case "MUL": {
      const scales = [x, weights, output].map((tensor) => tensor?.quantization?.scale[0] ?? 0);
      if (type === "int64") return 5;
      if (type === "int16") return 4;
      if (scales.every((s) => s > 0) && scales[0] * scales[1] / scales[2] >= 1) return 3;
      return isInt8 ? 2 : 1;
    }
    case "SUB":
      if (type === "int64") return 4;
      if (rank > 4 && String(x?.shape) !== String(weights?.shape)) return 3;
      return isInt8 ? 2 : 1;
    case "ADD":
      return type === "int64" ? 4 : isInt8 ? 2 : 1;
    case "DEQUANTIZE":
      if (type === "int16" || type === "float16") return 3;
      return isInt8 ? ((x?.quantization?.scale.length ?? 0) > 1 ? 5 : 2) : 1;
    case "QUANTIZE":
      if ((output.quantization?.scale.length ?? 0) > 1) return 3;
      return output.type === "int16" ? 2 : 1;
    case "TRANSPOSE":
      if (rank > 5) return 6;
      if (type === "int16") return 5;
      return rank > 4 ? 4 : type === "bool" ? 3 : isInt8 ? 2 : 1;
    case "PAD":
      return rank > 4 ? 4 : type === "int16" ? 3 : isInt8 ? 2 : 1;
    case "STRIDED_SLICE":
      return rank > 4 ? 4 : type === "bool" ? 3 : isInt8 ? 2 : 1;
    case "SHAPE":
    case "RESHAPE":
      return 1;
    default:
      return type === "int16" ? 3 : isInt8 ? 2 : 1;
  }
}
