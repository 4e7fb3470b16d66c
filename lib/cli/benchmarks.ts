import { benchmarks } from "../benchmarks.ts";
import { readArguments } from "./arguments.ts";
import { ExitCode } from "./exit_code.ts";

const usage = `Usage: thimble benchmarks [--json]

Lists the benchmarks: what goes in, what is asked for, which model is the reference.`;

/** `thimble benchmarks`. */
export function benchmarksCommand(args: string[]): Promise<number> {
  const { values } = readArguments(args, {
    json: { type: "boolean" },
    help: { type: "boolean" },
  }, "benchmarks");
  const all = Object.values(benchmarks);
  if (values.help) console.log(usage);
  else if (values.json) console.log(JSON.stringify(all));
  else {
    for (const { id, title, since, input, target, evaluationFiles, model, dataset } of all) {
      const goal = target.metric === "streaming"
        ? `at most ${target.value} false positives and ${target.value} false negatives`
        : target.metric === "auc"
        ? `AUC ${target.value}`
        : `top-1 ${target.value} %`;
      console.log(`${id.padEnd(6)} ${title} (since ${since})
       input   ${input.bytes} bytes ${input.type} [${input.shape.join(", ")}]: ${input.text}
       target  ${goal}, on ${evaluationFiles.join(" or ")} files of ${dataset.name}
       model   ${model.file}${model.sha256 ? `, SHA-256 ${model.sha256.slice(0, 16)}…` : ""}
`);
    }
  }
  return Promise.resolve(ExitCode.done);
}
