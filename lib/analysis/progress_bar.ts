import { randomUUID } from "node:crypto";
import { type Clock, systemClock } from "../clock.ts";
import { escapeHtml } from "../escape_html.ts";
import { type NotebookChannel, notebookChannel } from "./notebook_channel.ts";

/** How far work has come; a run's `Progress` events fit. */
export interface ProgressState {
  /** Units that are done. */
  done: number;
  /** Units in all. */
  total: number;
  /** What is counted, in the plural. */
  unit?: string;
  /** What is under way, in a few words; shown while it runs. */
  text?: string;
  /** Estimated time to the end in ms; shown while it runs. */
  remainingMs?: number;
}

/** What a progress bar is made with. */
export interface ProgressBarOptions {
  /** Stands before the bar, such as `Performance of kws01`. */
  label?: string;
  /** Where it is shown. @default {the notebook that this code runs in; nowhere outside one} */
  channel?: NotebookChannel;
  /** Times how often the bar is redrawn. @default {systemClock} */
  clock?: Clock;
}

/** A page needs no more than ten pictures a second; each is a message. */
const redrawMs = 100;
const textWidth = 24;

/**
 * A bar in a notebook that moves in place; outside a notebook it does nothing.
 *
 * Its last picture has no times in it, so that a saved notebook does not change from run to run.
 *
 * @example
 * ```ts
 * import { ProgressBar } from "thimble";
 *
 * using bar = new ProgressBar({ label: "Accuracy of kws01" });
 * for (let done = 0; done <= 1000; done++) bar.update({ done, total: 1000, unit: "files" });
 * ```
 */
export class ProgressBar implements Disposable {
  readonly #id = randomUUID();
  readonly #label: string;
  readonly #channel?: NotebookChannel;
  readonly #clock: Clock;
  #state?: ProgressState;
  #drawnAt?: number;
  #isClosed = false;

  /** Nothing is shown before the first {@linkcode update}. */
  constructor(options: ProgressBarOptions = {}) {
    this.#label = options.label ?? "";
    this.#channel = options.channel ?? notebookChannel();
    this.#clock = options.clock ?? systemClock;
  }

  /** Tells how far the work is. Most calls draw nothing: at most ten pictures a second are sent. */
  update(state: ProgressState): void {
    if (this.#isClosed) return;
    this.#state = state;
    const now = this.#clock.now();
    if (this.#drawnAt !== undefined && now - this.#drawnAt < redrawMs) return;
    const { text = "", remainingMs } = state;
    this.#draw(state, [remaining(remainingMs), text]);
    this.#drawnAt = now;
  }

  /** Draws the last picture; the bar does not move any more. */
  [Symbol.dispose](): void {
    if (!this.#isClosed && this.#state !== undefined) this.#draw(this.#state, []);
    this.#isClosed = true;
  }

  #draw({ done, total, unit = "" }: ProgressState, details: string[]): void {
    if (this.#channel === undefined) return;
    const share = total > 0 ? Math.min(1, Math.max(0, done / total)) : 0;
    const count = `${done.toLocaleString("en-US")} of ${total.toLocaleString("en-US")} ${unit}`;
    const status = [count.trimEnd(), ...details].filter((part) => part !== "").join(" · ");
    const label = escapeHtml(this.#label);
    const filled = Math.round(share * textWidth);
    const html = `<div style="display:flex;gap:0.75em;align-items:center;flex-wrap:wrap">` +
      (label && `<span>${label}</span>`) +
      `<progress value="${share}" max="1" style="width:16em;accent-color:#0072b2" ` +
      `aria-label="${label || "Progress"}"></progress>` +
      `<span>${escapeHtml(status)}</span></div>`;
    const bar = `[${"#".repeat(filled)}${"-".repeat(textWidth - filled)}] ${status}`;
    const type = this.#drawnAt === undefined ? "display_data" : "update_display_data";
    // A picture that does not arrive must not stop the work.
    Promise.resolve(this.#channel.broadcast(type, {
      data: { "text/html": html, "text/plain": `${this.#label} ${bar}`.trimStart() },
      metadata: {},
      transient: { display_id: this.#id },
    })).catch(() => {});
  }
}

function remaining(ms: number | undefined): string {
  if (ms === undefined || ms <= 0) return "";
  const seconds = Math.ceil(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  return minutes > 0 ? `${minutes} min ${seconds % 60} s left` : `${seconds} s left`;
}
