import type { KernelMessage } from "./jupyter_kernel.ts";
import type { MimeBundle, Output } from "./notebook.ts";

/** Turns a kernel's messages into the outputs of cells, updates in place included, as a front end does. */
export class OutputCollector {
  readonly #cells = new Map<string, { outputs: Output[]; clearNext: boolean }>();
  readonly #displays = new Map<string, { data: MimeBundle; metadata: Record<string, unknown> }[]>();

  /** How many times a display was updated in place. */
  updates = 0;

  /** What the request with this id shows goes to `outputs`. */
  register(requestId: string, outputs: Output[]): void {
    this.#cells.set(requestId, { outputs, clearNext: false });
  }

  /** Takes one message of the output channel. */
  collect(message: KernelMessage): void {
    const cell = this.#cells.get(message.parentId);
    if (message.type === "update_display_data") {
      const { data, metadata, transient } = message.content as unknown as Display;
      this.updates++;
      for (const display of this.#displays.get(transient?.display_id ?? "") ?? []) {
        Object.assign(display, { data, metadata });
      }
      return;
    }
    if (cell === undefined) return;
    if (message.type === "clear_output") {
      cell.clearNext = message.content.wait === true;
      if (!cell.clearNext) cell.outputs.length = 0;
      return;
    }
    const output = toOutput(message);
    if (output === undefined) return;
    if (cell.clearNext) {
      cell.clearNext = false;
      cell.outputs.length = 0;
    }
    const last = cell.outputs.at(-1);
    if (
      output.output_type === "stream" && last?.output_type === "stream" && last.name === output.name
    ) {
      last.text = `${last.text}${output.text}`;
      return;
    }
    cell.outputs.push(output);
    const id = (message.content as unknown as Display).transient?.display_id;
    if (id !== undefined && output.output_type === "display_data") {
      this.#displays.set(id, [...this.#displays.get(id) ?? [], output]);
    }
  }
}

interface Display {
  data: MimeBundle;
  metadata: Record<string, unknown>;
  transient?: { display_id?: string };
}

function toOutput({ type, content }: KernelMessage): Output | undefined {
  const { data, metadata = {} } = content as unknown as Display;
  switch (type) {
    case "stream":
      return {
        output_type: "stream",
        name: content.name as "stdout" | "stderr",
        text: content.text as string,
      };
    case "display_data":
      return { output_type: "display_data", data, metadata };
    case "execute_result":
      return {
        output_type: "execute_result",
        data,
        metadata,
        execution_count: content.execution_count as number,
      };
    case "error":
      return {
        output_type: "error",
        ename: content.ename as string,
        evalue: content.evalue as string,
        traceback: content.traceback as string[],
      };
  }
}
