/**
 * The Joulescope driver's C library, by FFI.
 *
 * @module
 */
import { MonitorError, MonitorNotFoundError } from "../monitor_errors.ts";
import {
  mostStreamBytes,
  numberUnion,
  pointerUnion,
  retainFlag,
  streamPayload,
  unionBytes,
  unionType,
} from "./jsdrv_values.ts";

/** All calls wait for the driver's own thread, and that one for our callbacks: none may block the event loop. */
const symbolsOfJsdrv = {
  jsdrv_initialize: { parameters: ["buffer", "pointer", "u32"], result: "i32", nonblocking: true },
  jsdrv_finalize: { parameters: ["pointer", "u32"], result: "void", nonblocking: true },
  jsdrv_publish: {
    parameters: ["pointer", "buffer", "buffer", "u32"],
    result: "i32",
    nonblocking: true,
  },
  jsdrv_query: {
    parameters: ["pointer", "buffer", "buffer", "u32"],
    result: "i32",
    nonblocking: true,
  },
  jsdrv_subscribe: {
    parameters: ["pointer", "buffer", "u8", "function", "pointer", "u32"],
    result: "i32",
    nonblocking: true,
  },
  jsdrv_unsubscribe: {
    parameters: ["pointer", "buffer", "function", "pointer", "u32"],
    result: "i32",
    nonblocking: true,
  },
} as const;

/** `void (void * user_data, const char * topic, const struct jsdrv_union_s * value)`. */
const callbackType = { parameters: ["pointer", "pointer", "pointer"], result: "void" } as const;

const publishedFlag = 2;
const timeoutMs = { call: 3000, initialize: 8000 };
const longestText = 4096;

/** What came on a topic: streamed samples as bytes, or a string. */
export type TopicValue = { kind: "stream"; bytes: Uint8Array } | { kind: "text"; text: string };

/** Files that are tried where none is named. */
export const jsdrvLibraries: Readonly<Record<string, readonly string[]>> = {
  linux: ["/usr/local/lib/libjsdrv.so", "/usr/lib/libjsdrv.so", "libjsdrv.so"],
  darwin: ["/usr/local/lib/libjsdrv.dylib", "/opt/homebrew/lib/libjsdrv.dylib", "libjsdrv.dylib"],
  windows: ["jsdrv.dll"],
};

type Library = Deno.DynamicLibrary<typeof symbolsOfJsdrv>;
type Callback = Deno.UnsafeCallback<typeof callbackType>;

/** The driver, initialized. Needs `--allow-ffi` without a path: Deno permits callbacks with nothing less. */
export class Jsdrv implements AsyncDisposable {
  readonly #library: Library;
  readonly #context: Deno.PointerValue;
  readonly #subscriptions: { topic: string; callback: Callback }[] = [];
  #closing: Promise<void> | undefined;

  /**
   * Opens the library and starts the driver.
   *
   * @param path The library. @default {where it is usually installed}
   * @throws {MonitorNotFoundError} When it is not there, or not permitted.
   * @throws {MonitorError} When the driver does not start.
   */
  static async open(path?: string): Promise<Jsdrv> {
    const library = openLibrary(path);
    const context = new BigUint64Array(1);
    const code = await library.symbols.jsdrv_initialize(
      new Uint8Array(context.buffer),
      null,
      timeoutMs.initialize,
    );
    if (code !== 0) {
      library.close();
      throw failure("start the driver", code, "");
    }
    return new Jsdrv(library, Deno.UnsafePointer.create(context[0]));
  }

  private constructor(library: Library, context: Deno.PointerValue) {
    this.#library = library;
    this.#context = context;
  }

  /** Paths of the devices that are attached, such as "u/js220/002557". */
  async devices(): Promise<string[]> {
    const list = await this.queryText("@/list");
    return list.split(",").map((path) => path.trim()).filter(Boolean);
  }

  /**
   * Sets a topic and waits until the device has done it.
   *
   * @param value A string, or an unsigned whole number; `open` and `close` take a signed one.
   * @throws {MonitorError} When the driver refuses, or the device does not answer.
   */
  async publish(topic: string, value: string | number): Promise<void> {
    const flags = topic.includes("!") ? 0 : retainFlag;
    const text = cString(String(value));
    const union = typeof value === "string"
      ? pointerUnion(unionType.string, addressOf(text), text.length, flags)
      : numberUnion(flags ? unionType.u32 : unionType.i32, value, flags);
    const code = await this.#library.symbols.jsdrv_publish(
      this.#context,
      cString(topic),
      union,
      timeoutMs.call,
    );
    // The text has to live until here.
    if (code !== 0 || text.length === 0) throw failure(`set '${topic}' to '${value}'`, code, topic);
  }

  /** The string that a topic holds. */
  async queryText(topic: string): Promise<string> {
    const text = new Uint8Array(longestText);
    const union = pointerUnion(unionType.string, addressOf(text), text.length, 0);
    await this.#query(topic, union);
    const end = text.indexOf(0);
    return new TextDecoder().decode(text.subarray(0, end < 0 ? text.length : end));
  }

  /** The whole number that a topic holds. */
  async queryNumber(topic: string): Promise<number> {
    const union = new Uint8Array(unionBytes);
    await this.#query(topic, union);
    return new DataView(union.buffer).getUint32(8, true);
  }

  async #query(topic: string, union: Uint8Array<ArrayBuffer>): Promise<void> {
    const code = await this.#library.symbols.jsdrv_query(
      this.#context,
      cString(topic),
      union,
      timeoutMs.call,
    );
    if (code !== 0) throw failure(`read '${topic}'`, code, topic);
  }

  /**
   * Has a function called with each value of a topic.
   *
   * @returns Ends it.
   */
  async subscribe(
    topic: string,
    onValue: (value: TopicValue) => void,
  ): Promise<() => Promise<void>> {
    // Called from the driver's thread; what it points to is gone afterwards.
    const callback = Deno.UnsafeCallback.threadSafe(callbackType, (_data, _topic, value) => {
      const copy = value && copyValue(value);
      if (copy) onValue(copy);
    });
    const code = await this.#library.symbols.jsdrv_subscribe(
      this.#context,
      cString(topic),
      publishedFlag,
      callback.pointer,
      null,
      timeoutMs.call,
    );
    if (code !== 0) {
      callback.close();
      throw failure(`listen to '${topic}'`, code, topic);
    }
    const subscription = { topic, callback };
    this.#subscriptions.push(subscription);
    return async () => {
      const at = this.#subscriptions.indexOf(subscription);
      if (at < 0) return;
      this.#subscriptions.splice(at, 1);
      await this.#unsubscribe(subscription);
    };
  }

  async #unsubscribe({ topic, callback }: { topic: string; callback: Callback }): Promise<void> {
    const code = await this.#library.symbols.jsdrv_unsubscribe(
      this.#context,
      cString(topic),
      callback.pointer,
      null,
      timeoutMs.call,
    );
    // Where it failed the driver can still call it: it has to stay.
    if (code === 0) callback.close();
    else callback.unref();
  }

  /** Ends all subscriptions, stops the driver, and lets go of the library. */
  close(): Promise<void> {
    return this.#closing ??= (async () => {
      for (const subscription of this.#subscriptions.splice(0)) {
        await this.#unsubscribe(subscription);
      }
      await this.#library.symbols.jsdrv_finalize(this.#context, timeoutMs.initialize);
      this.#library.close();
    })();
  }

  /** Closes. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function copyValue(pointer: NonNullable<Deno.PointerValue>): TopicValue | undefined {
  const union = new Deno.UnsafePointerView(pointer);
  const type = union.getUint8(0);
  const size = union.getUint32(4);
  const target = union.getPointer(8);
  if (!target) return;
  if (type === unionType.string) {
    return { kind: "text", text: Deno.UnsafePointerView.getCString(target) };
  }
  if (type !== unionType.binary || union.getUint8(3) !== streamPayload) return;
  if (size === 0 || size > mostStreamBytes) return;
  const bytes = new Uint8Array(size);
  Deno.UnsafePointerView.copyInto(target, bytes);
  return { kind: "stream", bytes };
}

function openLibrary(path?: string): Library {
  const candidates = path ? [path] : jsdrvLibraries[Deno.build.os] ?? [];
  const isForbidden = !mayCallBack();
  let cause: unknown;
  for (const candidate of isForbidden ? [] : candidates) {
    try {
      return Deno.dlopen(candidate, symbolsOfJsdrv);
    } catch (error) {
      cause = error;
    }
  }
  throw new MonitorNotFoundError(
    isForbidden
      ? "Cannot use a Joulescope as Deno does not permit calls into its library 'jsdrv'"
      : `Cannot use a Joulescope as its library is not at '${candidates.join("', '")}'`,
    {
      monitor: "jsdrv",
      hint: isForbidden
        ? "Run with '--allow-ffi', without a path, as 'deno task thimble:joulescope' does: Deno lets a library call " +
          "back with nothing less"
        : "Build it from github.com/jetperch/joulescope_driver with 'cmake -DBUILD_SHARED_LIBS=ON', install " +
          "it, or say where it is with THIMBLE_JSDRV=PATH",
      cause,
    },
  );
}

/** Whether pointers and callbacks are permitted; asks the user where Deno may. */
function mayCallBack(): boolean {
  try {
    Deno.UnsafePointer.of(new Uint8Array(1));
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return false;
    throw error;
  }
}

function failure(action: string, code: number, topic: string): MonitorError {
  return new MonitorError(`Cannot ${action} as the Joulescope driver returns error ${code}`, {
    monitor: "jsdrv",
    command: topic,
    answer: String(code),
    hint: "Check that no other program has the Joulescope open, and, on Linux, its udev rule",
  });
}

function cString(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array([...new TextEncoder().encode(text), 0]);
}

function addressOf(bytes: Uint8Array<ArrayBuffer>): bigint {
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes));
}
