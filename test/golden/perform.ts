// Runs a golden scenario: a scripted agent in a fresh folder, with the answers and signals of the scenario.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseGrants } from "../../src/abi/capability.ts";
import { isFault } from "../../src/abi/errors.ts";
import type { AnyRecord } from "../../src/abi/record.ts";
import { IMAGES } from "../harness/images.ts";
import { boot } from "../../src/boot.ts";
import type { FileProblem } from "../../src/primitives/fs/diagnostics.ts";
import { createModels } from "../../src/host/node/models/providers.ts";
import { call, FAMILIES, type Scenario } from "./families.ts";
import { TOOLS } from "./tools.ts";
import { kinds } from "../harness/kinds.ts";
import { gitIn } from "../support/git/repository.ts";

const FILES = "allow:read,list,write:fs:/app/**";

const BASIC: Readonly<Record<string, Scenario>> = {
  "read-write-finish": {
    grants: [FILES],
    script: {
      turns: [
        call("read_file", { path: "README.md" }),
        call("edit_file", { path: "README.md", old_text: "world", new_text: "there" }),
        call("write_file", { path: "notes/new.md", content: "# Notes\n" }),
        call("finish", { result: "read one, wrote two" }),
      ],
    },
  },
  "approval-denied": {
    grants: ["allow:read,list:fs:/app/**", "ask:write,delete:fs:/app/**"],
    answers: [
      { allow: false, scope: "once", note: "not this file" },
      { allow: true, scope: "once" },
    ],
    script: {
      turns: [
        call("write_file", { path: "README.md", content: "gone\n" }),
        call("write_file", { path: "README.md", content: "gone\n" }),
        call("read_file", { path: ".env" }),
        call("write_file", { path: "other.md", content: "fine\n" }),
        { text: "I could not change the first one." },
      ],
    },
  },
  "parent-and-child": {
    grants: [
      FILES,
      "allow:spawn:process:/children;uses=2",
      "allow:execute:image:/reviewer",
      "ask:write:fs:/app/src/**",
    ],
    script: {
      turns: [
        call("spawn_agent", {
          goal: "review it",
          image: "reviewer",
          grants: ["allow:read,list:fs:/app/src/**;uses=5"],
        }),
        call("wait_agent", { pid: "${0.0.pid}" }),
        call("finish", { result: "reviewed" }),
      ],
      children: [
        {
          turns: [
            call("read_file", { path: "src/main.ts" }),
            call("read_file", { path: "README.md" }),
            call("write_file", { path: "src/main.ts", content: "x" }),
            call("finish", { result: "one remark" }),
          ],
        },
      ],
    },
  },
  "budget-stop": {
    grants: [FILES],
    budget: { toolCalls: 1 },
    script: { turns: [call("read_file", { path: "README.md" }), call("read_file", { path: "src/main.ts" })] },
  },
};

/** The scenarios by the folder in which their journals lie. */
const FOLDERS = { families: FAMILIES, tools: TOOLS, basic: BASIC };

/** Every golden scenario by name. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = { ...FAMILIES, ...TOOLS, ...BASIC };

/** Where the journals of all scenarios lie. */
export const JOURNALS = join(import.meta.dirname, "journals");

/** The file of one scenario's journal, from {@link JOURNALS} on. */
export function journalFile(name: string): string {
  const folder = Object.entries(FOLDERS).find(([, scenarios]) => name in scenarios)?.[0];
  return join(folder ?? "", `${name}.txt`);
}

/** What an editor would have found in the files. */
const PROBLEM: FileProblem = {
  ...{ resource: "fs:/app/src/main.ts", line: 1, column: 8 },
  ...{ severity: "warning", message: "It exports nothing." },
};

/** Makes a workspace a repository with one commit, and a remote `origin` beside it. */
export function makeRepository(root: string): void {
  gitIn(root, "init", "-q", "-b", "main");
  gitIn(root, "config", "user.name", "Ann Example");
  gitIn(root, "config", "user.email", "ann@example.invalid");
  gitIn(root, "add", "README.md", "src");
  gitIn(root, "commit", "-q", "-m", "first");
  gitIn(root, "clone", "-q", "--bare", ".", "../remote.git");
  gitIn(root, "remote", "add", "origin", "../remote.git");
}

/**
 * Runs a scenario in the fresh folder `base/name` until it rests, and gives the records as they lie on the disk.
 * The workspace is `app` in it, the user's data folder `home`.
 */
export async function perform(base: string, name: string, scenario: Scenario): Promise<AnyRecord[]> {
  const root = join(base, name, "app");
  mkdirSync(join(root, "src"), { recursive: true });
  writeFileSync(join(root, "README.md"), "hello world\n");
  writeFileSync(join(root, ".env"), "KEY=a-secret-value\n");
  writeFileSync(join(root, "src", "main.ts"), "export {};\n");
  if (scenario.repository === true) makeRepository(root);
  const where = { root, roots: [{ name: "app", path: root }], home: join(base, name, "home") };
  const { window } = scenario;
  const scripted = createModels({ scripted: true });
  const models = window === undefined ? scripted : { ...scripted, window: () => window };
  const opened = { host: "golden", mode: "create", policy: [], models, remembers: true } as const;
  const on = await boot({ ...where, ...opened, diagnostics: { problems: () => Promise.resolve([PROBLEM]) } });
  const image = scenario.image ?? IMAGES.get("coding");
  const grants = parseGrants(scenario.grants, kinds);
  assert.ok(image && !isFault(grants));
  const { kernel, person } = on;
  const launch = { interactive: false, script: scenario.script };
  const order = { image, goal: name, model: "scripted/script", grants, cwd: "fs:/app", launch };
  assert.ok(kernel.launch(person, { ...order, budget: scenario.budget ?? {} }).ok);
  const answers = [...(scenario.answers ?? [])];
  const signals = [...(scenario.signals ?? [])];
  let { fork } = scenario;
  for (;;) {
    await kernel.rest();
    const asked = [...kernel.state.questions.values()].find((q) => q.outcome === undefined);
    const answer = asked === undefined ? undefined : answers.shift();
    const signal = asked === undefined ? signals.shift() : undefined;
    if (asked !== undefined && answer !== undefined)
      assert.ok(kernel.answer(person, asked.question.id, answer).ok);
    else if (signal !== undefined) kernel.signal(person, signal[1], signal[0], "as planned");
    else if (asked === undefined && fork !== undefined) {
      const listed = parseGrants(fork.grants, kinds);
      assert.ok(!isFault(listed));
      const again = { ...order, goal: fork.goal, grants: listed, launch: { ...launch, script: fork.script } };
      assert.ok(kernel.launch(person, { ...again, budget: {}, forkOf: 2 }).ok);
      fork = undefined;
    } else break;
  }
  await on.close();
  const segments = join(root, ".agentlibos", "journal");
  const text = readdirSync(segments).map((file) => readFileSync(join(segments, file), "utf8"));
  return text
    .join("")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as AnyRecord);
}
