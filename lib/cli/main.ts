/**
 * Finds the command, runs it, and turns errors into messages and exit codes.
 *
 * @module
 */
import { ThimbleError } from "../errors.ts";
import { ExitCode, exitCodeOf } from "./exit_code.ts";

interface Command {
  summary: string;
  /** The module is loaded only when the command is called. */
  load: () => Promise<(args: string[]) => Promise<number>>;
}

const commands: Record<string, Command> = {
  run: {
    summary: "Run a benchmark on a board, or on a virtual one",
    load: async () => (await import("./run.ts")).runCommand,
  },
  score: {
    summary: "Score a session folder",
    load: async () => (await import("./score.ts")).scoreCommand,
  },
  trace: {
    summary: "Show the energy of a session, window by window, or draw it",
    load: async () => (await import("./trace.ts")).traceCommand,
  },
  report: {
    summary: "Make one page of sessions, or of the published rounds",
    load: async () => (await import("./report.ts")).reportCommand,
  },
  figure: {
    summary: "Draw one figure: html, png, svg or json",
    load: async () => (await import("./figure.ts")).figureCommand,
  },
  records: {
    summary: "Read published rounds into one table",
    load: async () => (await import("./records.ts")).recordsCommand,
  },
  submission: {
    summary: "Check a submission against the rules, or make one from sessions",
    load: async () => (await import("./submission.ts")).submissionCommand,
  },
  devices: {
    summary: "List serial ports and find out what is behind them",
    load: async () => (await import("./devices.ts")).devicesCommand,
  },
  monitors: {
    summary: "List energy monitors: which are attached, what each kind can do",
    load: async () => (await import("./monitors.ts")).monitorsCommand,
  },
  benchmarks: {
    summary: "List the benchmarks: inputs, targets, models",
    load: async () => (await import("./benchmarks.ts")).benchmarksCommand,
  },
  model: {
    summary: "Look into a model: info, run, convert, compare, fingerprint, evaluate",
    load: async () => (await import("./model.ts")).modelCommand,
  },
  train: {
    summary: "Train a model by a recipe, to float32 and int8",
    load: async () => (await import("./train.ts")).trainCommand,
  },
  quantize: {
    summary: "Quantize a float32 model to int8 by calibration",
    load: async () => (await import("./quantize.ts")).quantizeCommand,
  },
  sweep: {
    summary: "Try many settings side by side, on this machine or on several",
    load: async () => (await import("./sweep.ts")).sweepCommand,
  },
  compile: {
    summary: "Write a model as C for a board, and build its firmware",
    load: async () => (await import("./compile.ts")).compileCommand,
  },
  data: {
    summary: "Fetch data sets and models; make the inputs of a benchmark from recordings",
    load: async () => (await import("./data.ts")).dataCommand,
  },
  operators: {
    summary: "Time the operators of a model one by one, on a board or an emulated one",
    load: async () => (await import("./operators.ts")).operatorsCommand,
  },
  flash: {
    summary: "Write firmware to a NUCLEO board or an Arduino UNO",
    load: async () => (await import("./flash.ts")).flashCommand,
  },
  board: {
    summary: "Serve a virtual board on a terminal for other programs",
    load: async () => (await import("./board.ts")).boardCommand,
  },
  notebook: {
    summary: "Make Deno known to Jupyter and open the notebooks",
    load: async () => (await import("./notebook.ts")).runNotebookCommand,
  },
  demo: {
    summary: "Performance and accuracy on a virtual board, with data that ships with Thimble",
    load: async () => (await import("./demo.ts")).demoCommand,
  },
};

function usage(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const list = Object.entries(commands)
    .map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`)
    .join("\n");
  return `Thimble measures tiny machine learning.

Usage: thimble [--cwd DIR] COMMAND [OPTIONS]

${list}

'thimble COMMAND --help' tells more. Exit codes: 0 done, 1 no valid figure, 2 unusable input
or arguments, 3 a device or port failed, 130 cancelled.`;
}

/**
 * Runs the command line.
 *
 * @param args What follows the program's name.
 * @returns The exit code; see {@linkcode ExitCode}.
 */
export async function main(args: readonly string[]): Promise<number> {
  let rest = [...args];
  try {
    if (rest[0] === "--cwd") {
      Deno.chdir(rest[1]);
      rest = rest.slice(2);
    }
    const [name, ...options] = rest;
    if (name === undefined || name === "--help" || name === "-h" || name === "help") {
      console.log(usage());
      return name === undefined ? ExitCode.usage : ExitCode.done;
    }
    if (!Object.hasOwn(commands, name)) {
      console.error(`Unknown command '${name}'\n\n${usage()}`);
      return ExitCode.usage;
    }
    const command = await commands[name].load();
    return await command(options);
  } catch (error) {
    return report(error);
  }
}

function report(error: unknown): number {
  if (error instanceof ThimbleError) {
    console.error(`${error.name}: ${error.message}`);
    if (error.hint) console.error(`  ${error.hint}`);
    if (error.cause instanceof Error) {
      console.error(`  Because: ${firstLines(error.cause.message)}`);
    }
  } else if (error instanceof Error && error.name !== "AbortError") {
    // Not foreseen: whoever mends it needs the stack.
    console.error(error.stack ?? String(error));
  }
  return exitCodeOf(error);
}

function firstLines(text: string): string {
  const lines = text.split("\n").slice(0, 6).join("\n  ");
  return lines.length > 600 ? lines.slice(0, 599) + "…" : lines;
}
