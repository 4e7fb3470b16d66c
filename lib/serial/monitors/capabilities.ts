/**
 * What each kind of monitor can do, as one table.
 *
 * @module
 */
import type { MonitorCapabilities, MonitorKind, Quantity, StartOptions } from "./energy_monitor.ts";
import { MonitorCapabilityError } from "./monitor_errors.ts";

/** 1, 2, 5, 10 … up to `most`. */
function oneTwoFive(least: number, most: number): number[] {
  const rates: number[] = [];
  for (let decade = 1; decade <= most; decade *= 10) {
    rates.push(...[decade, 2 * decade, 5 * decade].filter((rate) => rate >= least && rate <= most));
  }
  return rates;
}

/** What each kind of monitor can do. Figures are the makers'. */
export const monitorCapabilities: Readonly<Record<MonitorKind, MonitorCapabilities>> = {
  lpm01a: {
    sampleRatesHz: oneTwoFive(1, 100_000),
    defaultSampleRateHz: 1000,
    supplyVolts: { min: 1.8, max: 3.3 },
    maxCurrentA: 0.2,
    quantities: ["current", "energy"],
    maxEnergyRateHz: 10_000,
    edges: true,
    acceptedInSubmissions: true,
    note: "Energy up to 10 kHz; above 5 kHz in binary; boards above 50 mA need the mode 'stat'",
  },
  n6705: {
    sampleRatesHz: [100, 200, 500, 1000, 2000, 5000, 9765.625],
    defaultSampleRateHz: 1000,
    supplyVolts: { min: 0, max: 20 },
    maxCurrentA: 3,
    quantities: ["current", "energy"],
    edges: false,
    acceptedInSubmissions: true,
    note:
      "Needs a module N6781; periods are rounded to steps of 20.48 µs; energy is current times " +
      "the voltage that is set; channel 2 feeds level shifters and is not counted",
  },
  js110: {
    sampleRatesHz: oneTwoFive(10, 2_000_000),
    defaultSampleRateHz: 1000,
    maxCurrentA: 10,
    quantities: ["current", "voltage", "energy"],
    edges: true,
    acceptedInSubmissions: true,
    note: "Sits in the line of another supply; needs the library 'jsdrv'; edges on GPI0",
  },
  js220: {
    sampleRatesHz: oneTwoFive(10, 1_000_000),
    defaultSampleRateHz: 1000,
    maxCurrentA: 10,
    quantities: ["current", "voltage", "energy"],
    edges: true,
    acceptedInSubmissions: true,
    note: "Sits in the line of another supply; needs the library 'jsdrv'; edges on GPI0",
  },
  ppk2: {
    sampleRatesHz: [100_000],
    defaultSampleRateHz: 100_000,
    supplyVolts: { min: 0.8, max: 5 },
    maxCurrentA: 1,
    quantities: ["current", "energy"],
    edges: true,
    acceptedInSubmissions: false,
    note:
      "For research, not accepted in submissions; energy is current times the voltage that is " +
      "set; edges on D0",
  },
};

/**
 * What is to be sampled, defaults filled in.
 *
 * @throws {MonitorCapabilityError} When the monitor cannot.
 */
export function chosenSampling(
  monitor: string,
  capabilities: MonitorCapabilities,
  options: StartOptions,
): { sampleRateHz: number; quantity: Quantity } {
  const { sampleRateHz = capabilities.defaultSampleRateHz, quantity = "energy" } = options;
  if (!capabilities.sampleRatesHz.includes(sampleRateHz)) {
    throw new MonitorCapabilityError(
      `Cannot sample at '${sampleRateHz}' Hz with ${monitor} as it has no such rate`,
      { monitor, hint: `Choose one of ${capabilities.sampleRatesHz.join(", ")}` },
    );
  }
  if (!capabilities.quantities.includes(quantity)) {
    throw new MonitorCapabilityError(
      `Cannot sample '${quantity}' with ${monitor} as it does not measure it`,
      { monitor, hint: `Choose one of ${capabilities.quantities.join(", ")}` },
    );
  }
  return { sampleRateHz, quantity };
}

/**
 * A supply voltage that the monitor can give.
 *
 * @throws {MonitorCapabilityError} When it cannot.
 */
export function checkedSupply(
  monitor: string,
  { supplyVolts }: MonitorCapabilities,
  volts: number,
): number {
  if (supplyVolts === undefined) {
    throw new MonitorCapabilityError(
      `Cannot set '${volts}' V with ${monitor} as it does not feed the board`,
      { monitor, hint: "Set the voltage at the supply in whose line it is" },
    );
  }
  if (!(volts >= supplyVolts.min && volts <= supplyVolts.max)) {
    throw new MonitorCapabilityError(
      `Cannot set '${volts}' V with ${monitor}: it gives ${supplyVolts.min} to ${supplyVolts.max} V`,
      { monitor },
    );
  }
  return volts;
}
