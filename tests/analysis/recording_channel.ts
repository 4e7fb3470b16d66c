import type { NotebookChannel } from "../../lib/analysis/notebook_channel.ts";

/** One message to a page. */
export interface SentMessage {
  type: string;
  content: {
    data: Record<string, string>;
    metadata: Record<string, unknown>;
    transient: { display_id: string };
  };
}

/** Keeps what is sent to a notebook's page. */
export class RecordingChannel implements NotebookChannel {
  readonly sent: SentMessage[] = [];

  broadcast(type: string, content: Record<string, unknown>): Promise<void> {
    this.sent.push({ type, content: content as unknown as SentMessage["content"] });
    return Promise.resolve();
  }
}
