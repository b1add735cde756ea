// The fixture of the contract tests: a kernel over real files, whose backends are watched, and one good call of every operation.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ModelAnswer } from "../../src/abi/model.ts";
import { nodeDigests } from "../../src/host/node/digests.ts";
import { filesNow } from "../../src/host/node/checkpoints/now.ts";
import { nodeFs } from "../../src/host/node/fs/fs.ts";
import { nodeGit } from "../../src/host/node/git/git.ts";
import { nodeWorktrees } from "../../src/host/node/git/worktrees/worktrees.ts";
import type { FileProblem } from "../../src/primitives/fs/diagnostics.ts";
import type { FsBackend } from "../../src/primitives/fs/backend.ts";
import type { GitBackend } from "../../src/primitives/git/backend.ts";
import type { WorktreeBackend } from "../../src/primitives/git/worktrees.ts";
import { Boxes, type BoxEffect } from "../support/box/backend.ts";
import { boxPrimitive } from "../support/box/box.ts";
import { TestKernel } from "../support/kernel.ts";
import { FakeShell } from "../support/shell/fake.ts";
import { Nest, nestPrimitive } from "../support/nest.ts";
import { kinds } from "../support/registry.ts";
import { BOX_SAMPLES } from "./boxes.ts";
import { CHECKPOINT_SAMPLES } from "./checkpoints.ts";
import { GIT_SAMPLES } from "./repositories.ts";

/** Methods that only look; each other one is an effect or hands out content. */
export const LOOKS = new Set([
  "follow",
  "reach",
  "glance",
  "mark",
  "form",
  "decode",
  "encode",
  "conventions",
  "tree",
  "keeper",
  "examine",
  "ignores",
  "matcher",
  "sweep",
  "look",
  ...["planStage", "planCommit", "planSwitch", "planBranch", "planFetch", "planPush", "refs"],
]);

/** Every call of a backend method, by name; `before` may wait or throw in its place. */
export class Watched {
  readonly touched: string[] = [];
  before: (method: string, args: readonly unknown[]) => Promise<void> | undefined = () => undefined;

  /** The same backend, with each of its methods written down. */
  backend<T extends FsBackend | GitBackend | WorktreeBackend>(real: T): T {
    return new Proxy(real, {
      get: (target, name: string) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          this.touched.push(name);
          const call = () => Reflect.apply(value, target, args) as unknown;
          const wait = this.before(name, args);
          return wait === undefined ? call() : wait.then(call);
        };
      },
    });
  }
}

export interface Fixture {
  readonly k: TestKernel;
  readonly pid: number;
  readonly root: string;
  readonly watched: Watched;
  /** Makes calls of calls. */
  readonly nest: Nest;
  /** The worktrees of this machine, unwatched. */
  readonly worktrees: WorktreeBackend;
  close(): void;
}

/** What one good call of an operation looks like, and what it takes. */
export interface Sample {
  /** CAP texts it needs; none for what every process may do. */
  readonly grants: readonly string[];
  readonly args: (fixture: Fixture) => unknown;
  /** Makes the world fit for the call. */
  readonly before?: (fixture: Fixture) => Promise<unknown> | undefined;
  /** What a person says while the call waits. */
  readonly answer?: object;
  /** Something else that has to happen while the call waits. */
  readonly meanwhile?: (fixture: Fixture) => unknown;
  /** A resource of its needs that a deny can name. */
  readonly deny?: string;
  /** True when its needs are held by every process from the start, so that they have to be revoked to be missing. */
  readonly born?: boolean;
  /** The backend method that does what it is for, when there is a backend. */
  readonly effect?:
    | keyof FsBackend
    | keyof GitBackend
    | keyof WorktreeBackend
    | "complete"
    | "problems"
    | "run"
    | BoxEffect;
}

const A_TEXT = "some text\n";

const child = (fixture: Fixture) => fixture.k.call(fixture.pid, "process.spawn", { goal: "a child" });
const childOf = (fixture: Fixture) => fixture.k.process(fixture.pid).children.at(-1) ?? 0;
const SPAWN = ["allow:spawn:process:/children", "allow:execute:image:/boxes"];

const RUNS = ["allow:execute:shell:/ls", "allow:read:fs:/app/**"];
const inBackground = (fixture: Fixture) =>
  fixture.k.call(fixture.pid, "shell.run", { argv: ["ls"], background: true });
const commandOf = (fixture: Fixture) =>
  [...(fixture.k.kernel.state.handles.get(fixture.pid)?.keys() ?? [])].at(-1) ?? "";

export const SAMPLES: Readonly<Record<string, Sample>> = {
  "fs.read": read("read", { path: "a.txt" }, "lines"),
  "fs.list": read("list", { path: "." }, "list", "fs:/app"),
  "fs.stat": read("list", { path: "a.txt" }, "follow"),
  "fs.find": read("list", { pattern: "*.txt" }, "walk", "fs:/app"),
  "fs.search": {
    ...read("read", { query: "text" }, "walk", "fs:/app"),
    grants: ["allow:read,list:fs:/app/**"],
  },
  "fs.write": write("write", { path: "new.txt", content: "x" }, "write", "fs:/app/new.txt"),
  "fs.edit": {
    ...write("read,write", { path: "a.txt", old_text: "some", new_text: "other" }, "write"),
  },
  "fs.mkdir": write("write", { path: "made" }, "makeFolder", "fs:/app/made"),
  "fs.move": { ...write("read,write,delete", { from: "a.txt", to: "b.txt" }, "move"), deny: "fs:/app/b.txt" },
  "fs.delete": write("delete", { path: "a.txt" }, "remove"),
  "fs.restore": {
    ...write("delete", { path: "a.txt", from: nodeDigests.sha256(A_TEXT), to: "absent" }, "remove"),
  },
  "fs.put": {
    ...write("delete", { path: "a.txt", from: nodeDigests.sha256(A_TEXT), to: "absent" }, "remove"),
  },
  "fs.diagnostics": read("read", { path: "a.txt" }, "problems"),
  "process.spawn": { grants: SPAWN, args: () => ({ goal: "part" }), deny: "process:/children" },
  "process.wait": {
    grants: SPAWN,
    args: (fixture) => ({ pid: childOf(fixture) }),
    before: child,
    meanwhile: (fixture) => fixture.k.kernel.signal(fixture.k.person, childOf(fixture), "kill", "done"),
    deny: "process:/3",
    born: true,
  },
  "process.signal": {
    grants: SPAWN,
    args: (fixture) => ({ pid: childOf(fixture), signal: "pause" }),
    before: child,
    deny: "process:/3",
    born: true,
  },
  "process.fork": { grants: SPAWN, args: () => ({ goal: "part" }), deny: "process:/children" },
  "process.exec": {
    grants: ["allow:execute:image:/reviewer"],
    args: () => ({ image: "reviewer", goal: "review it" }),
    deny: "image:/reviewer",
  },
  "process.events": { grants: [], args: () => ({ kinds: ["process.spawn"], seconds: 5 }) },
  "process.send": {
    grants: SPAWN,
    args: (fixture) => ({ pid: childOf(fixture), message: "hello", reply: true }),
    before: child,
    deny: "process:/3",
    born: true,
  },
  "process.receive": {
    grants: ["allow:message:process:/2"],
    args: () => ({ channel: "main", seconds: 5 }),
    before: (fixture) => fixture.k.call(fixture.pid, "process.send", { pid: fixture.pid, message: "hello" }),
  },
  "capability.delegate": {
    grants: [...SPAWN, "allow:read:fs:/app/**"],
    args: (fixture) => ({ pid: childOf(fixture), grants: ["allow:read:fs:/app/a.txt"] }),
    before: child,
    deny: "process:/3",
    born: true,
  },
  "capability.transfer": {
    grants: ["allow:read:fs:/app/**", ...SPAWN],
    args: (fixture) => ({ pid: childOf(fixture), id: "cap1" }),
    before: child,
    deny: "process:/3",
    born: true,
  },
  "clock.sleep": {
    grants: ["allow:sleep:clock:/sleep"],
    args: () => ({ seconds: 60 }),
    meanwhile: (fixture) => fixture.k.clock.advance(60_000),
    deny: "clock:/sleep",
  },
  "process.exit": { grants: [], args: () => ({ result: "done" }) },
  "process.chdir": { ...read("list", { path: "sub" }, "follow"), deny: "fs:/app/sub" },
  "human.ask": {
    grants: [],
    args: () => ({ question: "Well?" }),
    answer: { text: "yes" },
    deny: "human:/ask",
    born: true,
  },
  "human.tell": { grants: [], args: () => ({ message: "hello" }), deny: "human:/ask", born: true },
  "capability.list": { grants: [], args: () => ({}) },
  "capability.request": {
    grants: [],
    args: () => ({ grant: "allow:read:fs:/app/**", reason: "to look" }),
    answer: { scope: "agent" },
    deny: "human:/ask",
    born: true,
  },
  "capability.drop": { grants: ["allow:read:fs:/app/**"], args: () => ({ id: "cap1" }) },
  "object.put": { grants: [], args: () => ({ name: "n", value: { a: 1 } }), deny: "object:/**", born: true },
  "object.get": {
    grants: [],
    args: () => ({ name: "n" }),
    before: (fixture) => fixture.k.call(fixture.pid, "object.put", { name: "n", value: 1 }),
    deny: "object:/**",
    born: true,
  },
  "object.list": { grants: [], args: () => ({}) },
  "object.link": {
    grants: [],
    args: () => ({ from: "n", to: "n", relation: "references" }),
    before: (fixture) => fixture.k.call(fixture.pid, "object.put", { name: "n", value: 1 }),
    deny: "object:/**",
    born: true,
  },
  "object.delete": {
    grants: [],
    args: () => ({ name: "n" }),
    before: (fixture) => fixture.k.call(fixture.pid, "object.put", { name: "n", value: 1 }),
    deny: "object:/**",
    born: true,
  },
  "object.import": read("read", { path: "a.txt", name: "n" }, "content"),
  "object.export": {
    ...write("write", { name: "n", path: "new.txt" }, "write", "fs:/app/new.txt"),
    before: (fixture) => fixture.k.call(fixture.pid, "object.put", { name: "n", value: "text" }),
  },
  "image.register": {
    grants: ["allow:register:image:/finder"],
    args: () => ({ name: "finder", summary: "Finds.", prompt: "Find.", tools: ["read_file", "finish"] }),
    deny: "image:/finder",
  },
  "shell.run": {
    grants: ["allow:execute:shell:/ls", "allow:read:fs:/app/**"],
    args: () => ({ argv: ["ls", "-l"] }),
    deny: "shell:/ls",
    effect: "run",
  },
  "shell.list": { grants: [], args: () => ({}) },
  // A process reads and stops its own commands; its handle of one is the authority.
  "shell.read": { grants: RUNS, args: (fixture) => ({ command: commandOf(fixture) }), before: inBackground },
  "shell.stop": { grants: RUNS, args: (fixture) => ({ command: commandOf(fixture) }), before: inBackground },
  "tools.find": { grants: [], args: () => ({ query: "spawn" }) },
  "model.call": {
    grants: [],
    args: (fixture) => ({ model: "test/one", pid: fixture.pid, turn: 0 }),
    deny: "model:/test/**",
    born: true,
    effect: "complete",
  },
  ...BOX_SAMPLES,
  ...CHECKPOINT_SAMPLES,
  ...GIT_SAMPLES,
};

function read(
  rights: string,
  args: object,
  effect: Sample["effect"] & string,
  deny = "fs:/app/a.txt",
): Sample {
  return { grants: [`allow:${rights}:fs:/app/**`], args: () => args, deny, effect };
}

function write(rights: string, args: object, effect: keyof FsBackend, deny = "fs:/app/a.txt"): Sample {
  return { grants: [`allow:${rights}:fs:/app/**`], args: () => args, deny, effect };
}

const ANSWER: ModelAnswer = { text: "hello", calls: [], usage: { input: 1, output: 1 }, stop: "end" };

/** A fresh fixture with one process that holds these grants, in an editor that knows these problems. */
export async function makeFixture(
  grants: readonly string[],
  problems: readonly FileProblem[] = [],
): Promise<Fixture> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "contract-")));
  const root = join(base, "app");
  mkdirSync(join(root, "sub"), { recursive: true });
  writeFileSync(join(root, "a.txt"), A_TEXT);
  const roots = [{ name: "app", path: root }];
  let opened: TestKernel | undefined;
  const folders = () => opened?.kernel.state.roots ?? roots;
  const watched = new Watched();
  const nest = new Nest();
  const within = { folders, reserved: () => [], preImages: join(base, "pre") };
  const backend = nodeFs(within);
  const now = filesNow(within);
  const git = nodeGit({ ...within, journal: "j0" });
  const worktrees = nodeWorktrees({ ...within, folder: join(base, "trees") });
  const boxes = new Boxes(base);
  boxes.before = (effect) => {
    watched.touched.push(effect);
    return watched.before(effect, []);
  };
  const shell = new FakeShell();
  const ran = shell.run.bind(shell);
  shell.run = async (order, grant, on) => {
    watched.touched.push("run");
    await watched.before("run", []);
    return ran(order, grant, on);
  };
  const k = (opened = await TestKernel.open({
    roots,
    commands: { backend: shell, rules: () => ({ choice: "auto", unconfined: true }) },
    files: watched.backend(backend),
    filesNow: now,
    git: watched.backend(git),
    worktrees: watched.backend(worktrees),
    diagnostics: {
      problems: async () => {
        watched.touched.push("problems");
        await watched.before("problems", []);
        return problems;
      },
    },
    hands: true,
    kinds,
    more: (ops) => [boxPrimitive(ops, boxes), nestPrimitive(nest)],
    model: async () => {
      watched.touched.push("complete");
      await watched.before("complete", []);
      return ANSWER;
    },
  }));
  const pid = k.launch(grants);
  const close = (): void => {
    for (const { id } of boxes.lids()) boxes.shut(id);
    backend.close();
    now.close();
    git.close();
    worktrees.close();
    rmSync(base, { recursive: true, force: true });
  };
  return { k, pid, root, watched, nest, worktrees, close };
}
