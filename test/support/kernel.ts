// A kernel for tests: the real door, fold and primitives over an in-memory journal, a fake clock and a fake world.
import type { PolicyRule } from "../../src/abi/policy.ts";
import type { Answer } from "../../src/abi/question.ts";
import assert from "node:assert/strict";
import { parseGrants } from "../../src/abi/capability.ts";
import { fault, isFault, type Errno, type Result } from "../../src/abi/errors.ts";
import type { Budget, Image, ImageFiles } from "../../src/abi/image.ts";
import type { Kinds } from "../../src/abi/kind.ts";
import type { AnyRecord, RootFolder } from "../../src/abi/record.ts";
import type { Launch } from "../../src/abi/script.ts";
import { Conversations } from "../../src/agent/context/messages.ts";
import { builtInImages } from "../../src/agent/images.ts";
import { AgentLoop } from "../../src/agent/loop.ts";
import { Slots } from "../../src/agent/slots.ts";
import { foldTo } from "../../src/kernel/checkpoints/past.ts";
import type { FilesNow } from "../../src/kernel/ports.ts";
import type { Core } from "../../src/kernel/core.ts";
import type { Slot } from "../../src/kernel/call.ts";
import { Folded } from "../../src/kernel/state/fold.ts";
import { Kernel } from "../../src/kernel/kernel.ts";
import { openCore } from "../../src/kernel/opening.ts";
import type { Primitive } from "../../src/kernel/operation.ts";
import type { KernelOps } from "../../src/kernel/ops.ts";
import type { Executor } from "../../src/kernel/ports.ts";
import type { AskedQuestion, Process } from "../../src/kernel/state/rows.ts";
import { mint, type Caller } from "../../src/kernel/witness.ts";
import { primitives } from "../../src/primitives/index.ts";
import { NO_EDITOR, type DiagnosticsBackend } from "../../src/primitives/fs/diagnostics.ts";
import type { FsBackend } from "../../src/primitives/fs/backend.ts";
import type { GitBackend } from "../../src/primitives/git/backend.ts";
import type { WorktreeBackend } from "../../src/primitives/git/worktrees.ts";
import type { ShellPorts } from "../../src/primitives/shell/shell.ts";
import type { ModelBackend } from "../../src/primitives/model.ts";
import { boxPrimitive, World } from "./box.ts";
import { digests, FakeClock, MemoryJournal } from "./journal.ts";
import { kinds } from "../harness/kinds.ts";
import {
  NO_FILES,
  NO_FILES_NOW,
  NO_COMMANDS,
  NO_GIT,
  NO_WORKTREES,
  NO_IMAGE_FILES,
} from "./kernel/nothing.ts";
import type { Thinker } from "./kernel/turns.ts";

export const ROOTS: readonly RootFolder[] = [{ name: "app", path: "/w/app" }];

/** An image that offers the fake world beside what the kernel itself offers. */
export const BOXES: Image = {
  name: "boxes",
  version: "1",
  summary: "Works in a fake world.",
  prompt: "You work in a fake world.",
  tools: [
    ...["read_box", "write_box", "delete_box", "send_box", "spawn_agent", "wait_agent", "signal_agent"],
    ...["ask_human", "tell_human", "request_capability", "list_capabilities", "drop_capability"],
    ...["put_object", "get_object", "list_objects", "change_directory", "finish"],
  ],
  budget: {},
};

export interface Setup {
  readonly roots?: readonly RootFolder[];
  readonly policy?: readonly PolicyRule[];
  readonly records?: readonly AnyRecord[];
  readonly world?: World;
  readonly clock?: FakeClock;
  readonly cost?: (spent: { input: number; output: number }) => number;
  readonly model?: Thinker;
  /** The pieces of text that each answer of the model arrives in. */
  readonly says?: readonly string[];
  /** Refuses births whose budget does not pay for a first model call, as the product does. */
  readonly strict?: boolean;
  /** The window of every model, in tokens. */
  readonly window?: number;
  /** Model calls at once. */
  readonly slots?: number;
  /** Keeps the loops still although there is a model, so that a test makes each call by hand. */
  readonly hands?: boolean;
  readonly files?: FsBackend;
  readonly filesNow?: FilesNow;
  readonly git?: GitBackend;
  readonly worktrees?: WorktreeBackend;
  readonly diagnostics?: DiagnosticsBackend;
  readonly commands?: ShellPorts;
  readonly more?: (ops: KernelOps) => readonly Primitive[];
  /** The kinds of resources; the program's own unless a test adds one. */
  readonly kinds?: Kinds;
  readonly images?: ReadonlyMap<string, Image>;
  readonly imageFiles?: ImageFiles;
  readonly secrets?: readonly string[];
  /** Opens without letting processes go on. */
  readonly paused?: boolean;
}

/** Keeps the callers that the kernel hands to loops, and never takes a step by itself. */
class Hands implements Executor {
  readonly callers = new Map<number, Caller>();
  run(caller: Caller, signal: AbortSignal): Promise<void> {
    this.callers.set(caller.pid, caller);
    return new Promise((resolve) => {
      signal.addEventListener("abort", () => {
        resolve();
      });
    });
  }
}

export class TestKernel {
  /** For tests of parts of the kernel; the program has no way to it. */
  readonly core: Core;
  readonly kernel: Kernel;
  readonly clock: FakeClock;
  readonly world: World;
  readonly talk: Conversations;
  readonly setup: Setup;
  readonly person = mint.person("person");
  readonly launcher = mint.person("launcher");
  readonly #hands = new Hands();
  #journal: MemoryJournal | undefined;

  private constructor(setup: Setup) {
    this.setup = setup;
    this.clock = setup.clock ?? new FakeClock();
    this.world = setup.world ?? new World();
    const images = setup.images ?? new Map([...builtInImages(setup.kinds ?? kinds), ["boxes", BOXES]]);
    const models: ModelBackend = {
      complete: (request, _grant, signal, onText) => {
        for (const piece of setup.says ?? []) onText(piece);
        return setup.model?.(request, signal) ?? Promise.resolve(fault("EUNAVAILABLE", "no model", "none"));
      },
      window: () => setup.window ?? 100_000,
      answerMax: () => 100,
      cost: (_model, spent) => setup.cost?.(spent),
    };
    this.talk = new Conversations(() => this.kernel, images, models);
    const {
      files = NO_FILES,
      git = NO_GIT,
      worktrees = NO_WORKTREES,
      diagnostics = NO_EDITOR,
      commands = NO_COMMANDS,
      imageFiles = NO_IMAGE_FILES,
    } = setup;
    const backends = {
      images,
      imageFiles,
      files,
      filesNow: setup.filesNow ?? NO_FILES_NOW,
      past: {
        at: (seq: number) => foldTo(seq, this.journal.records, digests, setup.kinds ?? kinds),
      },
      git,
      worktrees,
      diagnostics,
      commands,
      models,
      talk: this.talk,
      digests,
    };
    this.core = openCore({
      clock: this.clock,
      digests,
      ...(setup.strict === true ? { firstCall: (order) => this.talk.firstCall(order) } : {}),
      folded: new Folded((text) => digests.sha256(text), setup.kinds ?? kinds, setup.records),
      lines: {
        at: (seq) => this.journal.lines.at(seq),
        read: (after) => this.journal.lines.read(after),
        body: (ref) => this.journal.lines.body(ref),
      },
      journal: (apply) => (this.#journal = new MemoryJournal(this.clock, setup.records ?? [], apply)),
      primitives: (ops) => [
        ...primitives({ ...backends, ops }),
        boxPrimitive(this.world),
        ...(setup.more?.(ops) ?? []),
      ],
    });
    this.kernel = new Kernel(this.core);
    for (const secret of setup.secrets ?? []) this.journal.redactor.addSecret(secret);
    this.#executor =
      setup.model === undefined || setup.hands === true
        ? this.#hands
        : new AgentLoop(this.kernel, images, this.talk, new Slots(setup.slots ?? 5));
  }

  readonly #executor: Executor;

  static async open(setup: Setup = {}): Promise<TestKernel> {
    const made = new TestKernel(setup);
    const { roots = ROOTS, policy = [] } = setup;
    await made.kernel.begin({ host: "test", roots, policy }, made.#executor);
    if (setup.paused !== true) made.kernel.resumeAll();
    return made;
  }

  get journal(): MemoryJournal {
    if (this.#journal === undefined) throw new Error("no journal yet");
    return this.#journal;
  }

  get records(): readonly AnyRecord[] {
    return this.journal.records;
  }

  /** The same workspace after a crash that kept the records up to `upTo` (default: all): same world, new kernel. */
  crash(upTo = Infinity, more: Setup = {}): Promise<TestKernel> {
    this.kernel.seal(fault("EIO", "crashed", ""));
    const records = this.records.filter((r) => r.seq <= upTo);
    const { setup, world, clock } = this;
    return TestKernel.open({ ...setup, world, clock, ...more, records: structuredClone(records) });
  }

  /** Starts a root agent with grants in CAP text; fails the test when it is refused. */
  launch(
    grants: readonly string[] = [],
    more: { budget?: Budget; image?: Image; launch?: Launch; goal?: string } = {},
  ): number {
    const listed = parseGrants(grants, this.kernel.state.kinds);
    assert.ok(!isFault(listed), JSON.stringify(listed));
    const launched = this.kernel.launch(this.person, {
      image: more.image ?? BOXES,
      goal: more.goal ?? "work",
      model: "test/one",
      grants: listed,
      budget: more.budget ?? {},
      cwd: "fs:/app",
      launch: more.launch ?? { interactive: false },
    });
    assert.ok(launched.ok, JSON.stringify(launched));
    return launched.value.pid;
  }

  caller(pid: number): Caller {
    const caller = this.#hands.callers.get(pid);
    assert.ok(caller, `no loop of ${pid} was started`);
    return caller;
  }

  call(pid: number, name: string, args: unknown = {}, slot?: Slot): Promise<Result<unknown>> {
    return this.kernel.syscall(this.caller(pid), name, args, slot);
  }

  process(pid: number): Process {
    const process = this.kernel.state.processes.get(pid);
    assert.ok(process, `no process ${pid}`);
    return process;
  }

  /** The questions that wait now, oldest first. */
  get open(): AskedQuestion[] {
    return [...this.kernel.state.questions.values()].filter((q) => q.outcome === undefined);
  }

  /** The one question that waits now. */
  get question(): AskedQuestion["question"] {
    const { open } = this;
    assert.equal(open.length, 1, `${open.length} questions wait`);
    const [asked] = open;
    assert.ok(asked);
    return asked.question;
  }

  answer(given: Partial<Answer> = {}, id = this.question.id): Result<{ minted: string[] }> {
    return this.kernel.answer(this.person, id, { allow: true, scope: "once", ...given });
  }

  of<K extends AnyRecord["kind"]>(kind: K): Extract<AnyRecord, { kind: K }>[] {
    return this.records.filter((r): r is Extract<AnyRecord, { kind: K }> => r.kind === kind);
  }

  get lastEnd(): Extract<AnyRecord, { kind: "call.end" }>["data"] {
    const end = this.of("call.end").at(-1);
    assert.ok(end, "no call has ended");
    return end.data;
  }

  /** Lets everything that can go on without the disk, a person or the clock go on. */
  async settle(): Promise<void> {
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The code of a result, or `ok`. */
export function code(result: Result<unknown> | undefined): Errno | "ok" | "none" {
  return result === undefined ? "none" : isFault(result) ? result.code : "ok";
}
