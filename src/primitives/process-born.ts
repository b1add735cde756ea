// How processes come to be and what they become: spawn, fork and exec. None of them makes authority.
import * as z from "zod";
import { parseGrants, type Listed } from "../abi/capability.ts";
import { fault, isFault, type Fault } from "../abi/errors.ts";
import { budgetSchema, type Budget, type Image } from "../abi/image.ts";
import { imageHash, spawn } from "../kernel/birth.ts";
import { commit, living, type Core } from "../kernel/core.ts";
import { exec } from "../kernel/lifecycle.ts";
import { define, type Invocation, type Operation, type Prepared, type View } from "../kernel/operation.ts";

const common = {
  goal: z.string().min(1),
  grants: z
    .array(z.string())
    .default([])
    .describe('What you pass on, for example ["allow:read,list:fs:/app/src/**"].'),
  model: z.string().optional(),
  budget: budgetSchema.default({}),
};

interface Order {
  readonly goal: string;
  readonly grants: readonly string[];
  readonly image?: string | undefined;
  readonly model?: string | undefined;
  readonly budget: Budget;
}

/** Builds the three operations over the kernel; `images` are those a process may be executed from. */
export function bornOperations(core: Core, images: ReadonlyMap<string, Image>): readonly Operation[] {
  const noImage = (name: string): Fault =>
    fault("ENOENT", `There is no image "${name}".`, `Images: ${[...images.keys()].join(", ")}.`);

  const passed = (args: Order, view: View): readonly Listed[] | Fault => {
    const grants = parseGrants(args.grants);
    if (isFault(grants)) return grants;
    const model = `model:/${args.model ?? view.model}`;
    return [...grants, { effect: "allow", rights: ["call"], resource: model }];
  };

  // A person who is asked must see what the child would hold; nothing of the world is looked at.
  const shown = (title: string, name: string, { goal, grants }: Order): Promise<Prepared> => {
    const gets = grants.length === 0 ? "nothing" : grants.join(", ");
    const detail = `Goal: ${goal}\nIt gets: ${gets}`;
    const preview = { title, target: `image:/${name}`, risk: "medium" as const, detail };
    return Promise.resolve({ prestate: null, preview });
  };

  const bear = (
    name: string,
    args: Order,
    on: Invocation<unknown>,
    forked: boolean,
  ): { pid: number } | Fault => {
    const parent = living(core, on.grant.pid);
    const image = images.get(name);
    const grants = parseGrants(args.grants);
    if (parent === undefined) return fault("EINTR", "The process has ended.");
    if (image === undefined) return noImage(name);
    if (isFault(grants)) return grants;
    const { goal, model = parent.model } = args;
    const budget = { ...image.budget, ...args.budget };
    // Up to before the answer that forks: what is being done now is for the parent alone.
    const said = forked ? parent.conversation.findLastIndex((e) => e.role === "turn") : 0;
    return on.once(() => {
      const order = { image, goal, budget, grants, model, cwd: parent.cwd };
      const born = spawn(core, parent, on.call, order, Math.max(said, 0));
      return born.ok ? born.value : born;
    });
  };

  const spawnOp = define({
    name: "process.spawn",
    tool: "spawn_agent",
    summary: "Start a child agent with a goal and a listed part of your own authority; returns its pid.",
    effect: "pure",
    idempotent: true,
    input: z.strictObject({ ...common, image: z.string().optional() }),
    output: z.strictObject({ pid: z.int() }),
    needs: (args, view) => [
      { resource: "process:/children", right: "spawn" },
      { resource: `image:/${args.image ?? view.image}`, right: "execute" },
    ],
    delegates: passed,
    prepare: (args, view) => shown("Start a child agent", args.image ?? view.image, args),
    invoke: (args, on) => Promise.resolve(bear(args.image ?? on.view.image, args, on, false)),
  });

  const forkOp = define({
    name: "process.fork",
    tool: "fork_agent",
    summary:
      "Start a child that knows this conversation so far, with a goal and a listed part of your authority.",
    effect: "pure",
    idempotent: true,
    input: z.strictObject(common),
    output: z.strictObject({ pid: z.int() }),
    needs: (_, view) => [
      { resource: "process:/children", right: "spawn" },
      { resource: `image:/${view.image}`, right: "execute" },
    ],
    delegates: passed,
    prepare: (args, view) => shown("Start a child agent that knows this conversation", view.image, args),
    invoke: (args, on) => Promise.resolve(bear(on.view.image, args, on, true)),
  });

  const execOp = define({
    name: "process.exec",
    tool: "exec_image",
    summary:
      "Go on as another image: its prompt and its tools, your pid, conversation, authority and budget.",
    effect: "pure",
    idempotent: true,
    alone: true,
    input: z.strictObject({ image: z.string(), goal: z.string().min(1).optional() }),
    output: z.strictObject({ image: z.string() }),
    needs: (args) => [{ resource: `image:/${args.image}`, right: "execute" }],
    async invoke({ image: name, goal }, on) {
      const process = living(core, on.grant.pid);
      const image = images.get(name);
      if (process === undefined) return fault("EINTR", "The process has ended.");
      if (image === undefined) return noImage(name);
      return on.once(() => {
        const { pid } = process;
        exec(core, process, name, imageHash(core, image));
        if (goal !== undefined) commit(core, "process.message", { text: goal, by: `pid:${pid}` }, { pid });
        return { image: name };
      });
    },
  });
  return [spawnOp, forkOp, execOp];
}
