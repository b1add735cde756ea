// The tree keeps its own rules, and each rule bites when it is broken.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { RULES, judge, length, topLevel } from "./rules.ts";
import { codeOf } from "./source.ts";
import { circles, crowded, small, twice } from "./tree.ts";

const root = join(import.meta.dirname, "../..");
const GOOD = "// A sentence that says what this file is.\n";

const filesOf = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile())
    .map((e) =>
      join(e.parentPath, e.name)
        .slice(root.length + 1)
        .replaceAll("\\", "/"),
    );
const sources = new Map(filesOf("src").map((path) => [path, readFileSync(join(root, path), "utf8")]));

test("every source file keeps the rules", () => {
  assert.deepEqual(
    [...sources].flatMap(([path, text]) => judge(path, text)),
    [],
  );
});

test("no file of the tests and scripts is longer than one of the program", () => {
  const files = ["test", "scripts"].flatMap(filesOf).filter((path) => /\.(?:ts|mjs)$/u.test(path));
  assert.ok(files.length > 100);
  assert.deepEqual(
    files.flatMap((path) => length(path, readFileSync(join(root, path), "utf8")).map((c) => `${path} ${c}`)),
    [],
  );
});

test("no folder is crowded, and no files import each other in a circle", () => {
  assert.deepEqual(crowded(["src", "test", "scripts"].flatMap(filesOf)), []);
  assert.deepEqual(circles(sources), []);
  console.log(`  small files, each a question: ${small(sources).join(", ")}`);
});

test("an exported name is defined once", () => {
  assert.deepEqual(twice(sources), []);
});

test("names that two files define are found, and not those that one uses or keeps to itself", () => {
  const files = new Map([
    [
      "src/a.ts",
      "export async function read(): Promise<void> {}\nexport type Word = string;\nconst own = 1;",
    ],
    ["src/b.ts", 'export const read = 1;\nimport type { Word } from "./a.ts";\nconst own = 2;'],
    ["src/c.ts", "export abstract class Word {}\nexport { read } from './a.ts';\n  export const inner = 1;"],
  ]);
  assert.deepEqual(twice(files), [
    "read: is defined in src/a.ts and src/b.ts",
    "Word: is defined in src/a.ts and src/c.ts",
  ]);
});

test("a crowded folder and circles of two and three files are found, and nothing else", () => {
  const names = Array.from({ length: 16 }, (_, i) => `src/kernel/${i}.ts`);
  assert.deepEqual(crowded(names.slice(1)), []);
  assert.equal(crowded(names).length, 1);
  const files = new Map([
    ["src/a.ts", `import type { B } from "./b.ts";`],
    ["src/b.ts", `import { a } from "./a.ts";\nimport { c } from "./c.ts";`],
    ["src/c.ts", `import { d } from "./d.ts";`],
    ["src/d.ts", `import "./e.ts";`],
    ["src/e.ts", `export * from "./c.ts";`],
    ["src/f.ts", `import { a } from "./a.ts";`],
  ]);
  assert.deepEqual(
    circles(files).map((text) => text.split(": ")[0]),
    ["src/c.ts, src/d.ts, src/e.ts", "src/a.ts, src/b.ts"],
  );
  assert.deepEqual(small(new Map([["src/a.ts", "x\n".repeat(60)]])), []);
});

test("a primitive costs its folder and a line: outside of it, one line of the registry lists it", () => {
  const parts = [...sources].flatMap(([path, text]) => {
    const own = /^src\/primitives\/(?:\w+\/|\w+\.ts$)/u.exec(path)?.[0];
    const exported = text.matchAll(/^export (?:const|function) (\w+(?:Kind|Primitive))\b/gmu);
    return own === undefined ? [] : [...exported].map(([, name = ""]) => ({ own, name }));
  });
  assert.ok(parts.length > 20, `${parts.length} kinds and primitives`);
  for (const { own, name } of parts) {
    const others = [...sources].filter(([path]) => !path.startsWith(own));
    const lines = others.flatMap(([path, text]) => linesNaming(name, path, text));
    assert.deepEqual(lines, ["src/primitives/index.ts"], name);
  }
});

/** The file, once for each line of its code that has the name, beside its imports. */
function linesNaming(name: string, path: string, text: string): string[] {
  const lines = codeOf(text).split("\n");
  const naming = lines.filter(
    (line) => !line.startsWith("import") && new RegExp(`\\b${name}\\b`, "u").test(line),
  );
  return naming.map(() => path);
}

test("the box is one line of the registry of tests, and no file of the program knows of it", () => {
  for (const [path, text] of sources) assert.doesNotMatch(text, /["'`]box\b|\bboxKind\b|\bbox:\//u, path);
  const others = filesOf("test/support").filter((path) => !path.startsWith("test/support/box/"));
  const lines = others.flatMap((path) => linesNaming("box", path, readFileSync(join(root, path), "utf8")));
  assert.deepEqual(lines, ["test/support/registry.ts"]);
});

test("the top level holds only what it may hold", () => {
  const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  });
  assert.deepEqual(
    topLevel([...new Set(listed.split("\n").map((line) => line.split("/")[0] ?? ""))].filter(Boolean)),
    [],
  );
  assert.equal(topLevel(["src", ".ci", "notes.md"]).length, 1);
});

test("the compiler sees every pure folder without the globals of Node", () => {
  const text = readFileSync(join(root, ".tsconfig.pure.json"), "utf8");
  const { compilerOptions, include } = JSON.parse(text) as { compilerOptions: object; include: string[] };
  assert.deepEqual(compilerOptions, { types: [] });
  const folders = ["abi", "kernel", "primitives", "agent", "jit", "views"];
  assert.deepEqual(include, [...folders.map((folder) => `src/${folder}`), "test/tidy/pure.d.ts"]);
});

const BAD: [keyof typeof RULES, string, string][] = [
  ["importTable", "src/abi/a.ts", `import { b } from "../kernel/b.ts";`],
  ["importTable", "src/abi/a.ts", `import type { b } from "../kernel/b.ts";`],
  ["importTable", "src/kernel/a.ts", `import type * as vscode from "vscode";`],
  ["importTable", "src/kernel/a.ts", `import { readFile } from "node:fs/promises";`],
  ["importTable", "src/kernel/a.ts", `import {\n  a,\n  b,\n} from "../primitives/fs.ts";`],
  ["importTable", "src/kernel/a.ts", `export * from "../agent/x.ts";`],
  ["importTable", "src/kernel/a.ts", `const m = await import("node:fs");`],
  ["importTable", "src/kernel/a.ts", `type P = import("../host/node/x.ts").P;`],
  ["importTable", "src/agent/a.ts", `import "../primitives/fs.ts";`],
  ["importTable", "src/views/a.ts", `import { x } from "../ui/x.ts";`],
  ["importTable", "src/ui/a.ts", `import { x } from "../host/vscode/x.ts";`],
  ["importTable", "src/host/node/a.ts", `import { fs } from "../../primitives/fs.ts";`],
  ["importTable", "src/host/node/a.ts", `import { x } from "../../kernel/door.ts";`],
  ["importTable", "src/host/node/a.ts", `import * as vscode from "vscode";`],
  ["importTable", "src/boot.ts", `import { x } from "./ui/x.ts";`],
  ["importTable", "src/primitives/a.ts", `import { z } from "simple-git";`],
  ["zodAsNamespace", "src/abi/a.ts", `import { z } from "zod";`],
  ["pure", "src/kernel/a.ts", `const t = Date.now();`],
  ["pure", "src/kernel/a.ts", `const t = new Date();`],
  ["pure", "src/kernel/a.ts", `const t = Date();`],
  ["pure", "src/kernel/a.ts", `const t = new Date;`],
  ["pure", "src/agent/a.ts", `setTimeout(() => {}, 1);`],
  ["pure", "src/agent/a.ts", `const r = /['"]/; const s = \`\${Math.random()}\`;`],
  ["pure", "src/views/a.ts", `const x = process.env.HOME;`],
  ["pure", "src/views/a.ts", `const x = globalThis.fetch;`],
  ["pure", "src/jit/a.ts", `await fetch("http://x");`],
  ["pure", "src/jit/a.ts", `AbortSignal.timeout(5);`],
  ["pure", "src/jit/a.ts", `await import(name);`],
  ["length", "src/kernel/a.ts", "x\n".repeat(301)],
  ["length", "src/cli.ts", "x\n".repeat(151)],
  ["opening", "src/kernel/a.ts", `import { z } from "zod";`],
  ["noIndex", "src/kernel/index.ts", ""],
  ["names", "src/kernel/process-manager.ts", ""],
  ["names", "src/kernel/a.ts", `export class JournalService {}`],
  ["minting", "src/agent/a.ts", `import { mint } from "../kernel/witness.ts";`],
  ["minting", "src/host/node/a.ts", `import { isLiveGrant, mint } from "../../kernel/witness.ts";`],
  ["sides", "src/primitives/a.ts", `import { commit } from "../kernel/core.ts";`],
  ["sides", "src/primitives/git/a.ts", `import type { Core } from "../../kernel/core.ts";`],
  ["sides", "src/views/a.ts", `type C = import("../kernel/core.ts").Core;`],
  ["sides", "src/boot.ts", `import { openCore } from "./kernel/opening.ts";`],
  ["sides", "src/ui/a.ts", `const { commit } = await import("../kernel/core.ts");`],
  ["sides", "src/kernel/a.ts", `export { commit } from "./core.ts";`],
  ["sides", "src/kernel/door/a.ts", `export * from "../core.ts";`],
  ["sides", "src/agent/a.ts", `const core = this.#kernel().core;\nconst { state } = on.kernel.core;`],
  ["sides", "src/views/a.ts", `import type { KernelOps } from "../kernel/ops.ts";`],
  ["sides", "src/ui/a.ts", `import { KernelOps } from "../kernel/ops.ts";`],
  ["sides", "src/primitives/a.ts", `import type { Kernel } from "../kernel/kernel.ts";`],
  ["sides", "src/views/a.ts", `import type { Kernel } from "../kernel/kernel.ts";`],
  ["sides", "src/kernel/a.ts", `import type { Kernel } from "./kernel.ts";`],
  ["closed", "src/ui/a.ts", `vscode.window.createWebviewPanel("x", "y", 1, { enableScripts: true });`],
  ["closed", "src/ui/a.ts", `vscode.window.registerWebviewViewProvider("x", y);`],
  ["closed", "src/ui/a.ts", `item.tooltip = new vscode.MarkdownString(name);`],
  ["closed", "src/ui/a.ts", `tooltip.isTrusted = true;`],
  ["closed", "src/host/node/a.ts", `net.createServer(f);`],
  ["closed", "src/host/node/a.ts", `server.listen(0);`],
  ["closed", "src/host/node/shell/proxy/proxy.ts", `server.listen(0);`],
  ["closed", "src/host/node/shell/proxy/gate.ts", `proxy.server.listen({ port: 80 });`],
  ["closed", "src/host/node/shell/proxy/forwarder.ts", `server.listen(port, "0.0.0.0", f);`],
  ["printing", "src/cli/a.ts", `process.stdout.write(text);`],
  ["printing", "src/cli/a.ts", `const { stderr } = process;`],
  ["printing", "src/cli.ts", `process["stdout"].write(text);`],
  ["printing", "src/host/node/a.ts", `process?.stderr.write(text);`],
  ["printing", "src/extension.ts", `onBug: console.error,`],
  ["printing", "src/kernel/a.ts", `console.log(1);`],
  ["printing", "src/host/node/a.ts", `fs.writeSync(2, text);`],
  ["printing", "src/host/node/a.ts", `writeFileSync("/dev/tty", text);`],
  ["printing", "src/host/node/a.ts", `createWriteStream("", { fd: 1 });`],
  ["printing", "src/cli/a.ts", `import { stdout } from "node:process";`],
  ["printing", "src/host/node/a.ts", `spawn(file, [], { stdio: "inherit" });`],
  ["telling", "src/ui/a.ts", `void vscode.window.showInformationMessage(name);`],
  ["telling", "src/ui/a.ts", `const { showWarningMessage } = vscode.window;`],
  ["telling", "src/extension.ts", `await window.showQuickPick(items);`],
  ["telling", "src/ui/a.ts", `window.createQuickPick().items = items;`],
  ["telling", "src/ui/a.ts", `window.createInputBox().prompt = text;`],
  ["home", "src/shared/a.ts", ""],
  ["home", "src/a.ts", ""],
];
for (const [rule, path, text] of BAD) {
  test(`${rule} complains about ${path}: ${JSON.stringify(text.slice(0, 60))}`, () => {
    assert.notDeepEqual(RULES[rule](path, text), []);
  });
}

test("no rule complains about what is allowed", () => {
  const good: [string, string][] = [
    [
      "src/kernel/a.ts",
      `import * as z from "zod";\nimport type { A } from "../abi/a.ts";\nconst when = new Date(clock.now());`,
    ],
    [
      "src/kernel/b.ts",
      `// Date.now() is not used.\nconst say = "process.env and fetch( are words";\ntype S = { process: P };`,
    ],
    ["src/kernel/c.ts", "const s = `fetch(${`${a}`} Math.random()`; const p = this.process.state;"],
    [
      "src/host/node/a.ts",
      `import type { FsBackend } from "../../primitives/fs.ts";\nimport fs from "node:fs";`,
    ],
    ["src/host/node/b.ts", `import type { Store } from "../../kernel/ports.ts";\nsetTimeout(f, Date.now());`],
    ["src/primitives/a.ts", `import type { KernelOps } from "../kernel/ops.ts";\nconst on = this.core;`],
    ["src/views/a.ts", `import type { Reader } from "../kernel/reader.ts";`],
    [
      "src/kernel/d.ts",
      `import { commit, type Core } from "./core.ts";\nexport const a = (core: Core) => commit;`,
    ],
    ["src/cli/print.ts", `process.stdout.write(text);`],
    ["src/host/node/c.ts", "const { stdout } = spawnSync(file); child.stderr.resume(); // console"],
    ["src/primitives/index.ts", `import { fs } from "./fs.ts";`],
    ["src/extension.ts", `import * as vscode from "vscode";\nimport { boot } from "./boot.ts";`],
  ];
  assert.deepEqual(
    good.flatMap(([path, text]) => judge(path, GOOD + text)),
    [],
  );
  assert.equal(codeOf("a(/`/) + `x${ {y:1}.y }z` + 'b' // c"), 'a(   ) +  {y:1}.y } + ""     ');
});
