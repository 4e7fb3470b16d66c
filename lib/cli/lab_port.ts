/**
 * Emulated boards by the name of their port.
 *
 * @module
 */
import type { Benchmark } from "../benchmarks.ts";
import { InputError } from "../errors.ts";
import { type Lab, type LabDut, labDuts } from "../lab/lab.ts";
import { demoModel } from "../runner/demo_data.ts";
import type { Connection } from "../runner/run_session.ts";

/** Whether a port is a lab's. */
export function isLabPort(spec: string): boolean {
  return spec.startsWith("lab:");
}

/**
 * The DUT that `lab:DUT` names.
 *
 * @throws {InputError} Where there is no such DUT.
 */
export function labDutOf(spec: string): LabDut {
  const dut = labDuts.find((dut) => spec === `lab:${dut}`);
  if (dut !== undefined) return dut;
  throw new InputError(`Cannot find a lab '${spec}'`, {
    source: "--port",
    hint: `Name one of ${labDuts.map((dut) => `lab:${dut}`).join(", ")}`,
  });
}

/**
 * Opens the lab that `lab:DUT` names, with firmware that runs a model.
 *
 * @param settings.model Path; the demo model, where the benchmark has one, by default.
 * @throws {InputError} Where there is no such DUT.
 */
export async function openLabPort(
  spec: string,
  settings: { benchmark: Benchmark; model?: string },
): Promise<{ lab: Lab; connection: Connection }> {
  const { benchmark } = settings;
  const dut = labDutOf(spec);
  const { openLab } = await import("../lab/open_lab.ts");
  const lab = await openLab({
    ...{ dut, benchmark },
    model: settings.model ?? demoModel(benchmark),
  });
  const { source, sourceText } = lab;
  return {
    lab,
    connection: { port: lab.dutPort!, name: spec, source, sourceText },
  };
}
