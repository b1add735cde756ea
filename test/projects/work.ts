// An agent at work in a real project: its commands run in layers, and a picture of the folder shows what came of them.
import assert from "node:assert/strict";
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { parseGrants } from "../../src/abi/capability.ts";
import { isFault } from "../../src/abi/errors.ts";
import { IMAGES } from "../harness/images.ts";
import { boot } from "../../src/boot.ts";
import { createModels } from "../../src/host/node/models/providers.ts";
import { ranSchema, toldRun, type RanValue } from "../../src/primitives/shell/told.ts";
import { kinds } from "../harness/kinds.ts";

/** The state of every name below a folder but the record, without the contents. */
export function picture(folder: string, below = ""): string[] {
  return readdirSync(join(folder, below))
    .filter((name) => below !== "" || name !== ".agentlibos")
    .flatMap((name) => {
      const path = join(below, name);
      const stat = lstatSync(join(folder, path));
      const line = `${path} ${stat.mode} ${stat.ino} ${stat.size} ${stat.mtimeMs}`;
      return [line, ...(stat.isDirectory() ? picture(folder, path) : [])];
    });
}

/** The names whose state differs between two pictures. */
export function difference(one: readonly string[], other: readonly string[]): string[] {
  const [a, b] = [new Set(one), new Set(other)];
  const lines = [...a, ...b].filter((line) => !a.has(line) || !b.has(line));
  return [...new Set(lines.map((line) => line.split(" ")[0] ?? ""))];
}

/** A command as an agent calls for it. */
export type Command = Readonly<Record<string, unknown>>;
export const npm = (...words: string[]): Command => ({ argv: ["npm", ...words] });
export const shell = (command: string): Command => ({ command });

/** What came of the commands. */
export interface Worked {
  readonly ran: readonly RanValue[];
  /** What the model reads of each. */
  readonly told: readonly string[];
  /** What a person was asked about together, as `right resource`. */
  readonly asked: readonly (readonly string[])[];
  /** The folder before the first command. */
  readonly before: readonly string[];
}

/** A new folder for a project, gone with the test. Its commands find the Node of this test. */
export function newFolder(t: TestContext): string {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "project-")));
  const { PATH = "" } = process.env;
  process.env["PATH"] = [dirname(process.execPath), PATH].join(delimiter);
  t.after(() => {
    process.env["PATH"] = PATH;
    rmSync(base, { recursive: true, force: true });
  });
  mkdirSync(join(base, "app"));
  return join(base, "app");
}

/** Lets an agent run commands, one a turn. A person gives the answers; nothing may be done before the one about it. */
export async function work(
  app: string,
  commands: readonly Command[],
  answers: readonly boolean[] = [],
): Promise<Worked> {
  const ran: RanValue[] = [];
  const { kernel, person, close } = await boot({
    ...{ root: app, roots: [{ name: "app", path: app }], home: join(app, "../home"), host: "test" },
    ...{ mode: "create", policy: [], models: createModels({ scripted: true }) },
  });
  kernel.onRecord((record) => {
    if (record.kind === "call.end" && record.data.op === "shell.run")
      ran.push(ranSchema.parse(record.data.value, { reportInput: true }));
  });
  const caps = ["allow:read,list:fs:/app/**", "ask:write,delete:fs:/app/**", "allow:execute:shell:/**"];
  const grants = parseGrants(caps, kinds);
  const image = IMAGES.get("coding");
  assert.ok(image && !isFault(grants));
  const turns = commands.map((args) => ({ calls: [{ tool: "run_command", args }] }));
  const launch = { interactive: false, script: { turns } };
  const order = { image, goal: "work", model: "scripted/script", grants, cwd: "fs:/app", launch };
  const before = picture(app);
  assert.ok(kernel.launch(person, { ...order, budget: {} }).ok);
  const asked: string[][] = [];
  for (;;) {
    await kernel.rest();
    const open = [...kernel.state.questions.values()].filter((q) => q.outcome === undefined);
    if (open.length === 0) break;
    const answered = asked.flat().map((need) => need.replace(/^.* fs:\/app\//u, ""));
    const touched = difference(before, picture(app)).filter(
      (name) => !answered.some((path) => path === name || path.startsWith(`${name}/`)),
    );
    assert.deepEqual(touched, [], "nothing is done before its answer");
    const needs = open.flatMap(({ question }) => question.needs);
    const allow = answers[asked.length];
    assert.ok(allow !== undefined, `asked, and there is no answer: ${JSON.stringify(needs)}`);
    asked.push(needs.map(({ right, resource }) => `${right} ${resource}`));
    for (const { question } of open) kernel.answer(person, question.id, { allow, scope: "once" });
  }
  await close();
  return { ran, told: ran.map(toldRun), asked, before };
}

/** The changes of a command in short, all of which were applied. */
export function applied({ changes }: RanValue): string[] {
  assert.ok(
    changes.every(({ outcome }) => outcome === "applied"),
    JSON.stringify(changes),
  );
  return changes.map(({ path, change }) => `${change} ${path}`);
}
