import { InputError } from "../errors.ts";
import { loadVirtualBoard } from "../runner/open_virtual_board.ts";
import { serveBoard } from "../serial/virtual/serve_board.ts";
import { benchmarkOf, readArguments } from "./arguments.ts";
import { ExitCode } from "./exit_code.ts";

const usage = `Usage: thimble board [--benchmark B] [--model FILE] [--pty | --stdio]

Serves a virtual board for other programs: a real model behind the command protocol, with simulated time.

  --benchmark B  [kws01]
  --model FILE   int8 .tflite  [demo model, for kws01]
  --pty          on a pseudo-terminal, whose path is printed  [default]
  --stdio        on standard input and output: --port "exec:thimble board --stdio"
  --help         print this`;

/** `thimble board`. */
export async function boardCommand(args: string[]): Promise<number> {
  const { values } = readArguments(args, {
    benchmark: { type: "string", default: "kws01" },
    model: { type: "string" },
    pty: { type: "boolean" },
    stdio: { type: "boolean" },
    help: { type: "boolean" },
  }, "board");
  if (values.help) {
    console.log(usage);
    return ExitCode.done;
  }
  if (values.pty && values.stdio) {
    throw new InputError("Cannot serve both --pty and --stdio", { source: "--stdio" });
  }
  const board = await loadVirtualBoard({
    benchmark: benchmarkOf(values.benchmark),
    model: values.model,
  });
  if (values.stdio) {
    await serveBoard(board, {
      readable: Deno.stdin.readable,
      writable: Deno.stdout.writable,
      open: () => Promise.resolve(),
      setSignals: () => Promise.resolve(),
      getInfo: () => ({}),
      close: () => Promise.resolve(),
    });
    return ExitCode.done;
  }
  const { openPseudoTerminal } = await import("../serial/pseudo_terminal.ts");
  const controller = new AbortController();
  const stop = () => controller.abort();
  Deno.addSignalListener("SIGINT", stop);
  Deno.addSignalListener("SIGTERM", stop);
  try {
    await using terminal = openPseudoTerminal();
    console.log(terminal.path);
    console.error("A simulated board is on this port, until Ctrl-C");
    await terminal.port.open({ baudRate: 115_200 });
    await serveBoard(board, terminal.port, { signal: controller.signal });
  } finally {
    Deno.removeSignalListener("SIGINT", stop);
    Deno.removeSignalListener("SIGTERM", stop);
  }
  return ExitCode.done;
}
