// The fixture of the contract tests: a kernel over real files, whose backends are watched.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ModelAnswer } from "../../src/abi/model.ts";
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

/** The text of the file a.txt. */
export const A_TEXT = "some text\n";

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

/** Takes away what a process holds from the start. */
export function strip(on: Fixture): void {
  for (const held of on.k.kernel.state.capabilities.heldBy(on.pid))
    on.k.kernel.revoke(on.k.person, held.cap.id, "test");
}
