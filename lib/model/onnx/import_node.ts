/**
 * One node of an ONNX file on its way into a {@linkcode Graph}: its attributes by type, and errors that name it.
 *
 * @module
 */
import { ModelError } from "../errors.ts";
import type { OnnxAttribute, OnnxNode, OnnxTensor } from "./onnx_model.ts";

/** Wraps a node; `index` is its place in the file. */
export class ImportNode {
  constructor(readonly index: number, readonly node: OnnxNode) {}

  /** The operator with its domain, where that is not the standard one. */
  get opType(): string {
    const { domain, opType } = this.node;
    return domain ? `${domain}.${opType}` : opType;
  }

  /** Name of an input; undefined where it is absent. */
  input(position: number): string | undefined {
    return this.node.inputs[position] || undefined;
  }

  /** Name of an input that has to be there. */
  required(position: number): string {
    return this.input(position) ?? this.fail(`it lacks input ${position}`);
  }

  /** Name of the first output, the only one that inference needs. */
  get output(): string {
    return this.node.outputs[0] || this.fail("it has no output");
  }

  int(name: string, absent: number): number {
    return this.#attribute(name, "int")?.value ?? absent;
  }

  float(name: string, absent: number): number {
    return this.#attribute(name, "float")?.value ?? absent;
  }

  ints(name: string): readonly number[] | undefined {
    return this.#attribute(name, "ints")?.value;
  }

  string(name: string, absent: string): string {
    return this.#attribute(name, "string")?.value ?? absent;
  }

  tensor(name: string): OnnxTensor | undefined {
    return this.#attribute(name, "tensor")?.value;
  }

  #attribute<T extends OnnxAttribute["type"]>(name: string, type: T) {
    const attribute = this.node.attributes.get(name);
    if (!attribute) return undefined;
    if (attribute.type !== type) this.fail(`its attribute '${name}' is not of type ${type}`);
    return attribute as Extract<OnnxAttribute, { type: T }>;
  }

  /** Throws; `reason` goes on from "Cannot read node 'n' (Op) of the ONNX file as". */
  fail(reason: string, hint?: string): never {
    const name = this.node.name || this.node.outputs[0] || `#${this.index}`;
    throw new ModelError(
      `Cannot read node '${name}' (${this.opType}) of the ONNX file as ${reason}`,
      {
        operator: { index: this.index, kind: this.opType },
        hint,
      },
    );
  }
}
