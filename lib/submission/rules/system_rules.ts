import type { SystemFacts } from "../facts.ts";
import type { Breach, SubmissionRule } from "../rule.ts";
import {
  type SystemDescription,
  systemField,
  systemFields,
  systemStatuses,
} from "../system_description.ts";

/** The descriptions of systems. */
export const systemRules: readonly SubmissionRule[] = [
  {
    id: "system-file",
    about: "system",
    since: "v0.5",
    severity: "error",
    official: "refuses",
    text: "Every system has a description in 'systems', called as its folder in 'results'",
    fix: "Put the description there: 'thimble submission new' writes one",
    *check({ tree, system, organisation, description }) {
      if (description) return;
      const others = [...tree.filesBelow(`${organisation.path}/systems`)]
        .filter(({ name }) => name.endsWith(".json") && !name.startsWith("."));
      const found = others.length > 0 ? `: there is '${others[0].path}'` : "";
      const isFolder = tree.entry(system.descriptionPath)?.kind === "folder";
      yield {
        path: system.descriptionPath,
        text: `'${system.name}' has no description${found}`,
        official: isFolder ? "stops" : "refuses",
      };
    },
  },
  {
    id: "system-json",
    about: "system",
    since: "v0.5",
    severity: "error",
    official: "stops",
    text: "A system's description is an object in JSON",
    fix: "Mend the file: look for a missing comma, brace or quote before the place",
    *check({ description }) {
      if (!description?.error) return;
      const { text, line, column } = description.error;
      yield { path: description.path, text, line, column };
    },
  },
  {
    id: "system-status",
    about: "system",
    since: "v0.5",
    severity: "error",
    official: "refuses",
    text: "The status of a system is Available, Preview or RDI",
    fix: 'Write one of the three for "Status"',
    *check({ description }) {
      if (!description?.fields) return;
      const { path, text: file, fields } = description;
      const value = Object.hasOwn(fields, "Status") ? fields["Status"] : undefined;
      if (typeof value !== "string") {
        const text = `"Status" is ${value === undefined ? "not there" : "no text"}`;
        yield { path, line: lineOf(file, "Status"), text, official: "stops" };
      } else if (!(systemStatuses as readonly string[]).includes(value.toLowerCase())) {
        yield { path, line: lineOf(file, "Status"), text: `"Status" is '${value}'` };
      }
    },
  },
  {
    id: "system-fields",
    about: "system",
    since: "v0.5",
    severity: "error",
    official: "passes",
    text:
      "A system's description names the submitter, the division and the board, and its fields are text",
    fix: "Fill the field in, as text",
    *check({ description }) {
      if (!description?.fields) return;
      const { path, text: file, fields } = description;
      for (const { name, need } of systemFields) {
        if (name === "Status") continue; // said by another rule
        const value = systemField(fields, name);
        const line = lineOf(file, name);
        if (value !== undefined && typeof value !== "string") {
          yield { path, line, text: `"${name}" is no text` };
        } else if (need === "required") yield* blank(description, name);
      }
    },
  },
  {
    id: "system-blanks",
    about: "system",
    since: "v0.5",
    severity: "warning",
    official: "passes",
    text: "A system's description names the processor, its clock and the inference framework",
    fix: "Fill the field in; N/A where there is none",
    *check({ description }) {
      for (const { name, need } of description?.fields ? systemFields : []) {
        if (need === "expected") yield* blank(description!, name);
      }
    },
  },
  {
    id: "system-division",
    about: "system",
    since: "v0.5",
    severity: "error",
    official: "passes",
    text: "A system's description names the division that it lies in",
    fix: 'Write the division of the folder for "Division", or move the system',
    *check({ description, organisation }) {
      const value = description?.fields && systemField(description.fields, "Division");
      if (typeof value !== "string" || value.trim() === "") return;
      if (value.trim().toLowerCase() === organisation.division) return;
      const text = `"Division" is '${value}' in '${organisation.division}'`;
      yield { path: description!.path, line: lineOf(description!.text, "Division"), text };
    },
  },
  {
    id: "system-type",
    about: "system",
    since: "v1.3",
    severity: "error",
    official: "stops",
    text:
      'A system\'s description has no field "system_type": that belongs to other MLPerf benchmarks',
    fix: "Remove the field",
    *check({ description }) {
      const { fields, path, text: file } = description ?? {};
      if (!fields || !Object.hasOwn(fields, "system_type") || fields["system_type"] === null) {
        return;
      }
      yield { path: path!, line: lineOf(file!, "system_type"), text: `"system_type" is there` };
    },
  },
  {
    id: "system-without-results",
    about: "organisation",
    since: "v0.5",
    severity: "warning",
    official: "passes",
    text: "Every description in 'systems' belongs to a folder in 'results'",
    fix: "Remove it, or call it as the folder in 'results'",
    *check({ tree, organisation: { path, systems } }) {
      const known = new Set(systems.map(({ descriptionPath }) => descriptionPath));
      for (const file of tree.files(`${path}/systems`)) {
        if (!file.name.endsWith(".json") || file.name.startsWith(".") || known.has(file.path)) {
          continue;
        }
        yield { path: file.path, text: `There is no 'results/${file.name.slice(0, -5)}'` };
      }
    },
  },
  {
    id: "ic2-needs-ic",
    about: "system",
    since: "v1.4",
    severity: "error",
    official: "passes",
    text: "A system that submits ic2 submits ic too",
    fix: "Add the result of ic on the same system",
    *check({ system }: SystemFacts) {
      const folderOf = (folder: string) =>
        system.results.find(({ benchmark }) => benchmark?.folder === folder);
      const ic2 = folderOf("ic2");
      if (!ic2 || folderOf("ic")) return;
      yield { path: ic2.path, text: `'${system.name}' has ic2 without ic`, benchmark: "ic02" };
    },
  },
];

/** What to say of a field without text; nothing of one that is there and no text at all. */
function* blank({ path, text: file, fields }: SystemDescription, name: string): Generator<Breach> {
  const value = systemField(fields!, name);
  if (value === undefined) yield { path, text: `"${name}" is not there` };
  else if (typeof value === "string" && value.trim() === "") {
    yield { path, line: lineOf(file, name), text: `"${name}" is empty` };
  }
}

/** Where a field stands in a file; undefined where it does not. */
function lineOf(file: string, name: string): number | undefined {
  const at = file.indexOf(JSON.stringify(name).slice(0, -1));
  return at < 0 ? undefined : file.slice(0, at).split("\n").length;
}
