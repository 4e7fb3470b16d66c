/**
 * A plan as the bytes that plan.c runs.
 *
 * @module
 */
import { planArena } from "../plan_arena.ts";
import { Channels } from "./channels.ts";
import { channelsPerBlock, type Layout, SLACK_BYTES } from "./layout.ts";
import { type Field, type Fields, kernelNames, type Plan } from "./plan.ts";

/** A plan in the memory of a machine with 32-bit pointers, little-endian, from `base` on. */
export interface MemoryImage {
  /** To be placed at `base`: the calls, their parameters, weights and constants. */
  bytes: Uint8Array<ArrayBuffer>;
  /** Bytes from `base` on that a run needs: the image, then activations and scratch. */
  size: number;
  /** Addresses. */
  calls: number;
  input: number;
  output: number;
}

const ALIGNMENT = 16;

/** Size of struct engine_call. */
export const CALL_BYTES = 24;

/** Lays a plan out from `base` on. */
export function memoryImage(plan: Plan, base: number): MemoryImage {
  const writer = new ImageWriter(base);
  const constants = plan.slots.map(({ data }) => data && writer.bytes(data));
  const params = plan.calls.map(({ params }) => writer.fields(params, plan.target.layout));
  const calls = writer.reserve(plan.calls.length * CALL_BYTES);
  const arenaBase = writer.end;
  const arena = activationArena(plan);
  const address = (slot: number) => constants[slot] ?? arenaBase + arena.slots[slot]!;
  plan.calls.forEach(({ kernel, inputs, output, scratchBytes }, i) => {
    writer.int32s(calls + i * CALL_BYTES, [
      kernelNames.indexOf(kernel),
      params[i],
      inputs.length > 0 ? address(inputs[0]) : 0,
      inputs.length > 1 ? address(inputs[1]) : 0,
      address(output),
      scratchBytes > 0 ? arenaBase + arena.scratch[i]! : 0,
    ]);
  });
  return {
    bytes: writer.image(),
    size: arenaBase - base + arena.bytes + SLACK_BYTES,
    calls,
    input: address(plan.input.slot),
    output: address(plan.output.slot),
  };
}

/** Where activations and scratch lie: offsets from the start of an arena. */
export interface ActivationArena {
  /** Of each slot; undefined for constants and for what no call uses. */
  slots: readonly (number | undefined)[];
  /** Of each call's scratch; undefined for calls without. */
  scratch: readonly (number | undefined)[];
  bytes: number;
}

/** Plans the arena: each activation lives from the call that writes it to the last that reads it. */
export function activationArena({ slots, calls, input, output }: Plan): ActivationArena {
  const first: number[] = [];
  const last: number[] = [];
  const use = (slot: number, at: number) => {
    if (slots[slot].data) return;
    first[slot] = Math.min(first[slot] ?? at, at);
    last[slot] = Math.max(last[slot] ?? at, at);
  };
  use(input.slot, 0);
  use(output.slot, calls.length);
  calls.forEach((call, at) => [...call.inputs, call.output].forEach((slot) => use(slot, at)));

  const requests: { bytes: number; firstUse: number; lastUse: number }[] = [];
  const request = (bytes: number, firstUse: number, lastUse: number) =>
    requests.push({ bytes, firstUse, lastUse }) - 1;
  const slotRequests = slots.map(({ bytes }, slot) =>
    slot in first ? request(bytes + SLACK_BYTES, first[slot], last[slot]) : -1
  );
  const scratchRequests = calls.map(({ scratchBytes }, at) =>
    scratchBytes > 0 ? request(scratchBytes, at, at) : -1
  );
  const { offsets, bytes } = planArena(requests, ALIGNMENT);
  return {
    slots: slotRequests.map((i) => offsets[i]),
    scratch: scratchRequests.map((i) => offsets[i]),
    bytes,
  };
}

/** Bytes that grow; places are addresses from the base on. */
class ImageWriter {
  #buffer = new Uint8Array(2 ** 16);
  #end = 0;

  constructor(readonly base: number) {}

  get end(): number {
    return this.base + this.#end;
  }

  /** Room for so many bytes, aligned and zeroed. */
  reserve(count: number): number {
    const place = this.#end;
    this.#end = Math.ceil((place + count) / ALIGNMENT) * ALIGNMENT;
    if (this.#end > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(this.#end, 2 * this.#buffer.length));
      larger.set(this.#buffer);
      this.#buffer = larger;
    }
    return this.base + place;
  }

  bytes(data: ArrayBufferView): number {
    const place = this.reserve(data.byteLength + SLACK_BYTES);
    const view = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.#buffer.set(view, place - this.base);
    return place;
  }

  int32s(at: number, values: readonly number[]): void {
    const view = new DataView(this.#buffer.buffer, at - this.base);
    values.forEach((value, i) => view.setInt32(4 * i, value, true));
  }

  /** A struct of parameters and all that it points to. */
  fields(fields: Fields, layout: Layout): number {
    const words: number[] = [];
    const add = (field: Field): void => {
      if (typeof field === "number") words.push(field);
      else if (field instanceof Int8Array || field instanceof Int32Array) {
        words.push(this.bytes(field));
      } else if (field instanceof Channels) words.push(this.channels(field, layout));
      else if (Array.isArray(field)) words.push(...field);
      else if (isFloat(field)) words.push(floatBits(field.float32));
      else Object.values(field as Fields).forEach(add);
    };
    add(fields);
    const place = this.reserve(4 * words.length);
    this.int32s(place, words);
    return place;
  }

  /** struct engine_channels, as many as are needed. */
  channels(channels: Channels, layout: Layout): number {
    const width = channelsPerBlock[layout];
    const { bias, multiplier, shift, scale, offset } = channels;
    const parts = layout === "board"
      ? [bias, multiplier, shift]
      : [bias, multiplier, shift, scale, offset];
    const blockBytes = parts.reduce((sum, part) => sum + width * part.BYTES_PER_ELEMENT, 0);
    const blocks = new Uint8Array(bias.length / width * blockBytes);
    let at = 0;
    for (let first = 0; first < bias.length; first += width) {
      for (const part of parts) {
        const own = part.subarray(first, first + width);
        blocks.set(new Uint8Array(own.buffer, own.byteOffset, own.byteLength), at);
        at += own.byteLength;
      }
    }
    return this.bytes(blocks);
  }

  image(): Uint8Array<ArrayBuffer> {
    return this.#buffer.slice(0, this.#end);
  }
}

function isFloat(field: Field): field is { float32: number } {
  return typeof field === "object" && "float32" in field;
}

function floatBits(value: number): number {
  return new Int32Array(new Float32Array([value]).buffer)[0];
}
