import { InputError, ThimbleError } from "../errors.ts";
import { DutError, FirmwareError } from "../serial/dut_errors.ts";
import { IoManagerError } from "../serial/io_manager_error.ts";
import { MonitorError } from "../serial/monitors/monitor_errors.ts";
import { FlashError } from "../serial/flash/flash_error.ts";
import { PortError } from "../serial/port_errors.ts";

/** What a command ends with. */
export const ExitCode = {
  /** It did what was asked. */
  done: 0,
  /** It ran, but there is no figure to give. */
  refused: 1,
  /** Arguments or input cannot be used. */
  usage: 2,
  /** The device or its port failed. */
  device: 3,
  /** Something that was not foreseen. */
  internal: 70,
  /** The user ended it. */
  cancelled: 130,
} as const;

/** The exit code that stands for an error. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Error && error.name === "AbortError") return ExitCode.cancelled;
  const ofDevices = [DutError, FirmwareError, IoManagerError, MonitorError, PortError, FlashError];
  if (ofDevices.some((type) => error instanceof type)) return ExitCode.device;
  if (error instanceof InputError) return ExitCode.usage;
  if (error instanceof ThimbleError) {
    return error.name === "ModelError" || error.name === "UnsupportedSystemError"
      ? ExitCode.usage
      : ExitCode.refused;
  }
  return ExitCode.internal;
}
