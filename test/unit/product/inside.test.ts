// README's "inside": its rooms are those of the tree, and its example of a primitive compiles and runs through the door.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import type * as Capability from "../../../src/abi/capability.ts";
import type * as Boot from "../../../src/boot.ts";
import type * as Providers from "../../../src/host/node/models/providers.ts";
import type * as Registry from "../../../src/primitives/index.ts";
import type * as Resources from "../../../src/views/words/resources.ts";
import type * as Languages from "../../../src/views/words/translate.ts";

const root = join(import.meta.dirname, "../../..");
const readme = readFileSync(join(root, "README.md"), "utf8");
const [, inside = ""] = /\n## The inside, in one look\n([^]*?)\n## /u.exec(readme) ?? [];
const [example = "", line = ""] = [...inside.matchAll(/```ts\n([^]*?)```/gu)].map(([, code = ""]) => code);

/** A copy of the sources that the example is added to. */
const copy = realpathSync(mkdtempSync(join(tmpdir(), "inside-")));
after(() => {
  rmSync(copy, { recursive: true, force: true });
});
const at = (path: string): string => join(copy, path);

/** Puts a text before another one, which stands there once. */
function insert(path: string, before: string, text: string): void {
  const parts = readFileSync(at(path), "utf8").split(before);
  assert.equal(parts.length, 2, `${path} has once ${before}`);
  writeFileSync(at(path), parts.join(text + before));
}

/** What the compiler complains about in the copy. */
function complaints(): string[] {
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  const { stdout } = spawnSync(process.execPath, [compiler, "--noEmit"], { cwd: copy, encoding: "utf8" });
  return stdout.split("\n").filter((text) => /^\S/u.test(text));
}

test("its rooms are the folders of the sources, each once", () => {
  const [, rooms = ""] = /```\n([^]*?)```/u.exec(inside) ?? [];
  let top = "";
  const named = rooms.split("\n").flatMap((text) => {
    const [, indent = "", name = ""] = /^( *)([\w/]+) {2,}\S/u.exec(text) ?? [];
    if (name === "") return [];
    if (indent === "") top = name;
    return [indent === "" ? name : `${top}/${name}`];
  });
  const folders = (of: string): string[] =>
    readdirSync(join(root, of), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `${of}/${name}`);
  assert.deepEqual(named.sort(), [...folders("src"), ...folders("src/kernel")].sort());
  for (const [, path = ""] of inside.matchAll(/`((?:src|kernel|test)\/[\w/.-]+)`/gu))
    assert.ok(
      [path, `src/${path}`].some((each) => existsSync(join(root, each))) || path === "src/primitives/dice.ts",
      path,
    );
});

test("the compiler takes the example with its line, and then wants a backend from boot alone", () => {
  cpSync(join(root, "src"), at("src"), { recursive: true });
  symlinkSync(join(root, "node_modules"), at("node_modules"));
  const config = JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8")) as { compilerOptions: object };
  writeFileSync(at("tsconfig.json"), JSON.stringify({ ...config, include: ["src"] }));
  writeFileSync(at("package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(at("src/primitives/dice.ts"), example);
  const index = "src/primitives/index.ts";
  const names = 'import { dicePrimitive, diceKind, type DiceBackend } from "./dice.ts";\n';
  insert(index, 'import { toolsPrimitive } from "./tools.ts";', names);
  insert(index, "  readonly talk: ModelContext;", "  readonly dice: DiceBackend;\n");
  insert(index, "  { tools: capabilityTools, build: ({ ops }) => capabilityPrimitive(ops) },", line);
  const [complaint = "", ...others] = complaints();
  assert.deepEqual(others, []);
  assert.match(complaint, /^src\/boot\.ts\(\d+,\d+\): error .*'dice'/u);
  const sides = 'dice: { roll: (grant, sides) => (grant.permits("roll", "dice:/table") ? sides : 0) }, ';
  insert("src/boot.ts", "diagnostics, models, talk });", sides);
  assert.deepEqual(complaints(), []);
});

test("an agent rolls the dice that it holds, and no others, in a program with the example", async () => {
  const load = async <T>(path: string): Promise<T> => (await import(pathToFileURL(at(path)).href)) as T;
  const { boot } = await load<typeof Boot>("src/boot.ts");
  const { kinds } = await load<typeof Registry>("src/primitives/index.ts");
  const { createModels } = await load<typeof Providers>("src/host/node/models/providers.ts");
  const { parseGrants } = await load<typeof Capability>("src/abi/capability.ts");
  const { grantWords } = await load<typeof Resources>("src/views/words/resources.ts");
  const { english } = await load<typeof Languages>("src/views/words/translate.ts");
  const app = at("app");
  mkdirSync(app);
  const roots = [{ name: "app", path: app }];
  const models = createModels({ scripted: true });
  const opened = { host: "test", mode: "create", policy: [], models, remembers: true } as const;
  const on = await boot({ root: app, roots, home: at("home"), ...opened });
  const image = {
    ...{ name: "player", version: "1", summary: "Plays.", prompt: "Play.", tools: ["roll_dice", "finish"] },
    ...{ budget: {}, from: "fs:/app/.agents/images/player.agent.md" },
  };
  const calls = [
    { tool: "roll_dice", args: { sides: 6 } },
    { tool: "roll_dice", args: { sides: 1 } },
  ];
  const launch = {
    interactive: false,
    script: { turns: [{ calls }, { calls: [{ tool: "finish", args: {} }] }] },
  };
  for (const texts of [["allow:roll:dice:/table"], []]) {
    const grants = parseGrants(texts, kinds);
    assert.ok(Array.isArray(grants));
    const order = { image, goal: "play", model: "scripted/script", cwd: "fs:/app", budget: {}, launch };
    assert.ok(on.kernel.launch(on.person, { ...order, grants }).ok);
    for (const listed of grants) assert.equal(grantWords(english, kinds, listed), "may roll the dice table");
  }
  await on.kernel.rest();
  const ends = on.records().filter((r) => r.kind === "call.end" && r.data.op === "dice.roll");
  assert.deepEqual(
    ends.map((r) => r.kind === "call.end" && [r.pid, r.data.value ?? r.data.error?.code]).sort(),
    [
      [2, "EINVAL"],
      [2, { rolled: 6 }],
      [3, "EINVAL"],
      [3, "ENOTCAPABLE"],
    ].sort(),
  );
  await on.close();
});
