import type { RunSessionOptions } from "../runner/run_session.ts";

/** Wires of a run; disposing of them lets go of what is emulated. */
export interface OpenConnection
  extends AsyncDisposable, Pick<RunSessionOptions, "connection" | "clock" | "energy"> {}
