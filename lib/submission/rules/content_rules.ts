import { posix } from "node:path";
import type { SubmissionRule } from "../rule.ts";
import { entriesBelow } from "./entries_below.ts";

/** The official checker's limit: 500 MiB. */
const largestFile = 500 * 1024 * 1024;

/** What may lie in a submission at all. */
export const contentRules: readonly SubmissionRule[] = [
  {
    id: "symbolic-link",
    about: "organisation",
    since: "v0.5",
    severity: "error",
    official: "refuses",
    text: "There are no symbolic links",
    fix: "Put a copy of the file in its place",
    *check(facts) {
      for (const { path, link } of entriesBelow(facts)) {
        if (!link) continue;
        const end = posix.join(posix.dirname(path), link.target);
        const isOutside = posix.isAbsolute(link.target) || end === ".." || end.startsWith("../");
        const where = isOutside ? ", which is outside of the submission" : "";
        const text = `It is a link to '${link.target}'${where}: it is not followed`;
        // The official checker looks at files only.
        yield { path, text, official: link.isFolder ? "passes" : "refuses" };
      }
    },
  },
  {
    id: "special-file",
    about: "organisation",
    since: "v0.5",
    severity: "error",
    official: "passes",
    text: "There are only files and folders, and they can be read",
    fix: "Remove it, or give leave to read it",
    *check(facts) {
      for (const { path, kind } of entriesBelow(facts)) {
        if (kind === "other") yield { path, text: "It is a pipe, a socket or a device" };
        if (kind === "unreadable") yield { path, text: "It cannot be read" };
      }
    },
  },
  {
    id: "file-size",
    about: "organisation",
    since: "v0.5",
    severity: "error",
    official: "refuses",
    text: "No file has more than 500 MiB",
    fix: "Remove the file, or say in 'code' where it can be had",
    *check(facts) {
      for (const { path, bytes } of entriesBelow(facts)) {
        if (bytes <= largestFile) continue;
        yield { path, text: `It has ${(bytes / 1024 / 1024).toFixed(0)} MiB` };
      }
    },
  },
  {
    id: "empty-folder",
    about: "organisation",
    since: "v0.5",
    severity: "error",
    official: "refuses",
    text: "No folder is empty",
    fix: "Remove the folder: version control does not keep it",
    *check(facts) {
      const isCut = new Set(facts.tree.cut);
      for (const { path, kind } of entriesBelow(facts)) {
        if (kind !== "folder" || facts.tree.children(path).length > 0 || isCut.has(path)) continue;
        yield { path, text: "It holds nothing" };
      }
    },
  },
  {
    id: "python-cache",
    about: "organisation",
    since: "v0.5",
    severity: "error",
    official: "refuses",
    text: "There are no '__pycache__' folders",
    fix: "Remove the folder",
    *check(facts) {
      for (const { path, kind, name } of entriesBelow(facts)) {
        if (kind === "folder" && name.endsWith("__pycache__")) {
          yield { path, text: "It is what Python keeps of a run" };
        }
      }
    },
  },
  {
    id: "tree-bounds",
    about: "tree",
    since: "v0.5",
    severity: "error",
    official: "passes",
    text: "A submission has at most 300,000 names, in at most 40 folders within one another",
    fix: "Remove what does not belong to the submission",
    *check({ tree }) {
      for (const path of tree.cut) {
        yield { path, text: "A limit was reached here: what lies in it is not checked" };
      }
    },
  },
];
