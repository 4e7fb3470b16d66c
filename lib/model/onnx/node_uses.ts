/**
 * Who reads what in an ONNX graph, and which nodes are done.
 *
 * @module
 */
import type { ImportNode } from "./import_node.ts";

/** Readers of each value. */
export class NodeUses {
  readonly #readers = new Map<string, ImportNode[]>();
  readonly #outputs: ReadonlySet<string>;
  readonly #done = new Set<ImportNode>();

  constructor(nodes: readonly ImportNode[], outputs: readonly string[]) {
    this.#outputs = new Set(outputs);
    for (const n of nodes) {
      for (const name of new Set(n.node.inputs)) {
        const readers = this.#readers.get(name);
        if (readers) readers.push(n);
        else this.#readers.set(name, [n]);
      }
    }
  }

  /** All nodes that read a value. */
  readers(name: string): readonly ImportNode[] {
    return this.#readers.get(name) ?? [];
  }

  /** The node that reads a value, where nothing else does and the value is no output of the graph. */
  only(name: string): ImportNode | undefined {
    const readers = this.readers(name);
    const free = readers.length === 1 && !this.#outputs.has(name) && !this.#done.has(readers[0]);
    return free ? readers[0] : undefined;
  }

  /** Says that a node has become a part of the graph. */
  finish(n: ImportNode) {
    this.#done.add(n);
  }

  isDone(n: ImportNode): boolean {
    return this.#done.has(n);
  }
}
