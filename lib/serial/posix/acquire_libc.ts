/**
 * The C library, opened while something uses it.
 *
 * @module
 */
import { PortAccessError, UnsupportedSystemError } from "../port_errors.ts";
import { Libc, openLibrary } from "./libc.ts";
import { currentSystem } from "./system.ts";

let loaded: Libc | null = null;

/**
 * The C library, opened on first use.
 *
 * @param action What it is needed for, and `port` for which port, as an error says it: "open '/dev/ttyACM0'".
 * @throws {UnsupportedSystemError} On a system without an implementation.
 * @throws {PortAccessError} When Deno does not permit calls into it.
 */
export function acquireLibc(action: string, port: string): Libc {
  if (loaded) return loaded.acquire();
  const system = currentSystem();
  if (!system) {
    const { os, arch } = Deno.build;
    throw new UnsupportedSystemError(
      `Cannot ${action} as '${os}' on '${arch}' has no implementation of serial ports here`,
      {
        missing: `serial ports on ${os} ${arch}`,
        hint:
          "Use Linux or macOS on x86-64 or arm64, or a port of another kind: 'unix:' or 'exec:'",
      },
    );
  }
  const permission = (path: string) => Deno.permissions.querySync({ name: "ffi", path }).state;
  const permitted = ["granted", "prompt"].flatMap((state) =>
    system.libraries.filter((path) => permission(path) === state)
  );
  let cause: unknown;
  for (const path of permitted) {
    try {
      const library = openLibrary(path, system);
      loaded = new Libc(library, system, () => loaded = null);
      return loaded.acquire();
    } catch (error) {
      cause = error;
      if (error instanceof Deno.errors.NotCapable) break;
    }
  }
  if (permitted.length > 0 && !(cause instanceof Deno.errors.NotCapable)) {
    throw new UnsupportedSystemError(
      `Cannot ${action} as no C library is where it was looked for`,
      {
        missing: system.libraries.join(", "),
        hint: "Run with '--allow-ffi' without a path, so that the system's own search path is used",
        cause,
      },
    );
  }
  throw new PortAccessError(`Cannot ${action} as Deno does not permit calls into the C library`, {
    port,
    hint: `Run with '--allow-ffi=${system.libraries[0]}', or with '--allow-ffi'`,
    cause,
  });
}
