/**
 * What a failed system call means for a port.
 *
 * @module
 */
import {
  PortAccessError,
  PortBusyError,
  PortError,
  PortNotFoundError,
  PortSystemError,
} from "../port_errors.ts";
import { realPath } from "./files.ts";
import type { Libc, SystemCallFailure } from "./libc.ts";
import { portHolders } from "./port_holders.ts";

/** The error of the port at `path` for a call that failed while doing `action`. */
export function portFailure(
  libc: Libc,
  path: string,
  failure: SystemCallFailure,
  action = "open",
): PortError {
  const { call, code } = failure;
  const options = { port: path, cause: failure };
  switch (code) {
    case "ENOENT":
    case "ENXIO":
    case "ENODEV":
    case "ENOTDIR":
    case "EIO":
      return new PortNotFoundError(
        `Cannot ${action} '${path}' as there is no such port (${code})`,
        {
          ...options,
          hint:
            "Plug the device in and list the ports ('thimble devices', or 'listPorts()') to see under which name it is",
        },
      );
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new PortAccessError(`Cannot ${action} '${path}' as this user may not (${code})`, {
        ...options,
        hint: Deno.build.os === "linux"
          ? `Join the group that owns it ('ls -l ${path}' shows it; on Debian and Ubuntu: ` +
            `'sudo usermod -aG dialout $USER'), then log out and in again`
          : `See who may with 'ls -l ${path}'`,
      });
    case "EBUSY":
    case "EAGAIN": {
      const holders = portHolders(libc, realPath(libc, path) ?? path)
        .map(({ pid, command }) => `'${command}' (process ${pid})`);
      return new PortBusyError(
        `Cannot ${action} '${path}' as ${holders.join(" and ") || "a program"} ${
          holders.length > 1 ? "have" : "has"
        } it open`,
        {
          ...options,
          hint: holders.length > 0
            ? "Close it there, then try again"
            : `It may be open in this program; if not, 'lsof ${path}' shows where`,
        },
      );
    }
    case "ENOTTY":
    case "EISDIR":
      return new PortError(`Cannot ${action} '${path}' as it is no serial port (${code})`, {
        ...options,
        hint: "Pass a device such as '/dev/ttyACM0' or '/dev/cu.usbmodem1101'",
      });
    default:
      return new PortSystemError(`Cannot ${action} '${path}' as '${call}' answers '${code}'`, {
        ...options,
        call,
        code,
      });
  }
}
