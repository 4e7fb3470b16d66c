import type { LabActivity, LabEdge, LabState } from "./lab.ts";
import type { DutTurn, TimedDut } from "./timed_dut.ts";

/** The time that a bench follows, and the line to who sits at the DUT's pins. */
export interface Axis {
  /** Now, in µs. */
  readonly timeUs: number;
  /** Calls back once, at `timeUs` or, where that is past, soon. */
  at(timeUs: number, callback: () => void): void;
  /** Holds time until the function that it returns is called. */
  pause(): () => void;
  /** The DUT begins to send a byte. */
  byte(byte: number): void;
  /** The DUT's timestamp pin changes. */
  edge(falling: boolean): void;
  /** The DUT has failed. */
  fail(error: unknown): void;
}

/** How a {@linkcode Bench} is set up, and who hears what happens on it. */
export interface BenchOptions {
  /** Bits per second of the DUT's line. */
  baudRate: number;
  /** Whether the DUT has power from the start. */
  powered: boolean;
  /** Called at each edge. */
  onEdge?: (edge: LabEdge) => void;
  /** Called at each change of what the DUT does. */
  onActivity?: (activity: LabActivity) => void;
}

/** A pause of the line that is shorter than this is none. */
const shortestPauseUs = 2;

/**
 * Puts a DUT on a time axis: each of its turns begins with the byte that it answers, and each thing that it does happens
 * when the axis has come to its time. Time goes on from one axis to the next.
 */
export class Bench {
  readonly #dut: TimedDut;
  readonly #options: BenchOptions;
  #axis: Axis | undefined;
  #offsetUs = 0;
  #powered: boolean;
  #isHeld = false;
  #isLow = false;
  #state: LabState = "off";
  // Counts boots and losses of power: what the DUT had still to do before one does not happen.
  #life = 0;
  #busyUntilUs = 0;
  #isWaiting = false;
  // Of the axis that is attached: what goes on outside of this process, and what lets time go on after it.
  #hold: { count: number; resume?: () => void } = { count: 0 };
  #pending: Promise<void> = Promise.resolve();

  /** Sets a bench up; nothing happens before there is time. */
  constructor(dut: TimedDut, options: BenchOptions) {
    this.#dut = dut;
    this.#options = options;
    this.#powered = options.powered;
  }

  /** How far time has come, in µs. */
  get timeUs(): number {
    return this.#offsetUs + (this.#axis?.timeUs ?? 0);
  }

  /** What the DUT does now. */
  get state(): LabState {
    return this.#state;
  }

  /** Time begins. Resolves when the DUT has booted, where it has power. */
  async attach(axis: Axis): Promise<void> {
    this.#axis = axis;
    this.#hold = { count: 0 };
    this.#isHeld = false;
    if (this.#powered) await this.#boot();
  }

  /** Time ends. */
  async detach(): Promise<void> {
    if (this.#axis === undefined) return;
    this.#offsetUs = this.timeUs;
    this.#axis = undefined;
    await this.#stop();
  }

  /** Gives the DUT power or takes it; resolves when it has booted, by its own time. */
  async power(on: boolean): Promise<void> {
    if (on === this.#powered) return;
    this.#powered = on;
    if (this.#axis === undefined) return;
    if (!on) await this.#stop();
    else if (!this.#isHeld) await this.#boot();
  }

  /** Holds the DUT in reset, or lets it go. */
  hold(held: boolean): void {
    this.#isHeld = held;
    if (!this.#powered || this.#axis === undefined) return;
    if (!held) this.#boot().catch(() => {});
    else {
      this.#life++;
      this.#become("idle");
    }
  }

  /** Starts the DUT anew, where it has power. */
  async reset(): Promise<void> {
    if (this.#powered && this.#axis !== undefined) await this.#boot();
  }

  /** Gives the DUT bytes, of which the last has just ended; resolves when it is known what it does. */
  async receive(bytes: Uint8Array): Promise<void> {
    if (!this.#powered || this.#isHeld || this.#axis === undefined) return;
    await this.#run(() => this.#dut.receive(bytes));
  }

  // Rejects where the DUT cannot be started.
  async #boot(): Promise<void> {
    const life = ++this.#life;
    this.#busyUntilUs = 0;
    this.#edge(false);
    // What it was doing has to be over before it starts anew.
    if (this.#isWaiting) {
      await this.#dut.stop();
      await this.#pending;
      if (life !== this.#life) return;
    }
    await this.#run(() => this.#dut.boot());
  }

  async #stop(): Promise<void> {
    this.#life++;
    this.#edge(false);
    this.#become("off");
    const stopped = this.#dut.stop();
    if (!(stopped instanceof Promise)) return;
    const resume = this.#axis && this.#pause(this.#axis);
    await stopped.finally(resume);
  }

  #pause(axis: Axis): () => void {
    const hold = this.#hold;
    if (hold.count++ === 0) hold.resume = axis.pause();
    return () => {
      if (--hold.count === 0) hold.resume!();
    };
  }

  #run(begin: () => DutTurn | Promise<DutTurn>): Promise<void> {
    const axis = this.#axis;
    if (axis === undefined) return Promise.resolve();
    const life = this.#life;
    const turn = begin();
    if (!(turn instanceof Promise)) {
      this.#play(turn, axis, life);
      return Promise.resolve();
    }
    const resume = this.#pause(axis);
    this.#isWaiting = true;
    const known = turn
      .then((turn) => this.#play(turn, axis, life), (error) => {
        if (life !== this.#life) return;
        this.#become("off");
        axis.fail(error);
        throw error;
      })
      .finally(() => {
        this.#isWaiting = false;
        resume();
      });
    this.#pending = known.catch(() => {});
    return known;
  }

  // A DUT that is still busy with a command begins the next one after it.
  #play(turn: DutTurn, axis: Axis, life: number): void {
    if (life !== this.#life || axis !== this.#axis) return;
    const startUs = Math.max(axis.timeUs, this.#busyUntilUs);
    if (turn.events.length > 0) this.#busyUntilUs = startUs + turn.endUs;
    const steps = stepsOf(turn, 10e6 / this.#options.baudRate);
    const next = (index: number) => {
      if (index === steps.length) return;
      const step = steps[index];
      axis.at(startUs + step.timeUs, () => {
        if (life !== this.#life) return;
        if ("byte" in step) axis.byte(step.byte);
        else if ("edge" in step) this.#edge(step.edge === "falling");
        else this.#become(step.state);
        next(index + 1);
      });
    };
    next(0);
  }

  // The pin is high while nobody drives it.
  #edge(falling: boolean): void {
    if (falling === this.#isLow) return;
    this.#isLow = falling;
    this.#axis?.edge(falling);
    this.#options.onEdge?.({ timeUs: this.timeUs, falling });
  }

  #become(state: LabState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onActivity?.({ timeUs: this.timeUs, state });
  }
}

type Step = DutTurn["events"][number] | { timeUs: number; state: LabState };

/** What a DUT does in a turn, with its states: while its line is at rest, it computes. */
function stepsOf({ events, endUs }: DutTurn, byteUs: number): Step[] {
  if (events.length === 0) return [{ timeUs: endUs, state: "idle" }];
  const steps: Step[] = [];
  let freeUs = 0; // the line is, from then on
  let isSending = false;
  for (const event of events) {
    if ("byte" in event) {
      const pauses = event.timeUs - freeUs > shortestPauseUs;
      if (pauses) steps.push({ timeUs: freeUs, state: "inference" });
      if (pauses || !isSending) steps.push({ timeUs: event.timeUs, state: "uart" });
      isSending = true;
      freeUs = event.timeUs + byteUs;
    }
    steps.push(event);
  }
  if (endUs - freeUs > shortestPauseUs) steps.push({ timeUs: freeUs, state: "inference" });
  steps.push({ timeUs: Math.max(endUs, freeUs), state: "idle" });
  // Stable: what is said first at a time happens first.
  return steps.sort((a, b) => a.timeUs - b.timeUs);
}
