import type { RuleAbout } from "../rule.ts";
import type { TreeEntry } from "../submission_tree.ts";
import { entriesBelow } from "./entries_below.ts";

/** Names that Windows keeps to itself. */
const reserved = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;
// deno-lint-ignore no-control-regex
const unportable = /[<>:"|?*\\\u0000-\u001f\u007f-\u009f\ufffd]|[. ]$/;

/** What files and folders may be called. */
export const nameRules: readonly RuleAbout<"organisation">[] = [
  {
    id: "hidden-name",
    about: "organisation",
    since: "v0.5",
    severity: "warning",
    official: "warns",
    text: "No name begins with a dot",
    fix: "Remove the file: systems and editors leave such behind",
    *check(facts) {
      for (const { path, name } of entriesBelow(facts)) {
        if (!name.startsWith(".")) continue;
        const text = name.startsWith("._")
          ? `'${name}' is an AppleDouble file, which macOS leaves in archives`
          : `'${name}' is hidden`;
        yield { path, text };
      }
    },
  },
  {
    id: "space-in-name",
    about: "organisation",
    since: "v0.5",
    severity: "warning",
    official: "warns",
    text: "No name has a space",
    fix: "Rename it with '_' for the space",
    *check(facts) {
      for (const { path, name } of entriesBelow(facts)) {
        if (name.includes(" ") && !unportable.test(name)) {
          yield { path, text: `'${name}' has a space` };
        }
      }
    },
  },
  {
    id: "portable-name",
    about: "organisation",
    since: "v0.5",
    severity: "warning",
    official: "passes",
    text: "Names can be checked out on Windows too",
    fix:
      'Rename it: without control characters and < > : " | ? * \\, without a dot or space at its end',
    *check(facts) {
      for (const { path, name } of entriesBelow(facts)) {
        if (reserved.test(name)) yield { path, text: `'${name}' is a name that Windows reserves` };
        else if (unportable.test(name)) {
          yield { path, text: `'${name}' cannot be a name on Windows` };
        }
      }
    },
  },
  {
    id: "name-in-two-cases",
    about: "organisation",
    since: "v0.5",
    severity: "warning",
    official: "passes",
    text: "No two names in a folder differ in nothing but the case of letters",
    fix: "Rename one of them: some systems keep only one",
    *check(facts) {
      const folderOf = ({ path, name }: TreeEntry) => path.slice(0, path.length - name.length);
      const key = (entry: TreeEntry) => folderOf(entry) + entry.name.toLowerCase();
      for (const [first, ...others] of Map.groupBy(entriesBelow(facts), key).values()) {
        for (const { path, name } of others) {
          yield { path, text: `'${name}' stands beside '${first.name}'` };
        }
      }
    },
  },
];
