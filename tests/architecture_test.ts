/** Holds the house together: imports point only where docs/architecture.md says. */
import assert from "node:assert/strict";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

async function* sources(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) yield* sources(path);
    else if (entry.name.endsWith(".ts")) yield path;
  }
}

/** Specifiers of all imports and re-exports, static and dynamic, types too. */
function importsOf(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  const pattern = /(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+)(["'`])([^"'`]+)\1/g;
  return [...code.matchAll(pattern)].map((match) => match[2]);
}

function moduleOf(path: string, modules: Iterable<string>): string | undefined {
  const inLib = relative(join(root, "lib"), path).replaceAll("\\", "/").replace(/\.ts$/, "");
  return [...modules]
    .filter((name) => inLib === name || inLib.startsWith(name + "/"))
    .sort((a, b) => b.length - a.length)[0];
}

async function allowedArrows(): Promise<Map<string, Set<string>>> {
  const text = await Deno.readTextFile(join(root, "docs/architecture.md"));
  const block = /```arrows\n([\s\S]*?)```/.exec(text);
  assert.ok(block, "docs/architecture.md holds a block of arrows");
  return new Map(
    block[1].trim().split("\n").map((line) => {
      const [from, to] = line.split("->").map((side) => side.trim());
      return [from, new Set(to.split(/\s+/).filter(Boolean))];
    }),
  );
}

Deno.test("imports follow the arrows of docs/architecture.md", async () => {
  const arrows = await allowedArrows();
  const wrong: string[] = [];
  let imports = 0;
  for await (const path of sources(join(root, "lib"))) {
    const from = moduleOf(path, arrows.keys());
    const name = relative(root, path);
    if (from === undefined) {
      wrong.push(`${name} is in no folder that docs/architecture.md names`);
      continue;
    }
    for (const specifier of importsOf(await Deno.readTextFile(path))) {
      if (!specifier.startsWith(".")) {
        if (specifier === "thimble") wrong.push(`${name} imports mod.ts`);
        continue;
      }
      imports++;
      const target = join(dirname(path), specifier);
      const to = moduleOf(target, arrows.keys());
      if (to === undefined) wrong.push(`${name} imports ${specifier}, outside of lib/`);
      else if (to !== from && !arrows.get(from)!.has(to)) {
        wrong.push(`${name}: ${from} -> ${to}`);
      }
    }
  }
  assert.ok(imports > 50, "imports were found");
  assert.deepEqual(wrong, []);
});

Deno.test("the arrows of docs/architecture.md have no cycle", async () => {
  const arrows = await allowedArrows();
  const done = new Set<string>();
  const visit = (name: string, path: string[]) => {
    assert.ok(!path.includes(name), `cycle: ${[...path, name].join(" -> ")}`);
    if (done.has(name)) return;
    for (const to of arrows.get(name) ?? []) {
      assert.ok(arrows.has(to), `${name} -> ${to}: ${to} has a line of its own`);
      visit(to, [...path, name]);
    }
    done.add(name);
  };
  for (const name of arrows.keys()) visit(name, []);
});

Deno.test("files below lib/ have no import cycle", async () => {
  const graph = new Map<string, string[]>();
  for await (const path of sources(join(root, "lib"))) {
    const targets = importsOf(await Deno.readTextFile(path))
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => join(dirname(path), specifier));
    graph.set(path, targets);
  }
  const done = new Set<string>();
  const visit = (path: string, trail: string[]) => {
    const at = trail.indexOf(path);
    const cycle = trail.slice(at).map((p) => relative(root, p));
    assert.ok(at < 0, `cycle: ${cycle.join(" -> ")}`);
    if (done.has(path)) return;
    for (const target of graph.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
});

Deno.test("importsOf() finds every form of import", () => {
  const text = `
    import { a } from "./a.ts"; import type { b } from './b.ts';
    export * from "./c.ts"; const d = await import("./d.ts"); import "./e.ts";
    // import "./no.ts";
    /* export * from "./no.ts"; */
  `;
  assert.deepEqual(importsOf(text), ["./a.ts", "./b.ts", "./c.ts", "./d.ts", "./e.ts"]);
});
