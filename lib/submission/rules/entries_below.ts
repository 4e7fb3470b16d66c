import type { OrganisationFacts } from "../facts.ts";
import type { TreeEntry } from "../submission_tree.ts";

/** Everything in an organisation's folder, and that folder itself; each folder before what is in it. */
export function* entriesBelow(
  { tree, organisation }: Pick<OrganisationFacts, "tree" | "organisation">,
  path: string = organisation.path,
): Generator<TreeEntry> {
  yield tree.entry(path)!;
  for (const child of tree.children(path)) {
    if (child.kind === "folder") yield* entriesBelow({ tree, organisation }, child.path);
    else yield child;
  }
}
