// Births of processes: spawn, fork and exec. None of them makes authority.
import type { Note } from "../../abi/question.ts";
import { processNote } from "./kind.ts";
import * as z from "zod";
import { grantsSchema, canonicalGrants, parseGrants, type Listed } from "../../abi/capability.ts";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import { budgetSchema, type Budget, type Image, type Images } from "../../abi/image.ts";
import { quotedLine, quotedName } from "../../abi/quoted.ts";
import { CHILDREN, fsSegments, gitResource, imageResource } from "../../abi/resource.ts";
import { define, type Invocation, type Operation, type Prepared, type View } from "../../kernel/operation.ts";
import type { KernelOps } from "../../kernel/ops.ts";
import { givenAtStart } from "../../kernel/processes/birth.ts";
import { imageOf } from "../../kernel/state/objects.ts";
import type { WorktreeBackend } from "../git/worktrees.ts";

/** The longest goal of a child, in characters: as long as a message. */
const GOAL_MAX = 100_000;

/** The longest name of an image or model, in characters. */
const NAME_MAX = 200;

/** The cost of a birth. */
const ONE_CHILD = { toolCalls: 1, children: 1 } as const;

const childArguments = {
  goal: z.string().min(1).max(GOAL_MAX),
  grants: grantsSchema.default([]).describe('Such as "allow:read,list:fs:/app/src/**".'),
  model: z.string().max(NAME_MAX).optional(),
  budget: budgetSchema.default({}),
};

interface ChildOrder {
  readonly goal: string;
  readonly grants: readonly string[];
  readonly image?: string | undefined;
  readonly model?: string | undefined;
  readonly budget: Budget;
  readonly worktree?: boolean | undefined;
}

const spawnInput = z.strictObject({
  ...childArguments,
  image: z.string().max(NAME_MAX).optional(),
  worktree: z.boolean().optional(),
});
const spawnOutput = z.strictObject({
  pid: z.int(),
  /** Its worktree, and what is missing in it. */
  worktree: z.strictObject({ name: z.string(), branch: z.string(), notes: z.string() }).optional(),
});
type Born = z.infer<typeof spawnOutput>;
const forkInput = z.strictObject(childArguments);
const forkOutput = z.strictObject({ pid: z.int() });
const execInput = z.strictObject({
  image: z.string().max(NAME_MAX),
  goal: z.string().min(1).max(GOAL_MAX).optional(),
});
const execOutput = z.strictObject({ image: z.string() });

/** Builds the three operations over the kernel; `images` are those a process may be executed from. */
export function birthOperations(
  ops: KernelOps,
  images: Images,
  worktrees: Pick<WorktreeBackend, "make" | "remove">,
): readonly Operation[] {
  const { kinds } = ops.state;
  const changed = (name: string): Fault =>
    fault("ESTALE", `The image "${name}" is not what it was when this was looked at.`, "Call again.");

  /**
   * The image of that name. Without a name, the caller's own image, even if its name has another meaning by
   * now.
   */
  const found = async (name: string | undefined, pid: number): Promise<Image | Fault> => {
    const self = ops.living(pid);
    if (self === undefined) return fault("EINTR", "The process has ended.");
    const own = name === undefined ? imageOf(ops.state, images.builtIn, self) : undefined;
    return own ?? images.find(name ?? self.image);
  };

  /** The hash that an approval binds beside the name, if the name can come to mean another text. */
  const bound = (image: Image | Fault): string | null =>
    isFault(image) || image.from === undefined ? null : ops.imageHash(image);

  const passed = (args: ChildOrder, view: View): readonly Listed[] | Fault => {
    const grants = parseGrants(args.grants, kinds);
    if (isFault(grants)) return grants;
    return [...grants, ...givenAtStart(kinds, { model: args.model ?? view.model })];
  };

  // The person sees what the child would hold; the preview reads no file.
  const shown = async (verb: string, order: ChildOrder, view: View): Promise<Prepared> => {
    const { goal, grants, image, worktree = false } = order;
    const runs = await found(image, view.pid);
    const gets =
      grants.length === 0
        ? processNote("getsNothing")
        : processNote("gets", grants.map(quotedName).join(", "));
    const apart = worktree ? [processNote("apart", quotedName(folderIn(view)))] : [];
    const notes = [processNote("goal", quotedLine(goal)), gets, ...apart, ...originOf(runs)];
    const preview = { verb, target: imageResource(image ?? view.image), risk: "medium" as const, notes };
    return { prestate: bound(runs), preview };
  };

  const bear = async (args: ChildOrder, on: Invocation<unknown>, forked: boolean): Promise<Born | Fault> => {
    const image = await found(args.image, on.grant.pid);
    const parent = ops.living(on.grant.pid);
    const grants = parseGrants(args.grants, kinds);
    if (parent === undefined) return fault("EINTR", "The process has ended.");
    if (isFault(image)) return image;
    if (bound(image) !== on.prestate) return changed(image.name);
    if (isFault(grants)) return grants;
    const { goal, model = parent.model } = args;
    const budget = { ...image.budget, ...args.budget };
    // The fork knows the conversation up to the answer that forks: that answer is for the parent alone.
    const said = forked ? parent.conversation.findLastIndex((e) => e.role === "turn") : 0;
    const order = { image, goal, budget, grants, model, cwd: parent.cwd };
    if (args.worktree !== true) return on.once(() => ops.spawn(on.grant, order, Math.max(said, 0)));
    return bearApart(order, on);
  };

  /** A worktree that no record names is removed at once, or by the next opening after a crash. */
  const bearApart = async (
    order: Parameters<KernelOps["spawn"]>[1],
    on: Invocation<unknown>,
  ): Promise<Born | Fault> => {
    const of = folderIn(on.view);
    const pid = ops.reserveWorktree(on.grant, of);
    if (isFault(pid)) return pid;
    const made = await worktrees.make({ of, pid, goal: order.goal }, on.grant, on.signal);
    if (isFault(made)) return made;
    const born = on.once((): Born | Fault => {
      const child = ops.spawn(on.grant, { ...order, worktree: { ...made, pid } });
      const { name, notes, worktree } = made;
      return isFault(child) ? child : { ...child, worktree: { name, branch: worktree.branch, notes } };
    });
    if (isFault(born)) await worktrees.remove(made, new AbortController().signal);
    return born;
  };

  const spawnOp = define({
    name: "process.spawn",
    tool: "spawn_agent",
    summary: "Start a child agent with a goal and a listed part of your authority.",
    effect: "kernel",
    idempotent: true,
    whole: true,
    input: spawnInput,
    output: spawnOutput,
    content: (args) => ({ ...args, grants: canonicalGrants(args.grants, kinds) }),
    needs: (args, view) => [
      { resource: CHILDREN, right: "spawn" },
      { resource: imageResource(args.image ?? view.image), right: "execute" },
      ...(args.worktree === true
        ? [{ resource: gitResource(folderIn(view), "worktree"), right: "write" }]
        : []),
    ],
    delegates: passed,
    cost: () => ONE_CHILD,
    prepare: (args, view) => shown("spawn", args, view),
    invoke: (args, on) => bear(args, on, false),
  });

  const forkOp = define({
    name: "process.fork",
    tool: "fork_agent",
    summary:
      "Start a child that knows this conversation so far, with a goal and a listed part of your authority.",
    deferred: true,
    effect: "kernel",
    idempotent: true,
    whole: true,
    input: forkInput,
    output: forkOutput,
    content: (args) => ({ ...args, grants: canonicalGrants(args.grants, kinds) }),
    needs: (_, view) => [
      { resource: CHILDREN, right: "spawn" },
      { resource: imageResource(view.image), right: "execute" },
    ],
    delegates: passed,
    cost: () => ONE_CHILD,
    prepare: (args, view) => shown("fork", args, view),
    invoke: (args, on) => bear(args, on, true),
  });

  const execOp = define({
    name: "process.exec",
    tool: "exec_image",
    summary:
      "Go on as another image: its prompt and its tools, your pid, conversation, authority and budget.",
    deferred: true,
    effect: "kernel",
    idempotent: true,
    whole: true,
    alone: true,
    input: execInput,
    output: execOutput,
    needs: (args) => [{ resource: imageResource(args.image), right: "execute" }],
    async prepare({ image: name }, view) {
      const runs = await found(name, view.pid);
      const notes = [processNote("replaced"), ...originOf(runs)];
      const target = imageResource(name);
      const preview = { verb: "exec", target, risk: "medium" as const, notes };
      return { prestate: bound(runs), preview };
    },
    async invoke({ image: name, goal }, on) {
      const image = await found(name, on.grant.pid);
      if (isFault(image)) return image;
      if (bound(image) !== on.prestate) return changed(name);
      return on.once(() => ops.exec(on.grant, image, goal) ?? { image: name });
    },
  });
  return [spawnOp, forkOp, execOp];
}

/** The workspace folder that a process works in. */
function folderIn({ cwd }: Pick<View, "cwd">): string {
  return fsSegments(cwd)[0] ?? "";
}

/** Notes the origin of the child's prompt, when it is not built in. */
function originOf(image: Image | Fault): Note[] {
  if (isFault(image) || image.from === undefined) return [];
  return [processNote("untrusted", quotedName(image.from))];
}
